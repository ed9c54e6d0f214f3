import { type Emulator, ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import {
  GoogleGenAI,
  type LiveConnectConfig,
  type LiveServerMessage,
  Modality,
  type Session,
  Type,
} from '@google/genai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpoint } from '../src/index.ts';
import { Changes } from './support/changes.ts';
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

const weather = {
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
};

/** A session of the SDK and all that came over it. */
class Conversation {
  readonly messages: LiveServerMessage[] = [];
  readonly session: Promise<Session>;
  readonly #changes = new Changes();
  closed: { code: number; reason: string } | undefined;

  constructor(client: GoogleGenAI, model: string, config: LiveConnectConfig) {
    this.session = client.live.connect({
      model,
      config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, ...config },
      callbacks: {
        onmessage: (message) => {
          this.messages.push(message);
          this.#changes.notify();
        },
        onclose: ({ code, reason }) => {
          this.closed = { code, reason };
          this.#changes.notify();
        },
      },
    });
  }

  /** Resolves with the first message that `wanted` accepts. */
  message(wanted: (message: LiveServerMessage) => unknown): Promise<LiveServerMessage> {
    return this.#changes.until(() => this.messages.find(wanted));
  }

  close(): Promise<{ code: number; reason: string }> {
    return this.#changes.until(() => this.closed);
  }

  get transcript(): string {
    return this.messages.map((message) => message.serverContent?.outputTranscription?.text ?? '').join('');
  }
}

let emulator: Emulator;
let under: TestProxy;
let conversation: Conversation | undefined;
let paths: string[];

beforeEach(async () => {
  paths = [];
  emulator = await startEmulator({
    port: 0,
    timeScale: 20,
    // A proxy that passed the client's ticket on, or lost its own key, would be refused.
    apiKeys: ['key-of-the-server'],
    bearerTokens: ['token-of-the-server'],
    brain: new ScriptedBrain([
      ({ input, tools }) => {
        if (tools.length > 0) return { type: 'call', calls: [{ name: 'get_weather', args: { city: 'Oslo' } }] };
        return `You wrote ${input.map((one) => (one.type === 'text' ? one.text : one.type)).join()}.`;
      },
      'It rains in Oslo.',
    ]),
  });
});
afterEach(async () => {
  await conversation?.session.then(
    (session) => session.close(),
    () => {},
  );
  conversation = undefined;
  await under.close();
  await emulator.close();
});

describe.each(modes)('the official SDK in $name mode through the proxy', ({ backend, model, client, path }) => {
  async function start(config: LiveConnectConfig = {}): Promise<Conversation> {
    under = await startTestProxy({
      upstream: endpoint({
        url: emulator.url,
        backend,
        headers:
          backend === 'gemini'
            ? { 'x-goog-api-key': 'key-of-the-server' }
            : { authorization: 'Bearer token-of-the-server' },
      }),
      authenticate: ({ url, headers }) => {
        paths.push(url.pathname);
        const ticket = url.searchParams.get('key') ?? headers.get('x-goog-api-key');
        return ticket === 'ticket-of-ana' ? { id: 'ana' } : null;
      },
    });
    conversation = new Conversation(client(under.url.replace('ws:', 'http:')), model, config);
    return conversation;
  }

  test('connects, by its own path below the mount', async () => {
    const { session } = await start();
    await session;
    expect(paths[0]).toMatch(path);
    expect(emulator.sessions()).toHaveLength(1);
  });

  test('has a text turn', async () => {
    const talk = await start();
    const session = await talk.session;
    session.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'hello' }] }], turnComplete: true });
    await talk.message(({ serverContent }) => serverContent?.turnComplete);
    expect(talk.transcript).toContain('You wrote hello.');
    expect(talk.messages.some(({ data }) => (data?.length ?? 0) > 0)).toBe(true);
  });

  test('has a tool call and its response', async () => {
    const talk = await start({ tools: [{ functionDeclarations: [weather] }] });
    const session = await talk.session;
    session.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'Oslo?' }] }], turnComplete: true });
    const { toolCall } = await talk.message(({ toolCall }) => toolCall);
    const [call] = toolCall?.functionCalls ?? [];
    expect(call).toMatchObject({ name: 'get_weather', args: { city: 'Oslo' } });
    session.sendToolResponse({ functionResponses: [{ id: call?.id, name: call?.name, response: { sky: 'rain' } }] });
    await talk.message(({ serverContent }) => serverContent?.outputTranscription?.text?.includes('rain'));
    expect(emulator.sessions()[0]?.report().received.toolResponses.count).toBe(1);
    expect(emulator.sessions()[0]?.report().violations).toEqual([]);
  });

  test('learns why its setup is refused, and nothing is dialled', async () => {
    const talk = await start({ responseModalities: [Modality.TEXT] });
    await expect(talk.session).rejects.toThrow(/response modalities \(TEXT\) is not supported by the model/);
    expect(emulator.sessions()).toEqual([]);
  });

  test('learns with which code and reason Gemini closed', async () => {
    const talk = await start();
    await talk.session;
    emulator.sessions()[0]?.close(1007, 'API key expired. Please renew the API key.');
    expect(await talk.close()).toEqual({ code: 1007, reason: 'API key expired. Please renew the API key.' });
  });

  test('closes the upstream when it closes', async () => {
    const talk = await start();
    (await talk.session).close();
    const closed = await under.event('sessionClosed');
    expect(closed).toMatchObject({ closedBy: 'client', cause: null });
    await expect.poll(() => emulator.sessions()[0]?.report().close).toMatchObject({ code: 1000, by: 'client' });
  });
});
