// What placeholders.d.ts names, as it is while the examples of the READMEs run.
import { createServer } from 'node:http';
import { Server } from 'node:net';
import { startEmulator } from '@colloquy/live-emulator';
import { endpoint } from '@colloquy/live-proxy';
import { geminiModel } from '@colloquy/live-proxy/rooms';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { heard, talk, warnings } from './looks.mjs';

const emulator = await startEmulator({ port: 0 });
const upstream = endpoint({ url: emulator.url });
const model = geminiModel({ upstream });
const engine = memoryEngine();
const identity = { participantId: 'ana', name: 'Ana', role: 'host' };
const rooms = new RoomManager({ engine, model });
const { id: roomId } = await rooms.create({ name: 'Panel' });

/** Takes everything; the examples are about what is done with a schema, not about one. */
const anything = { '~standard': { version: 1, vendor: 'example', validate: (value) => ({ value }) } };

Object.assign(globalThis, {
  app: (_, response) => response.end('the application'),
  server: createServer(),
  upstream,
  model,
  engine,
  rooms,
  roomId,
  user: { id: 'ana', name: 'Ana' },
  ana: identity,
  verifyTicket: async () => identity,
  authenticate: async () => identity,
  instructionFor: ({ name }) => `You talk to ${name}.`,
  archive: () => {},
  bill: () => {},
  cardId: 'card-1',
  cardSchema: anything,
  slide: { type: 'object', properties: {} },
  notes: { add: async () => 'note-1' },
  clear: async () => ({ cleared: true }),
  z: { object: () => anything, string: () => anything },
  frame: JSON.stringify({ setup: { model: 'models/gemini-3.8-live' } }),
  socket: { close: () => {} },
  ticket: process.env.TICKET,
  callbacks: { onmessage: (message) => heard.push(message) },
  talk,
  player: { write: () => {}, flush: () => {} },
  samples: Int16Array.from({ length: 72_000 }, (_, at) => 8_000 * Math.sin(at / 20) * Math.sin(at / 4_000)),
});

console.warn = (message) => warnings.push(message);

// Nobody dials with it.
process.env.GEMINI_API_KEY = 'a-key-that-nobody-dials-with';
process.env.TICKET_SECRET = 'thirty-two-characters-of-a-secret';

// Another program may have the port that they name.
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...more) {
  return listen.call(this, port === 8080 ? 0 : port, ...more);
};
