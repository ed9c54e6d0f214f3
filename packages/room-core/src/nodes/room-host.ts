import type { ConnectionPort } from '../ports/connection.ts';
import type { ConnectingClient, RoomConnection } from '../room-connection.ts';

/** Whoever runs a room, as those see it who bring people to it: in this process, or on another node. */
export interface RoomHost {
  /**
   * Takes a client in: `welcome` goes through `port` before this resolves. The log is not its matter.
   * @throws RoomCoreError as `RoomManager.connect` does; `ERR_SHUT_DOWN` when the host is none any more.
   */
  join(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<RoomConnection>;
}
