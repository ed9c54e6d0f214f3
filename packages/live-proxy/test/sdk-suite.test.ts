import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator } from '@colloquy/live-emulator';
import { afterAll, afterEach, expect } from 'vitest';
import { type SdkMode, useFront } from '../../live-emulator/test/google-sdk.ts';
import { createLiveProxy, endpoint, type LiveProxy } from '../src/index.ts';

/**
 * The emulator's tests with Google's SDK, with a proxy between the two: what the SDK can do with Gemini it can do through
 * the proxy. Without continuity, because these tests want to see how connections end.
 */
const open: { readonly proxy: LiveProxy; readonly server: Server }[] = [];

let made = 0;

/** Google's own path, in the version that the SDK would use. */
const pathOf: Readonly<Record<SdkMode, (apiVersion?: string) => string>> = {
  gemini: (version = 'v1') => `/ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent`,
  vertex: (version = 'v1beta1') => `/ws/google.cloud.aiplatform.${version}.LlmBidiService/BidiGenerateContent`,
};

function proxyTo(emulator: Emulator, mode: SdkMode, apiVersion?: string): string {
  const proxy = createLiveProxy({
    upstream: endpoint({
      url: emulator.url + pathOf[mode](apiVersion),
      backend: mode,
      headers: mode === 'gemini' ? { 'x-goog-api-key': 'test-key' } : { authorization: 'Bearer test-token' },
    }),
    authenticate: ({ url, ticket }) => (url.searchParams.has('key') || ticket !== null ? { id: 'ana' } : null),
    continuity: false,
  });
  const server = createServer();
  proxy.attach(server, { path: '/live' });
  // Without a host it listens at once.
  server.listen(0);
  open.push({ proxy, server });
  made += 1;
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
});

await import('../../live-emulator/test/sdk.test.ts');
await import('../../live-emulator/test/sdk-capabilities.test.ts');
