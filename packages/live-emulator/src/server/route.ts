import type { Backend } from '@colloquy/live-protocol';

/** What a request path and its credentials say. */
export interface Route {
  readonly backend: Backend;
  /** `v1`, `v1alpha`, `v1beta` or `v1beta1`. */
  readonly apiVersion: string;
  /** Whether the method is the one that ephemeral tokens use. */
  readonly constrained: boolean;
  /** Path without its query and without doubled leading slashes. */
  readonly path: string;
}

const GEMINI =
  /^\/ws\/google\.ai\.generativelanguage\.(v1|v1alpha|v1beta|v1beta1)\.GenerativeService\.BidiGenerateContent(Constrained)?$/;
const VERTEX = /^\/ws\/google\.cloud\.aiplatform\.(v1|v1alpha|v1beta|v1beta1)\.LlmBidiService\/BidiGenerateContent$/;

/** Which backend a request target addresses; `null` when it is not the Live method of either. */
export function routeOf(target: string): Route | null {
  // Google's SDK joins a base URL that ends in a slash with a path that begins with one, so the path starts with two.
  const path = `/${target.replace(/[?#].*$/s, '').replace(/^\/+/, '')}`;
  const gemini = GEMINI.exec(path);
  if (gemini) {
    return { backend: 'gemini', apiVersion: gemini[1] ?? '', constrained: gemini[2] !== undefined, path };
  }
  const vertex = VERTEX.exec(path);
  return vertex ? { backend: 'vertex', apiVersion: vertex[1] ?? '', constrained: false, path } : null;
}

/** What a client shows to prove who it is; each `null` when absent. */
export interface Credentials {
  /** `key` in the query, or the `x-goog-api-key` header. */
  readonly apiKey: string | null;
  /** Ephemeral token: `access_token` in the query, or `Authorization: Token …`. */
  readonly token: string | null;
  /** `Authorization: Bearer …`. */
  readonly bearer: string | null;
}

/** Reads the credentials of an upgrade request. */
export function credentialsOf(
  target: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Credentials {
  const query = new URLSearchParams(target.replace(/^[^?]*\??/, ''));
  const authorization = first(headers.authorization) ?? '';
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)$/.exec(authorization) ?? [];
  return {
    apiKey: query.get('key') ?? first(headers['x-goog-api-key']),
    token: query.get('access_token') ?? (scheme.toLowerCase() === 'token' ? value : null),
    bearer: scheme.toLowerCase() === 'bearer' ? value : null,
  };
}

function first(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
