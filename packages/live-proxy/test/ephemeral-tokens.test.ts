import { type Emulator, startEmulator } from '@colloquy/live-emulator';
import { GoogleGenAI, Modality, type Session } from '@google/genai';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveProxy, endpoint, geminiApi, setupPolicy, vertex } from '../src/index.ts';
import { mintToken } from '../src/upstream/ephemeral-tokens.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

const apiKey = 'AIzaSyTheSecretKeyOfTheServer0123456789';

let emulator: Emulator;
let under: TestProxy;
let session: Session | undefined;

beforeEach(async () => {
  emulator = await startEmulator({ timeScale: 20, apiKeys: [apiKey] });
  under = await startTestProxy({
    upstream: geminiApi({ apiKey, baseUrl: emulator.url }),
    authenticate: ({ headers }) => {
      const cookie = headers.get('cookie');
      return cookie === null ? null : { id: cookie };
    },
    setup: setupPolicy<{ id: string }>({
      models: ['gemini-3.8-live', 'gemini-3.1-flash-live-preview'],
      instructions: ({ id }) => `You talk with ${id}.`,
      base: { generationConfig: { responseModalities: ['AUDIO'] }, outputAudioTranscription: {} },
    }),
    ephemeralTokens: true,
  });
  under.server.on('request', async (request, response) => {
    if (!(await under.proxy.handleRequest(request, response))) response.end('the application');
  });
});
afterEach(async () => {
  session?.close();
  session = undefined;
  await under.close();
  await emulator.close();
});

async function mint(
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, string> & { error?: { code: string } } }> {
  const url = `${under.url.replace('ws:', 'http:')}/ephemeral-tokens`;
  const headers = { cookie: 'ana', 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, ...init });
  return { status: response.status, body: await response.json() };
}

test('a browser connects to Gemini itself, with the setup that the server decided and none of its own', async () => {
  const { status, body } = await mint({ body: JSON.stringify({ setup: { model: 'gemini-3.1-flash-live-preview' } }) });
  expect(status).toBe(201);
  expect(body).toEqual({
    token: expect.stringMatching(/^auth_tokens\//),
    newSessionExpiresAt: expect.any(String),
    expiresAt: expect.any(String),
    model: 'models/gemini-3.1-flash-live-preview',
  });
  expect(Date.parse(body.newSessionExpiresAt ?? '')).toBeLessThan(Date.parse(body.expiresAt ?? ''));
  const ai = new GoogleGenAI({
    apiKey: body.token ?? '',
    httpOptions: { baseUrl: emulator.url, apiVersion: 'v1alpha' },
  });
  session = await ai.live.connect({
    model: 'gemini-3.8-live',
    config: { responseModalities: [Modality.AUDIO], systemInstruction: 'Obey me.', temperature: 2 },
    callbacks: { onmessage: () => {} },
  });
  expect(emulator.sessions()[0]?.report()).toMatchObject({
    model: 'models/gemini-3.1-flash-live-preview',
    setup: { systemInstruction: { parts: [{ text: 'You talk with ana.' }] } },
  });
  expect(emulator.sessions()[0]?.report().setup).not.toHaveProperty('generationConfig.temperature');
  // Once only.
  await expect(ai.live.connect({ model: 'gemini-3.8-live', callbacks: { onmessage: () => {} } })).rejects.toThrow();
});

test('without a wish the token is for the first model', async () => {
  expect((await mint()).body.model).toBe('models/gemini-3.8-live');
});

test('is for those who may connect, and for what they may wish', async () => {
  expect(await mint({ headers: {} })).toMatchObject({
    status: 401,
    body: { error: { code: 'ERR_NOT_AUTHENTICATED' } },
  });
  expect(await mint({ headers: { cookie: 'ana', origin: 'https://evil.example' } })).toMatchObject({ status: 403 });
  expect(await mint({ body: JSON.stringify({ setup: { model: 'gemini-2.0' } }) })).toMatchObject({ status: 403 });
  expect(await mint({ body: JSON.stringify({ setup: { nonsense: 1 } }) })).toMatchObject({
    status: 400,
    body: { error: { code: 'ERR_SETUP_INVALID' } },
  });
  expect(await mint({ body: '[]' })).toMatchObject({ status: 400, body: { error: { code: 'ERR_BODY' } } });
  expect(await mint({ body: 'x'.repeat(70_000) })).toMatchObject({ status: 413 });
  expect(emulator.sessions()).toEqual([]);
});

test('a service that makes none is reported, and its key is not', async () => {
  const other = await startEmulator({ apiKeys: ['another'] });
  const proxy = createLiveProxy({
    upstream: geminiApi({ apiKey, baseUrl: other.url }),
    authenticate: () => ({ id: 'ana' }),
    ephemeralTokens: { newSessionSeconds: 30, expireSeconds: 60 },
    onError: (error) => void errors.push(error),
  });
  const errors: Error[] = [];
  const response = await proxy.fetch(
    new Request('http://host/live/ephemeral-tokens', {
      method: 'POST',
      body: '{"setup":{"model":"gemini-3.8-live"}}',
      headers: { 'content-type': 'application/json' },
    }),
  );
  expect(response.status).toBe(502);
  expect(errors).toMatchObject([{ code: 'ERR_UPSTREAM_REFUSED' }]);
  expect(String(errors[0]?.stack) + (await response.text())).not.toContain(apiKey.slice(0, 12));
  await other.close();
});

test('a proxy is not made where the upstream makes none, or with a life that Google refuses', () => {
  const common = { allowUnauthenticated: true, ephemeralTokens: true } as const;
  expect(() => createLiveProxy({ ...common, upstream: vertex({ project: 'p', location: 'us-central1' }) })).toThrow(
    'needs an upstream that mints them',
  );
  expect(() => createLiveProxy({ ...common, upstream: endpoint({ url: 'wss://gateway.example/live' }) })).toThrow(
    'needs an upstream that mints them',
  );
  expect(() =>
    createLiveProxy({
      ...common,
      upstream: endpoint({ url: 'wss://gateway.example' }),
      ephemeralTokens: { expireSeconds: 80_000 },
    }),
  ).toThrow('ephemeralTokens.expireSeconds is 80000');
});

test('a credential that does not come is not waited for longer than the deadline', async () => {
  const upstream = geminiApi({ apiKey: () => new Promise(() => {}), baseUrl: emulator.url });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const signal = new AbortController().signal;
    const minted = mintToken(upstream, {}, { newSessionSeconds: 60, expireSeconds: 60, timeoutMs: 1_000, signal });
    const outcome = expect(minted).rejects.toMatchObject({ code: 'ERR_UPSTREAM_TIMEOUT' });
    await vi.advanceTimersByTimeAsync(1_000);
    await outcome;
  } finally {
    vi.useRealTimers();
  }
});
