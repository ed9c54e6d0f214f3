import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '@colloquy/live-emulator';
import { createTickets, endpoint } from '@colloquy/live-proxy';

const emulator = await startEmulator();
const upstream = endpoint({ url: emulator.url });
const { authenticate } = createTickets({ secret: 'at least 32 bytes, kept out of the source' });
const server = createServer();
const directory = await mkdtemp(join(tmpdir(), 'rooms-'));

// #region server
import { geminiModel, opusDecoder, serveRooms } from '@colloquy/live-proxy/rooms';
import { RoomManager } from '@colloquy/room-core';
import { sqliteEngine } from '@colloquy/room-core/sqlite';

const rooms = new RoomManager({
  engine: sqliteEngine({ directory }), // such as './data'
  model: geminiModel({ upstream }),
  modelDisplayName: 'Gemini',
  opusDecoder: opusDecoder(), // lets browsers send an eighth of the bytes
});
const served = serveRooms(rooms, { authenticate, allowedOrigins: ['https://app.example'] });
served.attach(server, { path: '/rooms' });
// #endregion
// #region life
const room = await rooms.create({
  name: 'Panel',
  configuration: { instructions: 'You moderate a panel. Be brief.', voice: 'Puck', floor: 'mix' },
});
await rooms.close(room.id, { reason: 'The panel is over.' }); // everybody is told, and leaves
await rooms.reopen(room.id);
const { entries } = await rooms.history(room.id, { from: 1, limit: 100 });
const minutes = await rooms.export(room.id, 'markdown', { timeZone: 'Europe/Berlin' });
// #endregion
assert.deepEqual(
  entries.map(({ kind }) => kind),
  ['room.closed', 'room.reopened'],
);
assert.match(minutes.fileName, /\.md$/);
// #region events
rooms.on('participantJoined', ({ room, participant }) => console.log(`${participant.name} joined ${room.name}`));
rooms.on('turnCompleted', ({ room, text }) => console.log(`${room.name}: the model said "${text}"`));
rooms.on('error', ({ room, stage, error }) => console.error(`room ${room?.id ?? '-'}: ${stage}`, error));
// #endregion
// #region end
await served.close({ graceMs: 5_000 }); // tells everybody, then closes with 4503: clients come back by themselves
await rooms.shutdown();
// #endregion
await rm(directory, { recursive: true });
await emulator.close();
