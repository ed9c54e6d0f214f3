import assert from 'node:assert/strict';
import { memoryEngine, RoomManager } from '@colloquy/room-core';

const rooms = new RoomManager({ engine: memoryEngine(), model: null });
process.env.TICKET_SECRET ??= 'at least 32 bytes, kept out of the source';

// #region people
import { createTickets } from '@colloquy/live-proxy';
import { serveRooms } from '@colloquy/live-proxy/rooms';

const tickets = createTickets({ secret: process.env.TICKET_SECRET ?? '' }); // 32 random bytes or more
serveRooms(rooms, { authenticate: tickets.authenticate }); // and attach it as before

/** For a route of yours that knows who asks. */
export async function ticketFor(user: { readonly id: string; readonly name: string }): Promise<string> {
  const { ticket } = await tickets.issue({ participantId: user.id, name: user.name, role: 'speaker' });
  return ticket;
}
// #endregion
const ticket = await ticketFor({ id: 'ana', name: 'Ana' });
const headers = new Headers({ authorization: `Bearer ${ticket}` });
const request = { method: 'GET', url: new URL('http://127.0.0.1/rooms/panel'), headers, ticket, incoming: null };
const identity = await tickets.authenticate({ ...request, remoteAddress: null, subprotocols: [] });
assert.deepEqual([identity?.participantId, identity?.name, identity?.role], ['ana', 'Ana', 'speaker']);
await rooms.shutdown();
