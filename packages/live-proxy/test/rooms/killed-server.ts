// A server with the room "r1" in a data folder; says where it listens on standard output, and runs until it is killed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRoomCoreError, RoomManager } from '@colloquy/room-core';
import { sqliteEngine } from '@colloquy/room-core/sqlite';
import { serveRooms } from '../../src/rooms/index.ts';

const [directory = ''] = process.argv.slice(2);
const engine = sqliteEngine({ directory });
const manager = new RoomManager({ engine, model: null, limits: { maxTextsPerSecond: 0 } });
await manager.create({ id: 'r1', name: 'Panel' }).catch((error: unknown) => {
  // After a restart it is there.
  if (!isRoomCoreError(error) || error.code !== 'ERR_ROOM_EXISTS') throw error;
});
const http = createServer();
const rooms = serveRooms(manager, {
  authenticate: ({ ticket }) => ({ participantId: `p-${ticket}`, name: ticket ?? '', role: 'speaker' }),
  limits: { textsPerSecond: 0, messagesPerSecond: 0 },
});
rooms.attach(http, { path: '/rooms' });
http.listen(0, '127.0.0.1', () => process.stdout.write(`127.0.0.1:${(http.address() as AddressInfo).port}\n`));
