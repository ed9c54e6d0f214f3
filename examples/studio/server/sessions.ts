import { hkdfSync, randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { HeaderReader, Visitors } from './visitors.ts';

/** Who a browser is. */
export interface GuestSession {
  readonly participantId: string;
  readonly name: string;
}

/** Longest name of a guest, in characters as people count them. */
export const MAX_NAME_LENGTH = 40;

const LIFETIME_SECONDS = 30 * 24 * 3600;
const ISSUER = 'colloquy-studio';

/** Makes and reads the cookie that says who a guest is: somebody who has picked a name. */
export class GuestSessions implements Visitors {
  readonly #key: Uint8Array;
  readonly #secure: boolean;
  readonly #cookieName: string;

  /** @param options.secure whether browsers reach the studio over https. */
  constructor(options: { secret: string; secure: boolean }) {
    this.#key = new Uint8Array(hkdfSync('sha256', options.secret, '', 'colloquy studio session', 32));
    this.#secure = options.secure;
    // The prefix makes browsers refuse a cookie of this name from a sibling domain or from plain http.
    this.#cookieName = options.secure ? '__Host-colloquy' : 'colloquy';
  }

  identify(header: HeaderReader): Promise<GuestSession | null> {
    return this.fromCookies(header('cookie') ?? undefined);
  }

  /** A session for `name`; the id of `previous` is kept, so that a rename keeps the person. */
  create(name: string, previous: GuestSession | null): GuestSession {
    return { participantId: previous?.participantId ?? `guest-${randomBytes(9).toString('base64url')}`, name };
  }

  /** Value of the `Set-Cookie` header that keeps `session`. */
  async toCookie(session: GuestSession): Promise<string> {
    const token = await new SignJWT({ name: session.name })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(session.participantId)
      .setIssuer(ISSUER)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .sign(this.#key);
    return this.#cookie(token, LIFETIME_SECONDS);
  }

  /** Value of the `Set-Cookie` header that forgets the guest. */
  toExpiredCookie(): string {
    return this.#cookie('', 0);
  }

  /** The session in a `Cookie` header; `null` when there is none, or when it is forged or expired. */
  async fromCookies(header: string | undefined): Promise<GuestSession | null> {
    const token = cookieValue(header, this.#cookieName);
    if (token === null) return null;
    try {
      const { payload } = await jwtVerify(token, this.#key, { issuer: ISSUER, algorithms: ['HS256'] });
      if (typeof payload.sub !== 'string' || typeof payload.name !== 'string') return null;
      return { participantId: payload.sub, name: payload.name };
    } catch {
      // Forged, expired or signed with another secret: the browser is a stranger.
      return null;
    }
  }

  #cookie(value: string, maxAgeSeconds: number): string {
    const secure = this.#secure ? '; Secure' : '';
    return `${this.#cookieName}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure}`;
  }
}

/** A name as it is shown: trimmed, without control characters; or what is wrong with it, in words for its owner. */
export function parseGuestName(value: unknown): { name: string } | { problem: string } {
  if (typeof value !== 'string')
    return { problem: `"name" must be a string; it is ${JSON.stringify(value) ?? 'missing'}.` };
  const name = value
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  if (name === '') return { problem: '"name" is empty. Enter the name that others should see.' };
  const length = [...name].length;
  if (length > MAX_NAME_LENGTH) {
    return { problem: `"name" has ${length} characters. Enter at most ${MAX_NAME_LENGTH}.` };
  }
  return { name };
}

function cookieValue(header: string | undefined, name: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return null;
}
