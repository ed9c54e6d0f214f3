import { randomUUID } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { ClientRequest } from '../client-request.ts';
import { LiveProxyError } from '../errors.ts';
import { checkMountPath } from '../mount-path.ts';
import { findTicket } from './ticket-carrier.ts';
import { checkClaims, type TicketClaims, type TicketIdentity, type TicketPayload } from './ticket-claims.ts';
import { readKeys, type SigningKey, type TicketKey, type TicketKeys, type TicketSecret } from './ticket-keys.ts';
import { memoryTicketStore, type TicketStore } from './ticket-store.ts';

/** Options of {@link createTickets}: either `secret` or `key`. */
export interface TicketsOptions {
  /** Signs with HS256. Of several the first one signs and all are accepted, for changing it without refusing anybody. */
  readonly secret?: TicketSecret | readonly TicketSecret[];
  /** Instead of `secret`: the caller's asymmetric keys. */
  readonly key?: TicketKey | readonly TicketKey[];
  /** Tells deployments that share a key apart. @defaultValue `'colloquy'` */
  readonly audience?: string;
  /** Longest life of a ticket. @defaultValue 3_600 */
  readonly maxTtlSeconds?: number;
  /** How far the clocks of servers may be apart. @defaultValue 5 */
  readonly clockToleranceSeconds?: number;
  /** Where used and revoked tickets are remembered. @defaultValue {@link memoryTicketStore} */
  readonly store?: TicketStore;
  /** Where rooms are mounted, for tickets of one room. @defaultValue `'/rooms'` */
  readonly roomsPath?: string;
  /** @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** Options of {@link Tickets.issue}. */
export interface IssueOptions {
  /** Life of the ticket; a connection may last longer than the ticket that opened it. @defaultValue 300 */
  readonly ttlSeconds?: number;
  /** Good for one request, however it is presented. In an address a ticket is good for one in any case. @defaultValue false */
  readonly singleUse?: boolean;
}

/** A ticket for a client. */
export interface IssuedTicket {
  readonly ticket: string;
  /** For `revoke`. */
  readonly ticketId: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Makes and checks tickets. */
export interface Tickets {
  /**
   * Signs a ticket.
   *
   * @throws TypeError, RangeError for claims that cannot be, a life that is too long, or more than 4 KiB of them.
   */
  issue(claims: TicketClaims, options?: IssueOptions): Promise<IssuedTicket>;
  /**
   * The `authenticate` hook of `createLiveProxy` and `serveRooms`. `null` when the request has no ticket.
   *
   * @throws {@link LiveProxyError} `ERR_NOT_AUTHENTICATED` for a ticket that is wrong, over, used or revoked, and
   * `ERR_NOT_ALLOWED` for one of another room.
   */
  readonly authenticate: (request: ClientRequest) => Promise<TicketIdentity | null>;
  /**
   * Says whom a ticket is for, as `authenticate` does, where a connection presents another one while it is open. One that
   * may be used once is used by this.
   *
   * @throws {@link LiveProxyError} `ERR_NOT_AUTHENTICATED`
   */
  check(ticket: string): Promise<TicketIdentity>;
  /**
   * Makes a ticket worthless from now on, and ends the sessions of a proxy that it opened, with 4401: at once in this
   * process, within 15 s on others with the same store.
   */
  revoke(ticketId: string): Promise<void>;
  /** Whether somebody revoked it, which is more than being used. */
  isRevoked(ticketId: string): Promise<boolean>;
  /** Hears of each revocation in this process. Returns the undo. */
  onRevoked(listener: (ticketId: string) => void): () => void;
}

/** Keeps a secret's other JWTs, such as session cookies, from being taken for tickets. */
const ticketType = 'colloquy-ticket+jwt';

/** Node reads 16 KiB of headers in all, many proxies 8. */
const largestTicketBytes = 4 * 1024;

/**
 * Tickets: short-lived signed tokens that say who connects. A page gets one from your server, which knows its people, and
 * presents it to the proxy or to a room.
 *
 * @throws TypeError, RangeError for options that cannot work.
 *
 * @example
 * ```ts
 * const tickets = createTickets({ secret: process.env.TICKET_SECRET ?? '' });
 * const proxy = createLiveProxy({ upstream, authenticate: tickets.authenticate });
 * app.post('/ticket', async (request, response) => {
 *   const { ticket } = await tickets.issue({ participantId: request.user.id, name: request.user.name });
 *   response.json({ ticket });
 * });
 * ```
 */
export function createTickets(options: TicketsOptions): Tickets {
  return new SignedTickets(options);
}

const ticketsBehind = new WeakMap<object, Tickets>();

class SignedTickets implements Tickets {
  readonly #keys: TicketKeys;
  readonly #audience: string;
  readonly #maxTtlSeconds: number;
  readonly #toleranceSeconds: number;
  readonly #store: TicketStore;
  readonly #roomsPath: string;
  readonly #now: () => number;
  readonly #listeners = new Set<(ticketId: string) => void>();

