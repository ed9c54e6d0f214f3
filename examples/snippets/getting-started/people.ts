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
