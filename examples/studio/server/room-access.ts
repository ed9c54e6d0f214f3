import type { ClientRequest } from '@colloquy/live-proxy';
import type { Authorize, ServeRoomsOptions } from '@colloquy/live-proxy/rooms';
import { isRoomCoreError } from '@colloquy/room-core';
import type { RoomHosts } from './room-hosts.ts';
import type { Visitors } from './visitors.ts';

/** What everybody who is known may do; everything else is for the room's host. */
const OPEN: ReadonlySet<string> = new Set(['create', 'list', 'read', 'join']);

/** Who may do what in rooms: everybody who is known joins and reads, only a room's host configures and closes it. */
export function roomAccess(parts: {
  readonly visitors: Visitors;
  readonly hosts: RoomHosts;
}): Required<Pick<ServeRoomsOptions, 'authenticate' | 'authorize'>> {
  const { visitors, hosts } = parts;
  const authorize: Authorize = ({ participantId }, action) =>
    OPEN.has(action.type) || !('roomId' in action) ? true : hosts.isHost(action.roomId, participantId);
  return {
    authorize,
    authenticate: async (request) => {
      const session = await visitors.identify((name) => request.headers.get(name));
      if (session === null) return null;
      const role = isJoin(request) ? await roleIn(hosts, request, session.participantId) : 'speaker';
      return { ...session, role };
    },
  };
}

function isJoin({ headers }: ClientRequest): boolean {
  return headers.get('upgrade')?.toLowerCase() === 'websocket';
}

async function roleIn(
  hosts: RoomHosts,
  { url }: ClientRequest,
  participantId: string,
): Promise<'host' | 'speaker' | 'viewer'> {
  const roomId = url.pathname.split('/').at(-1) ?? '';
  try {
    return await hosts.roleOnJoin(roomId, participantId);
  } catch (error) {
    // There is no such room: whoever lets people into rooms says so with the right code.
    if (isRoomCoreError(error)) return 'speaker';
    throw error;
  }
}
