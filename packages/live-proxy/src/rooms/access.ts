import { createHash } from 'node:crypto';
import { MODEL_PARTICIPANT_ID, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';
import { type Clock, RoomCoreError, type RoomIdentity } from '@colloquy/room-core';
import { type Authenticate, authenticateClient, rejectOnAbort } from '../authentication.ts';
import type { ClientRequest } from '../client-request.ts';
import { LiveProxyError } from '../errors.ts';

/** Something that a person wants to do. `read` covers the room's data and its history. */
export type RoomAction =
  | { readonly type: 'create' }
  | { readonly type: 'list' }
  | { readonly type: 'read'; readonly roomId: string }
  | { readonly type: 'join'; readonly roomId: string }
  | { readonly type: 'close'; readonly roomId: string };

/** Says whether somebody may do something; it may throw a `LiveProxyError` to say why not. */
export type Authorize = (identity: RoomIdentity, action: RoomAction) => boolean | Promise<boolean>;

/** Hosts close rooms, viewers do not create them; everything else is for everyone who is known. */
export const authorizeByRole: Authorize = ({ role }, { type }) => {
  if (type === 'close') return role === 'host';
  return type !== 'create' || role !== 'viewer';
};

/** What {@link Access} is made of. */
export interface AccessOptions {
  /** `null` admits everybody as a guest who is a host. */
  readonly authenticate: Authenticate<RoomIdentity> | null;
  readonly authorize: Authorize;
  /** `0` waits for ever. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Who asks, and whether they may. */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /**
   * Checks a request before anything is done for it.
   *
   * @throws `RoomCoreError` for what is no room id, `LiveProxyError`, of which the client may be told, or whatever a hook threw, of which it may not.
   */
  async admit(request: ClientRequest, action: RoomAction, signal?: AbortSignal): Promise<RoomIdentity> {
    if ('roomId' in action) checkRoomId(action.roomId);
    const { authenticate, authorize, timeoutMs, clock } = this.#options;
    const deadline = new AbortController();
    const timer =
      timeoutMs > 0
        ? clock.setTimer(timeoutMs, () => deadline.abort(new Error(`No answer within ${timeoutMs} ms.`)))
        : null;
    const either = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    try {
      const identity =
        authenticate === null
          ? toGuest(request)
          : checkIdentity(await authenticateClient(authenticate, request, either));
      if (!(await Promise.race([authorize(identity, action), rejectOnAbort(either)]))) {
        throw new LiveProxyError('ERR_NOT_ALLOWED', `${describe(action)} is not allowed for ${identity.name}.`);
      }
      return identity;
    } finally {
      timer?.cancel();
    }
  }

  /** Who somebody is once their client has said hello: guests are told apart by their client. */
  identityOf(admitted: RoomIdentity, clientId: string): RoomIdentity {
    if (this.#options.authenticate !== null) return admitted;
    // Other participants see this id, so it must not give the client id away.
    const digest = createHash('sha256').update(clientId).digest('base64url').slice(0, 16);
    return { ...admitted, participantId: `guest-${digest}` };
  }
}

const ROLES: ReadonlySet<unknown> = new Set<RoomIdentity['role']>(['host', 'speaker', 'viewer']);

/** Hooks get ids that can be ids, nothing a client made up to be put into a query or a path. */
function checkRoomId(roomId: string): void {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(roomId)) return;
  const shown = JSON.stringify(roomId.slice(0, 40));
  throw new RoomCoreError('ERR_ROOM_INPUT', `${shown} is no room id; ids are 1 to 64 letters, digits, "-" or "_".`);
}

function checkIdentity(identity: RoomIdentity): RoomIdentity {
  const { participantId, name, role } = identity;
  if (typeof participantId !== 'string' || participantId === '') {
    throw new TypeError('authenticate must return a participantId that is a string and not empty.');
  }
  if (participantId === MODEL_PARTICIPANT_ID || participantId === ROOM_PARTICIPANT_ID) {
    throw new TypeError(`authenticate returned the participantId "${participantId}", which is taken by the room.`);
  }
  if (typeof name !== 'string' || name.trim() === '') {
    throw new TypeError('authenticate must return a name that is a string and not empty.');
  }
  if (!ROLES.has(role)) {
    throw new TypeError(`authenticate returned the role "${String(role)}"; roles are host, speaker and viewer.`);
  }
  return { participantId, name, role };
}

function toGuest(request: ClientRequest): RoomIdentity {
  const name = request.url.searchParams.get('name')?.trim().slice(0, 80);
  return { participantId: 'guest', name: name || 'Guest', role: 'host' };
}

function describe(action: RoomAction): string {
  switch (action.type) {
    case 'create':
      return 'Creating rooms';
    case 'list':
      return 'Listing rooms';
    case 'read':
      return `Reading the room ${action.roomId}`;
    case 'join':
      return `Joining the room ${action.roomId}`;
    case 'close':
      return `Closing the room ${action.roomId}`;
    default:
      return action satisfies never;
  }
}
