import type { ParticipantRole } from '@colloquy/live-protocol';
import type { RoomRequestOptions, RoomRequests } from './room-requests.ts';

/**
 * What a host does in a room. Each method resolves when the server has done it; everybody else sees it by then, or is
 * just being told.
 *
 * Each throws a {@link LiveClientError}: `ERR_NOT_ALLOWED` for somebody who is no host, `ERR_PARTICIPANT_NOT_FOUND`,
 * `ERR_REQUEST_REFUSED` with the server's `reason`, `ERR_NOT_CONNECTED`, `ERR_CONNECTION_LOST`, `ERR_REQUEST_TIMEOUT`,
 * and `ERR_ABORTED` when `signal` fires.
 */
export class RoomHost {
  readonly #requests: RoomRequests;

  /** @internal */
  constructor(requests: RoomRequests) {
    this.#requests = requests;
  }

  /** Makes somebody a host, a speaker or a viewer, as long as they are in the room. */
  setRole(participantId: string, role: ParticipantRole, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'setRole', participantId, role }, options);
  }

  /** Closes the room for everybody, who are told `reason`. */
  close({ reason, ...options }: RoomRequestOptions & { readonly reason?: string } = {}): Promise<void> {
    return this.#requests.ask({ action: 'close', ...(reason !== undefined && { reason }) }, options);
  }
}
