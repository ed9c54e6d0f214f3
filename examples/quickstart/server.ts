import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startEmulator } from '@colloquy/live-emulator';
import { endpoint, geminiApi } from '@colloquy/live-proxy';
import { geminiModel, serveRooms } from '@colloquy/live-proxy/rooms';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { createServer as servePages } from 'vite';

const { GEMINI_API_KEY, PORT = '8080' } = process.env;
const upstream = GEMINI_API_KEY
  ? geminiApi({ apiKey: GEMINI_API_KEY })
  : endpoint({ url: (await startEmulator({ port: 0 })).url });

const rooms = new RoomManager({ engine: memoryEngine(), model: geminiModel({ upstream }), modelDisplayName: 'Gemini' });
await rooms.create({ id: 'table', name: 'The table' });

const server = createServer();
const pages = await servePages({ root: import.meta.dirname, server: { middlewareMode: true, hmr: { server } } });
server.on('request', pages.middlewares);
// For one machine only: everybody is who they say they are. Others get an `authenticate` here.
serveRooms(rooms, { allowUnauthenticated: true }).attach(server, { path: '/rooms' });
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${(server.address() as AddressInfo).port}/?name=Ana`);
});
