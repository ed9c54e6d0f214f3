import { createHash } from 'node:crypto';
import { decodeBase64, isBase64 } from '@colloquy/live-protocol';
import type { MediaFingerprint, MediaTreatment } from './recording-line.ts';

/** Stands where a key was. */
export const REDACTED = 'REDACTED';

/** Names under which messages carry credentials, without their underscores and in lower case. */
const SECRET_NAME =
  /^(apikey|apikeystring|apikeysecret|accesstoken|authtoken|idtoken|refreshtoken|oauthtoken|bearertoken|authorization|xgoogapikey|password|clientsecret|servicecredential|credential|cookie)$/;
const SECRET_QUERY = new Set(['key', 'access_token', 'token', 'api_key', 'ticket']);
/** Fields that hold media beside `data`, which needs a MIME type next to it. */
const MEDIA_NAMES = new Set(['imagedata', 'voicesampleaudio', 'consentaudio']);

/** Takes keys, and if asked the media, out of what a recorder writes. */
export class Sanitiser {
  readonly #media: MediaTreatment;
  /** Credentials that this connection showed: taken out wherever they appear. */
  readonly #secrets: readonly string[];

  constructor(options: { readonly media: MediaTreatment; readonly secrets: readonly string[] }) {
    this.#media = options.media;
    // The longest first: one may begin like another. Very short ones would tear holes into everything.
    this.#secrets = options.secrets.filter((secret) => secret.length >= 8).sort((a, b) => b.length - a.length);
  }

  /** A path with its query. */
  path(target: string): string {
    const [path = '', query] = target.split('?', 2);
    if (query === undefined) return this.text(path);
    const parameters = new URLSearchParams(query);
    for (const name of [...parameters.keys()]) {
      if (SECRET_QUERY.has(name.toLowerCase())) parameters.set(name, REDACTED);
    }
    return this.text(`${path}?${parameters}`);
  }

  /** A text of any kind. */
  text(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
  }

  /** A decoded message; the value itself is not changed. */
  message(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.message(item));
    if (typeof value !== 'object' || value === null) return value;
    const hasMimeType = 'mimeType' in value || 'mime_type' in value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, this.#field(plain(name), inner, hasMimeType)]),
    );
  }

  #field(name: string, value: unknown, hasMimeType: boolean): unknown {
    if (SECRET_NAME.test(name) && typeof value === 'string') return REDACTED;
    // Headers that the model's side sends to a tool server.
    if (name === 'headers' && isStringMap(value)) return mapValues(value, () => REDACTED);
    const isMedia = (name === 'data' && hasMimeType) || MEDIA_NAMES.has(name);
    if (isMedia && typeof value === 'string') {
      if (this.#media === 'keep' || !isBase64(value)) return value;
      return fingerprint(decodeBase64(value));
    }
    return this.message(value);
  }
}

/** What an upgrade request shows to prove who it is. */
export function secretsOf(target: string, headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const query = new URLSearchParams(target.split('?', 2)[1] ?? '');
  const fromQuery = [...query].flatMap(([name, value]) => (SECRET_QUERY.has(name.toLowerCase()) ? [value] : []));
  const { authorization, cookie } = headers;
  const bare = [authorization].flat().map((value) => value?.replace(/^\S+\s+/, ''));
  const given = [...bare, [headers['x-goog-api-key']].flat(), [cookie].flat()].flat();
  return [...fromQuery, ...given.filter((value) => value !== undefined)];
}

function fingerprint(bytes: Uint8Array): MediaFingerprint {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

function plain(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}

function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((inner) => typeof inner === 'string')
  );
}

function mapValues(map: Readonly<Record<string, string>>, change: () => string): Record<string, string> {
  return Object.fromEntries(Object.keys(map).map((name) => [name, change()]));
}
