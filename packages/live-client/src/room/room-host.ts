import type { MediaState, ParticipantRole, RoomConfiguration, RoomRequestResult } from '@colloquy/live-protocol';
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

  readonly #configurationVersion: () => number;

  /** @internal */
  constructor(requests: RoomRequests, configurationVersion: () => number) {
    this.#requests = requests;
    this.#configurationVersion = configurationVersion;
  }

  /**
   * Changes the configuration of the room; fields that are not named stay, one that is an object is replaced as a whole.
   * A model that has to begin anew for it does so at a quiet moment, with the conversation carried over.
   *
   * @param options - `version` is the `configurationVersion` that the change was made for, by default that of the
   * snapshot: give the one that a form was opened with.
   * @throws LiveClientError `ERR_ROOM_CONFLICT` when somebody else changed it meanwhile; `ERR_REQUEST_REFUSED` whose
   * `reason` names the field and what it takes.
   */
  configure(
    changes: Partial<RoomConfiguration>,
    { version = this.#configurationVersion(), ...options }: RoomRequestOptions & { readonly version?: number } = {},
  ): Promise<RoomRequestResult<'configure'>> {
    return this.#requests.ask({ action: 'configure', version, changes }, options);
  }

  /** Makes somebody a host, a speaker or a viewer, as long as they are in the room. */
  setRole(participantId: string, role: ParticipantRole, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'setRole', participantId, role }, options);
  }

  /** Starts (`true`) or ends the recording of everybody's voice; everybody is told, and it is in the log. */
  record(active: boolean, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'record', active }, options);
  }

  /** Turns a device of somebody off in all their tabs. They may turn it on again; for good, make them a viewer. */
  mute(
    participantId: string,
    { source = 'microphone', ...options }: RoomRequestOptions & { readonly source?: keyof MediaState } = {},
  ): Promise<void> {
    return this.#requests.ask({ action: 'mute', participantId, source }, options);
  }

  /** Sends somebody away, who is told `reason` and may not come back until {@link letIn}. */
  remove(
    participantId: string,
    { reason, ...options }: RoomRequestOptions & { readonly reason?: string } = {},
  ): Promise<void> {
    return this.#requests.ask({ action: 'remove', participantId, ...(reason !== undefined && { reason }) }, options);
  }

  /** Lets somebody come in again who was removed. */
  letIn(participantId: string, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'letIn', participantId }, options);
  }

  /**
   * From now on whoever is new waits until a host admits them, hosts excepted; whoever is in the room may come and go.
   * `false` lets in all who wait.
   */
  setWaitingRoom(active: boolean, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'waitingRoom', active }, options);
  }

  /** Lets somebody in who waits (`snapshot.waiting`), now and as often as they come back. */
  admit(participantId: string, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'admit', participantId }, options);
  }

  /** Sends somebody away who waits, and is told `reason`. They may ask again after half a minute. */
  refuse(participantId: string, reason?: string, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'refuse', participantId, ...(reason !== undefined && { reason }) }, options);
  }

  /**
   * Takes the words of an entry out of the log for good, and out of what everybody shows. A model session that has heard
   * them, and recordings, keep them.
   */
  redact(seq: number, reason?: string, options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'redact', seq, ...(reason !== undefined && { reason }) }, options);
  }

  /** Nobody comes in any more but hosts; whoever is in the room stays. */
  lock(options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'lock' }, options);
  }

  /** Everybody may come in again. */
  unlock(options?: RoomRequestOptions): Promise<void> {
    return this.#requests.ask({ action: 'unlock' }, options);
  }

  /** Closes the room for everybody, who are told `reason`. */
  close({ reason, ...options }: RoomRequestOptions & { readonly reason?: string } = {}): Promise<void> {
    return this.#requests.ask({ action: 'close', ...(reason !== undefined && { reason }) }, options);
  }
}
