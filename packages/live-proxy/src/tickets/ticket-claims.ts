import { MODEL_PARTICIPANT_ID, type ParticipantRole, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';
import { type ClientLimits, defaultClientLimits, overLimits } from '../client-limits.ts';

/** Whom a ticket is for, and what it is good for. */
export interface TicketClaims {
  /** Stable id of the person, 1–128 characters. */
  readonly participantId: string;
  /** Name that others see, 1–80 characters after trimming. */
  readonly name: string;
  /** @defaultValue `'speaker'` */
  readonly role?: ParticipantRole;
  /** The only room that it admits to; with it, it is no ticket for the 1:1 proxy. @defaultValue any room, and the proxy */
  readonly room?: string;
  /** Limits of this person's sessions; the proxy applies them through its option `limitsFor`. */
  readonly limits?: Partial<ClientLimits>;
  /** What the application wants back in its hooks. Signed, but not encrypted: whoever has the ticket can read it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Who a ticket says one is. It is an identity of rooms as well. */
export interface TicketIdentity {
  readonly participantId: string;
  readonly name: string;
  readonly role: ParticipantRole;
  /** `null`: any. */
  readonly room: string | null;
  readonly limits: Partial<ClientLimits>;
  readonly data: Readonly<Record<string, unknown>>;
  /** For `revoke`. */
  readonly ticketId: string;
  /** Milliseconds since 1970. Connections that were made before go on, unless the proxy has `endWithTicket`. */
  readonly expiresAtMs: number;
}

/** Claims as they stand in the JWT, beside the registered ones. */
export interface TicketPayload {
  readonly name: string;
  readonly role: ParticipantRole;
  readonly room?: string;
  readonly limits?: Partial<ClientLimits>;
  readonly data?: Readonly<Record<string, unknown>>;
  /** `1`: may be used once. */
  readonly uses?: 1;
}

const roles: ReadonlySet<unknown> = new Set<ParticipantRole>(['host', 'speaker', 'viewer']);

/**
 * Refuses claims that no room or proxy could use, where the mistake was made and not where the ticket is used.
 *
 * @throws TypeError, RangeError
 */
export function checkClaims({ participantId, name, role, room, limits, data }: TicketClaims): void {
  if (typeof participantId !== 'string' || participantId === '' || participantId.length > 128) {
    fail(`participantId is ${JSON.stringify(participantId)}; write 1 to 128 characters`);
  }
  if (participantId === MODEL_PARTICIPANT_ID || participantId === ROOM_PARTICIPANT_ID) {
    fail(`participantId "${participantId}" is taken by the room`);
  }
  if (typeof name !== 'string' || name.trim() === '' || name.trim().length > 80) {
    fail(`name is ${JSON.stringify(name)}; write 1 to 80 characters`);
  }
  if (role !== undefined && !roles.has(role)) fail(`role is "${String(role)}"; roles are host, speaker and viewer`);
  if (room !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(room))
    fail(`room is ${JSON.stringify(room)}, which is no id`);
  if (data !== undefined && (typeof data !== 'object' || data === null || Array.isArray(data))) {
    fail('data must be an object');
  }
  overLimits(defaultClientLimits, limits);
}

function fail(what: string): never {
  throw new TypeError(`tickets.issue: ${what}.`);
}
