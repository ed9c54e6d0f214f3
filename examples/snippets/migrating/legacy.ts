import { createServer } from 'node:http';
import { startEmulator } from '@colloquy/live-emulator';
import { endpoint } from '@colloquy/live-proxy';
import type { RoomIdentity } from '@colloquy/room-core';

const emulator = await startEmulator();
const upstream = endpoint({ url: emulator.url });
const server = createServer();
const personOf = async (cookie: string | null): Promise<RoomIdentity | null> =>
  cookie === null ? null : { participantId: 'ana', name: 'Ana', role: 'speaker' };

// #region legacy
import { serveLegacy } from '@colloquy/live-proxy/legacy';
import { geminiModel, serveRooms } from '@colloquy/live-proxy/rooms';
import { memoryEngine, RoomManager } from '@colloquy/room-core';

const rooms = new RoomManager({ engine: memoryEngine(), model: geminiModel({ upstream }) });
const options = {
  authenticate: ({ headers }: { readonly headers: Headers }) => personOf(headers.get('cookie')),
  allowedOrigins: ['https://studio.example'],
};
serveRooms(rooms, options).attach(server, { path: '/rooms' }); // the new front end
const legacy = serveLegacy(rooms, options); // the original one, beside it
legacy.attach(server, { path: '/old' }); // VITE_PROXY_URL=wss://studio.example/old
// #endregion
await legacy.close();
await rooms.shutdown();
await emulator.close();
