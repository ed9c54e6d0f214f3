import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type GuestSession, MAX_NAME_LENGTH, parseGuestName } from './sessions.ts';
import type { HeaderReader, Visitors } from './visitors.ts';

/** The signed header: the other headers of the proxy can be written by anybody who reaches the server past it. */
export const IAP_HEADER = 'x-goog-iap-jwt-assertion';

const ISSUER = 'https://cloud.google.com/iap';
const GOOGLES_KEYS = 'https://www.gstatic.com/iap/verify/public_key-jwk';
/** Seconds that two clocks may differ, as Google's guide has it. */
const CLOCK_SKEW_SECONDS = 30;

/** People whom Google's Identity-Aware Proxy has signed in. */
export class IapVisitors implements Visitors {
  readonly #audience: string;
  readonly #keys: JWTVerifyGetKey;

  constructor({ audience, keysUrl = GOOGLES_KEYS }: { readonly audience: string; readonly keysUrl?: string }) {
    this.#audience = audience;
    this.#keys = createRemoteJWKSet(new URL(keysUrl));
  }

  async identify(header: HeaderReader): Promise<GuestSession | null> {
    const token = header(IAP_HEADER);
    if (token === null) return null;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: ISSUER,
        audience: this.#audience,
        algorithms: ['ES256'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['sub', 'iat', 'exp'],
      });
      if (typeof payload.sub !== 'string' || payload.sub === '') return null;
      return { participantId: toParticipantId(payload.sub), name: toName(payload.email) };
    } catch (error) {
      if (isOfToken(error)) return null;
      throw new Error('The public keys of Identity-Aware Proxy could not be fetched.', { cause: error });
    }
  }
}

/** Others in a room see it: the account's number at Google is none of their business. */
function toParticipantId(subject: string): string {
  return `iap-${createHash('sha256').update(subject).digest('base64url').slice(0, 22)}`;
}

/** What stands before the @ of the address; the whole address would be shown to everybody in a room. */
function toName(email: unknown): string {
  const local = typeof email === 'string' ? (email.split(':').at(-1)?.split('@')[0] ?? '') : '';
  const parsed = parseGuestName([...local].slice(0, MAX_NAME_LENGTH).join(''));
  return 'name' in parsed ? parsed.name : 'Somebody';
}

/** Whether the token is at fault: forged, for somebody else, expired, or none at all. Everything else is an outage. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  );
}
