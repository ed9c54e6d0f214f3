import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GeminiLiveAPI } from '@colloquy/live-client';
import { startEmulator } from '@colloquy/live-emulator';
import { createLiveProxy, endpoint } from '@colloquy/live-proxy';

const emulator = await startEmulator({ timeScale: 20 });
const proxy = createLiveProxy({ upstream: endpoint({ url: emulator.wsUrl }), allowUnauthenticated: true });
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
proxy.attach(server, { path: '/live' });

const { port } = server.address() as AddressInfo;
const live = new GeminiLiveAPI({
  url: `ws://127.0.0.1:${port}/live`,
  setup: { model: 'models/gemini-3.8-live', outputAudioTranscription: {} },
});
await live.connect();
live.sendText('Cleo: Hi there!');
await new Promise<void>((resolve) => {
  live.on('transcriptUpdated', ({ speaker, text }) => {
    if (speaker === 'model' && text.includes('Hello, Cleo.')) resolve();
  });
});
assert.equal(emulator.sessions()[0]?.report().violations.length, 0);

await live.dispose();
await proxy.close();
server.close();
await emulator.close();
