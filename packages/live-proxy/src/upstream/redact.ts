import type { UpstreamTarget } from './upstream.ts';

/** Shorter values are words such as `v1`, not secrets; replacing them would only garble texts. */
const shortestSecret = 6;

/** Google's API keys, OAuth access tokens and JWTs, wherever they turn up. */
const knownShapes = /AIza[\w-]{20,}|ya29\.[\w.-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

const replacement = '[redacted]';

/** Removes credentials from a text that others wrote, such as a close reason or a library's message. */
export type Redact = (text: string) => string;

/** Knows the secrets of `target`: header values, what follows a scheme such as `Bearer`, and the URL's query and password. */
export function createRedact(target: UpstreamTarget): Redact {
  const secrets = secretsOf(target);
  return (text) => {
    let clean = text.replace(knownShapes, replacement);
    for (const secret of secrets) clean = withoutCutSecret(clean.replaceAll(secret, replacement), secret);
    return clean;
  };
}

/** For texts that come before there is a target. */
export const redactKnownShapes: Redact = (text) => text.replace(knownShapes, replacement);

/** A copy of a foreign error without the properties in which HTTP libraries keep requests and headers. */
export function redactError(error: unknown, redact: Redact): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const clean = new Error(redact(error.message));
  clean.name = error.name;
  if ('code' in error && typeof error.code === 'string') Object.assign(clean, { code: error.code });
  return clean;
}

function secretsOf(target: UpstreamTarget): readonly string[] {
  const url = new URL(target.url);
  const values = [...url.searchParams.values(), decodeURIComponent(url.password)];
  for (const value of Object.values(target.headers)) values.push(value, value.slice(value.indexOf(' ') + 1));
  // The longest first: a token inside "Bearer <token>" must not be replaced before the whole.
  return [...new Set(values)].filter((value) => value.length >= shortestSecret).sort((a, b) => b.length - a.length);
}

/** A close reason ends after 123 bytes, perhaps in the middle of a secret. */
function withoutCutSecret(text: string, secret: string): string {
  for (let length = Math.min(secret.length - 1, text.length); length >= shortestSecret; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + replacement;
  }
  return text;
}
