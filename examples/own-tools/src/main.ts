import type { AddressInfo } from 'node:net';
import { startEmulator } from '@colloquy/live-emulator';
import { endpoint, geminiApi } from '@colloquy/live-proxy';
import { createServer as servePages } from 'vite';
import { createApp } from './app.ts';

const { GEMINI_API_KEY, PORT = '8080' } = process.env;
const upstream = GEMINI_API_KEY
  ? geminiApi({ apiKey: GEMINI_API_KEY })
  : endpoint({ url: (await startEmulator({ port: 0 })).url });

const { server } = await createApp(upstream, (request, response) => pages.middlewares(request, response));
const root = `${import.meta.dirname}/..`;
const pages = await servePages({ root, server: { middlewareMode: true, hmr: { server } } });
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${(server.address() as AddressInfo).port}/?name=Ana`);
});
