import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpoint } from '../src/index.ts';
import { Changes } from './support/changes.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

/** The unmodified SDK of Google in both of its modes, with nothing changed but its base URL and its key. */
const modes = [
  {
    name: 'Gemini',
    backend: 'gemini',
    model: 'gemini-3.8-live',
    path: /^\/live\/+ws\/google\.ai\.generativelanguage\.v1\.GenerativeService\.BidiGenerateContent$/,
    client: (baseUrl: string) => new GoogleGenAI({ apiKey: 'ticket-of-ana', httpOptions: { baseUrl } }),
  },
  {
    name: 'Vertex',
    backend: 'vertex',
    model: 'gemini-live-2.5-flash-native-audio',
    path: /^\/live\/+ws\/google\.cloud\.aiplatform\.v1beta1\.LlmBidiService\/BidiGenerateContent$/,
    client: (baseUrl: string) =>
      new GoogleGenAI({ vertexai: true, apiKey: 'ticket-of-ana', httpOptions: { baseUrl, apiVersion: 'v1beta1' } }),
  },
] as const;

let upstream: ScriptedUpstream;
let under: TestProxy;
let session: Session | undefined;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  session?.close();
  session = undefined;
  await under?.close();
  await upstream.close();
});

describe.each(modes)('the official SDK in $name mode', ({ backend, model, client, path }) => {
  const messages: LiveServerMessage[] = [];
  const changes = new Changes();
  const paths: string[] = [];
  let closed: { code: number; reason: string } | undefined;

  async function connect(): Promise<Session> {
    messages.length = 0;
    paths.length = 0;
    closed = undefined;
    under = await startTestProxy({
      upstream: endpoint({ url: upstream.url, backend }),
      authenticate: ({ url, headers }) => {
        paths.push(url.pathname);
        const ticket = url.searchParams.get('key') ?? headers.get('x-goog-api-key');
        return ticket === 'ticket-of-ana' ? { id: 'ana' } : null;
      },
    });
    session = await client(under.url.replace('ws:', 'http:')).live.connect({
      model,
      config: { responseModalities: [Modality.AUDIO] },
      callbacks: {
        onmessage: (message) => {
          messages.push(message);
          changes.notify();
        },
        onclose: ({ code, reason }) => {
          closed = { code, reason };
          changes.notify();
        },
      },
    });
    return session;
  }

  test('connects', async () => {
    await connect();
    expect(paths[0]).toMatch(path);
    expect((await upstream.connection()).request.headers['x-goog-api-key']).toBeUndefined();
  });
});