  constructor(options: TicketsOptions) {
    checkNames(options);
    this.#keys = readKeys(options.secret, options.key);
    this.#audience = options.audience ?? 'colloquy';
    this.#maxTtlSeconds = checkSeconds(options.maxTtlSeconds ?? 3_600, 'maxTtlSeconds', 1);
    this.#toleranceSeconds = checkSeconds(options.clockToleranceSeconds ?? 5, 'clockToleranceSeconds', 0);
    this.#roomsPath = checkMountPath(options.roomsPath ?? '/rooms');
    this.#now = options.now ?? Date.now;
    this.#store = options.store ?? memoryTicketStore({ now: this.#now });
    ticketsBehind.set(this.authenticate, this);
  }

  async issue(claims: TicketClaims, { ttlSeconds = 300, singleUse = false }: IssueOptions = {}): Promise<IssuedTicket> {
    checkClaims(claims);
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > this.#maxTtlSeconds) {
      throw new RangeError(
        `tickets.issue: ttlSeconds is ${ttlSeconds}; write a whole number from 1 to maxTtlSeconds ${this.#maxTtlSeconds}.`,
      );
    }
    const { signing } = this.#keys;
    if (signing === null)
      throw new TypeError('tickets.issue: this server has no privateKey and can only check tickets.');
    const { participantId, name, role = 'speaker', room, limits, data } = claims;
    const payload: TicketPayload = { name: name.trim(), role, room, limits, data, uses: singleUse ? 1 : undefined };
    const ticketId = randomUUID();
    const issuedAt = Math.floor(this.#now() / 1_000);
    const ticket = await new SignJWT({ ...payload })
      .setProtectedHeader({ alg: signing.algorithm, typ: ticketType })
      .setSubject(participantId)
      .setAudience(this.#audience)
      .setJti(ticketId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ttlSeconds)
      .sign(signing.key);
    if (ticket.length > largestTicketBytes) {
      throw new RangeError(
        `tickets.issue: the ticket has ${ticket.length} bytes; keep data small, 4,096 are the limit.`,
      );
    }
    return { ticket, ticketId, expiresAtMs: (issuedAt + ttlSeconds) * 1_000 };
  }

  readonly authenticate = async (request: ClientRequest): Promise<TicketIdentity | null> => {
    const presented = findTicket(request);
    if (presented === null) return null;
    const claims = await this.#verify(presented.ticket);
    const identity = toIdentity(claims);
    if (identity.room !== null && !isInRoom(request.url.pathname, this.#roomsPath, identity.room)) {
      throw new LiveProxyError('ERR_NOT_ALLOWED', `This ticket is for the room ${identity.room} only.`);
    }
    await this.#use(identity, presented.isInUrl || claims.uses === 1);
    return identity;
  };

  async check(ticket: string): Promise<TicketIdentity> {
    const claims = await this.#verify(ticket);
    const identity = toIdentity(claims);
    await this.#use(identity, claims.uses === 1);
    return identity;
  }

  async revoke(ticketId: string): Promise<void> {
    const forgetAtMs = this.#forgetAtMs(this.#now() + this.#maxTtlSeconds * 1_000);
    await this.#store.add(ticketId, forgetAtMs);
    // A ticket that was used stands in the store as well, and its session goes on.
    await this.#store.add(revokedKey(ticketId), forgetAtMs);
    for (const listener of this.#listeners) listener(ticketId);
  }

  async isRevoked(ticketId: string): Promise<boolean> {
    return this.#store.has(revokedKey(ticketId));
  }

  onRevoked(listener: (ticketId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #use({ ticketId, expiresAtMs }: TicketIdentity, isSingle: boolean): Promise<void> {
    const isFresh = isSingle
      ? await this.#store.add(ticketId, this.#forgetAtMs(expiresAtMs))
      : !(await this.#store.has(ticketId));
    if (!isFresh) throw refusal('This ticket was used or revoked; get a new one.');
  }

  /** A ticket is accepted for a moment after its end. */
  #forgetAtMs(expiresAtMs: number): number {
    return expiresAtMs + this.#toleranceSeconds * 1_000;
  }

  async #verify(ticket: string): Promise<JWTPayload & TicketPayload> {
    let failure: unknown = new Error('no key');
    for (const key of this.#keys.checking) {
      try {
        return await this.#verifyWith(ticket, key);
      } catch (error) {
        failure = error;
        // With another key the same ticket may be good.
        if (!(error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed))
          break;
      }
    }
    throw explain(failure);
  }

  async #verifyWith(ticket: string, { algorithm, key }: SigningKey): Promise<JWTPayload & TicketPayload> {
    const { payload } = await jwtVerify<TicketPayload>(ticket, key, {
      algorithms: [algorithm],
      typ: ticketType,
      audience: this.#audience,
      requiredClaims: ['jti', 'sub', 'exp', 'iat'],
      // A server with another maxTtlSeconds may not outlive what `revoke` remembers.
      maxTokenAge: this.#maxTtlSeconds,
      clockTolerance: this.#toleranceSeconds,
      currentDate: new Date(this.#now()),
    });
    return payload;
  }
}

/** The tickets whose hook this is, for a proxy that was given nothing but the hook. */
export function ticketsOf(authenticate: unknown): Tickets | null {
  return typeof authenticate === 'function' ? (ticketsBehind.get(authenticate) ?? null) : null;
}

function revokedKey(ticketId: string): string {
  return `revoked.${ticketId}`;
}

function toIdentity(claims: JWTPayload & TicketPayload): TicketIdentity {
  const { sub = '', jti = '', exp = 0, name, role, room = null, limits = {}, data = {} } = claims;
  return { participantId: sub, name, role, room, limits, data, ticketId: jti, expiresAtMs: exp * 1_000 };
}

function isInRoom(pathname: string, roomsPath: string, room: string): boolean {
  const path = pathname.replace(/^\/+/, '/');
  return path === `${roomsPath}/${room}` || path.startsWith(`${roomsPath}/${room}/`);
}

function refusal(message: string, cause?: unknown): LiveProxyError {
  return new LiveProxyError('ERR_NOT_AUTHENTICATED', message, { cause });
}

function explain(error: unknown): LiveProxyError {
  if (error instanceof errors.JWTExpired) return refusal('This ticket is over; get a new one.');
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iat') {
    return refusal('This ticket is from the future; the clocks of the servers are apart.');
  }
  return refusal('This is no ticket of this server; get one from it.');
}

const optionNames: readonly string[] = [
  'secret',
  'key',
  'audience',
  'maxTtlSeconds',
  'clockToleranceSeconds',
  'store',
  'roomsPath',
  'now',
] satisfies readonly (keyof TicketsOptions)[];

function checkNames(options: TicketsOptions): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw new TypeError(`createTickets: ${name} is not an option; options are ${optionNames.join(', ')}.`);
    }
  }
}

function checkSeconds(value: number, name: string, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`createTickets: ${name} is ${String(value)}; write a whole number from ${least}.`);
}
