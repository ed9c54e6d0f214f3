import type { KeyObject } from 'node:crypto';

/** A secret for HS256: at least 32 bytes; a string counts in UTF-8. */
export type TicketSecret = string | Uint8Array;

/** An asymmetric key pair of the caller. A server that only checks tickets needs no `privateKey`. */
export interface TicketKey {
  /** A JWS algorithm such as `ES256`, `EdDSA` or `RS256`. */
  readonly algorithm: string;
  readonly publicKey: CryptoKey | KeyObject;
  readonly privateKey?: CryptoKey | KeyObject;
}

/** What signs or checks: a key and the only algorithm it may be used with. */
export interface SigningKey {
  readonly algorithm: string;
  readonly key: Uint8Array | CryptoKey | KeyObject;
}

/** The keys of a server. */
export interface TicketKeys {
  /** `null` on a server that only checks. */
  readonly signing: SigningKey | null;
  /** The first one is tried first. */
  readonly checking: readonly SigningKey[];
}

/** SHA-256's output: a shorter secret is the weakest part of HS256. */
const shortestSecretBytes = 32;

/**
 * Reads the two options; of several secrets or keys the first one signs, and all of them check.
 *
 * @throws TypeError
 */
export function readKeys(
  secret: TicketSecret | readonly TicketSecret[] | undefined,
  key: TicketKey | readonly TicketKey[] | undefined,
): TicketKeys {
  if ((secret === undefined) === (key === undefined)) {
    fail('pass either secret, 32 random bytes or more, or key: { algorithm, publicKey, privateKey }');
  }
  if (secret !== undefined) {
    const secrets = toList<TicketSecret>(secret).map(readSecret);
    return { signing: secrets[0] ?? fail('secret is an empty list'), checking: secrets };
  }
  const keys = toList<TicketKey>(key ?? []).map(readPair);
  const first = keys[0] ?? fail('key is an empty list');
  return { signing: first.signing, checking: keys.map(({ checking }) => checking) };
}

function readSecret(secret: unknown): SigningKey {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
  if (!(bytes instanceof Uint8Array)) fail(`secret must be a string or bytes, not ${typeof secret}`);
  if (bytes.byteLength < shortestSecretBytes) {
    fail(`secret has ${bytes.byteLength} bytes; take ${shortestSecretBytes} random ones or more`);
  }
  return { algorithm: 'HS256', key: bytes };
}

function readPair(pair: TicketKey): { signing: SigningKey | null; checking: SigningKey } {
  const { algorithm, publicKey, privateKey } = pair;
  if (typeof algorithm !== 'string' || !/^(?:ES|RS|PS)(?:256|384|512)$|^EdDSA$|^Ed25519$/.test(algorithm)) {
    fail(`key.algorithm is ${JSON.stringify(algorithm)}; take an asymmetric one such as "ES256"`);
  }
  if (publicKey === undefined) fail('key.publicKey is missing; tickets are checked with it');
  return {
    signing: privateKey === undefined ? null : { algorithm, key: privateKey },
    checking: { algorithm, key: publicKey },
  };
}

function toList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function fail(what: string): never {
  throw new TypeError(`createTickets: ${what}.`);
}
