import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { endpoint, geminiApi } from '@colloquy/live-proxy';
import { createApp } from './app.ts';

const { GEMINI_API_KEY, GEMINI_LIVE_URL, TICKET_SECRET, PORT = '8080' } = process.env;

const { server, proxy } = createApp({
  upstream: GEMINI_API_KEY
    ? geminiApi({ apiKey: GEMINI_API_KEY })
    : endpoint({ url: GEMINI_LIVE_URL ?? 'ws://127.0.0.1:9090' }),
  secret: TICKET_SECRET ?? randomBytes(32).toString('base64url'),
});

server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

process.once('SIGTERM', async () => {
  server.close();
  await proxy.close({ graceMs: 5_000 });
});
