import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Emulator, startEmulator } from '@colloquy/live-emulator';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createSdk, type SdkMode, SdkSession, useFront } from '../../live-emulator/test/google-sdk.ts';
import { createLiveProxy, endpoint, type LiveProxy } from '../src/index.ts';

/**
 * The emulator's tests with Google's SDK, unchanged, with a proxy between the two as it is by default: what the SDK can do
 * with Gemini it can do through the proxy. Three tests want to see how Gemini's connections end, which is what continuity
 * keeps from clients: these, and only these, go through a proxy without it, and below stands what they see with it.
 */
const open: { readonly proxy: LiveProxy; readonly server: Server }[] = [];

let made = 0;
let madeWithoutContinuity = 0;

/** Google's own path, in the version that the SDK would use. */
const pathOf: Readonly<Record<SdkMode, (apiVersion?: string) => string>> = {
  gemini: (version = 'v1') => `/ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent`,
  vertex: (version = 'v1beta1') => `/ws/google.cloud.aiplatform.${version}.LlmBidiService/BidiGenerateContent`,
};

function proxyTo(emulator: Emulator, mode: SdkMode, apiVersion?: string, showsEnds = false): string {
  const proxy = createLiveProxy({
    upstream: endpoint({
      url: emulator.url + pathOf[mode](apiVersion),
      backend: mode,
      headers: mode === 'gemini' ? { 'x-goog-api-key': 'test-key' } : { authorization: 'Bearer test-token' },
    }),
    authenticate: ({ url, ticket }) => (url.searchParams.has('key') || ticket !== null ? { id: 'ana' } : null),
    ...(showsEnds ? { continuity: false } : {}),
  });
  const server = createServer();
  proxy.attach(server, { path: '/live' });
  // Without a host it listens at once.
  server.listen(0);
  open.push({ proxy, server });
  made += 1;
  madeWithoutContinuity += showsEnds ? 1 : 0;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
}

useFront({
  url: proxyTo,
  // A code that only describes what happened cannot be sent on.
  lossCode: 1011,
  goodbyeCode: 1000,
});

afterEach(async () => {
  for (const { proxy, server } of open.splice(0)) {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  }
});

afterAll(() => {
  // None of them has gone past the proxy.
  expect(made).toBeGreaterThan(90);
  // goAway with five models, a broken network and a spent quota in two modes.
  expect(madeWithoutContinuity).toBe(9);
});

await import('../../live-emulator/test/sdk.test.ts');
await import('../../live-emulator/test/sdk-capabilities.test.ts');

const modes = [
  ['gemini', 'gemini-3.8-live'],
  ['vertex', 'gemini-live-2.5-flash-native-audio'],
] as const;

describe.each(modes)('what the SDK in %s mode (%s) sees of the end of a connection, with continuity', (mode, model) => {
  let emulator: Emulator;
  afterEach(() => emulator.close());

  it.each([
    ['goAway and the deadline', null],
    ['a network that breaks', () => emulator.sessions()[0]?.drop()],
    ['a full quota', () => emulator.sessions()[0]?.close(1011, 'You exceeded your current quota, please check.')],
  ] as const)('of %s: nothing, and it is answered as before', async (_, end) => {
    emulator = await startEmulator({ timeScale: 20, ...(end === null ? { maxConnectionSeconds: 10 } : {}) });
    const client = await SdkSession.connect(createSdk(mode, emulator), model, { outputAudioTranscription: {} });
    end?.();
    await expect.poll(() => emulator.sessions().length).toBeGreaterThan(1);
    const from = client.messages.length;
    client.session.sendClientContent({ turns: 'Ana: Hello there.' });
    await client.turnComplete(from);
    expect(client.transcript).toContain('Hello, Ana.');
    expect(client.closed).toBeNull();
    expect(client.messages.filter(({ goAway, setupComplete }) => goAway || setupComplete)).toHaveLength(1);
    client.session.close();
  });
});
