import { createHash } from 'node:crypto';
import { MODEL_PARTICIPANT_ID, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';
import { RoomCoreError, type RoomIdentity } from '@colloquy/room-core';
import { admit } from '../admission.ts';
import type { Authenticate } from '../authentication.ts';
import type { ClientRequest } from '../client-request.ts';
import { inTime } from '../deadline.ts';
import { LiveProxyError } from '../errors.ts';

/** Something that a person wants to do. `read` covers the room's data and its history. */
export type RoomAction =
  | { readonly type: 'create' }
  | { readonly type: 'list' }
  | { readonly type: 'read'; readonly roomId: string }
  /** The recordings of the room. */
  | { readonly type: 'listen'; readonly roomId: string }
  | { readonly type: 'join'; readonly roomId: string }
  | { readonly type: 'configure'; readonly roomId: string }
  | { readonly type: 'reopen'; readonly roomId: string }
  | { readonly type: 'delete'; readonly roomId: string }
  | { readonly type: 'close'; readonly roomId: string };

/** What can be done with one room. */
export type RoomPermission = Extract<RoomAction, { readonly roomId: string }>['type'];

const ROOM_PERMISSIONS = [
  'read',
  'join',
  'configure',
  'listen',
  'close',
  'reopen',
  'delete',
] as const satisfies readonly RoomPermission[];

/** Says whether somebody may do something; it may throw a `LiveProxyError` to say why not. */
export type Authorize = (identity: RoomIdentity, action: RoomAction) => boolean | Promise<boolean>;

const FOR_HOSTS: ReadonlySet<RoomAction['type']> = new Set(['configure', 'close', 'reopen', 'delete', 'listen']);

/**
 * Hosts configure, close, reopen and delete rooms and hear their recordings, viewers do not create rooms; everything else is
 * for everyone who is known.
 */
export const authorizeByRole: Authorize = ({ role }, { type }) => {
  if (FOR_HOSTS.has(type)) return role === 'host';
  return type !== 'create' || role !== 'viewer';
};

/** What {@link Access} is made of. */
export interface AccessOptions {
  /** `null` admits everybody as a guest who is a host. */
  readonly authenticate: Authenticate<RoomIdentity> | null;
  readonly authorize: Authorize;
  /** Longest run of each hook, in milliseconds; `0` waits for ever. */
  readonly timeoutMs: number;
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
   * @throws `RoomCoreError` for what is no room id; `LiveProxyError`; what `authorize` threw; the reason of `signal`.
   */
  async admit(request: ClientRequest, action: RoomAction, signal: AbortSignal): Promise<RoomIdentity> {
    if ('roomId' in action) checkRoomId(action.roomId);
    const identity = await this.#identify(request, signal);
    if (await this.#mayDo(identity, action, signal)) return identity;
    throw new LiveProxyError('ERR_NOT_ALLOWED', `${describe(action)} is not allowed for ${identity.name}.`);
  }

  /**
   * What of everything that can be done with a room somebody may do; asks `authorize` once for each.
   *
   * @throws as {@link admit}, but not where `authorize` refuses.
   */
  async permissions(request: ClientRequest, roomId: string, signal: AbortSignal): Promise<readonly RoomPermission[]> {
    checkRoomId(roomId);
    const identity = await this.#identify(request, signal);
    const allowed: RoomPermission[] = [];
    for (const type of ROOM_PERMISSIONS) {
      if (await this.#mayDo(identity, { type, roomId }, signal).catch(toRefused)) allowed.push(type);
    }
    return allowed;
  }

  async #identify(request: ClientRequest, signal: AbortSignal): Promise<RoomIdentity> {
    const { authenticate, timeoutMs } = this.#options;
    // Origins are judged where the answer depends on them: reading is answered, only not to foreign pages.
    const checks = { isAllowedOrigin: () => true, authenticate, timeoutMs, signal };
    const admitted = await admit(request, checks);
    return authenticate === null ? toGuest(request) : checkIdentity(admitted);
  }

  #mayDo(identity: RoomIdentity, action: RoomAction, signal: AbortSignal): Promise<boolean> {
    const { authorize, timeoutMs } = this.#options;
    const error = () => new Error(`authorize took over ${timeoutMs} ms.`);
    return inTime({ timeoutMs, signal, error }, () => authorize(identity, action));
  }

  /** Who somebody is once their client has said hello: guests are told apart by their client. */
  identityOf(admitted: RoomIdentity, clientId: string): RoomIdentity {
    if (this.#options.authenticate !== null) return admitted;
    // Other participants see this id, so it must not give the client id away.
    const digest = createHash('sha256').update(clientId).digest('base64url').slice(0, 16);
    return { ...admitted, participantId: `guest-${digest}` };
  }
}

/** A hook may say by an error why somebody may not. */
function toRefused(error: unknown): false {
  if (error instanceof LiveProxyError) return false;
  throw error;
}

const ROLES: ReadonlySet<unknown> = new Set<RoomIdentity['role']>(['host', 'speaker', 'viewer']);

/** Hooks get ids that can be ids, nothing a client made up to be put into a query or a path. */
function checkRoomId(roomId: string): void {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(roomId)) return;
  const shown = JSON.stringify(roomId.slice(0, 40));
  throw new RoomCoreError('ERR_ROOM_INPUT', `${shown} is no room id; ids are 1 to 64 letters, digits, "-" or "_".`);
}

function checkIdentity(identity: unknown): RoomIdentity {
  const { participantId, name, role } = identity as RoomIdentity;
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
    case 'listen':
      return `Hearing recordings of the room ${action.roomId}`;
    case 'join':
      return `Joining the room ${action.roomId}`;
    case 'configure':
      return `Configuring the room ${action.roomId}`;
    case 'reopen':
      return `Reopening the room ${action.roomId}`;
    case 'delete':
      return `Deleting the room ${action.roomId}`;
    case 'close':
      return `Closing the room ${action.roomId}`;
    default:
      return action satisfies never;
  }
}
