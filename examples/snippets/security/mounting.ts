import { createServer } from 'node:http';
import { createTickets } from '@colloquy/live-proxy';
import { memoryEngine, RoomManager } from '@colloquy/room-core';

const rooms = new RoomManager({ engine: memoryEngine(), model: null });
const server = createServer();
const tickets = createTickets({ secret: 'at least 32 bytes, kept out of the source' });

// #region rooms
import { authorizeByRole, serveRooms } from '@colloquy/live-proxy/rooms';

serveRooms(rooms, {
  authenticate: tickets.authenticate,
  allowedOrigins: ['https://app.example'],
  // Only hosts create rooms and see the list of them; the rest is as usual.
  authorize: (identity, action) =>
    action.type === 'create' || action.type === 'list' ? identity.role === 'host' : authorizeByRole(identity, action),
  limits: { joinsPerMinutePerAddress: 30 },
}).attach(server, { path: '/rooms' });
// #endregion
// #region ticket
const { ticket, ticketId } = await tickets.issue(
  { participantId: 'ana', name: 'Ana', role: 'speaker', room: 'panel' },
  { ttlSeconds: 60 },
);
await tickets.revoke(ticketId);
// #endregion
console.log(ticket.length);
await rooms.shutdown();
