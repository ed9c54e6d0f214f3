/**
 * A URL to dial, from an option: `http:` and `https:` become `ws:` and `wss:`, a fragment is refused.
 *
 * @throws TypeError naming `option`
 */
export function toSocketUrl(value: unknown, option: string): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^(?:ws|http)s?:$/.test(url.protocol) || url.hash !== '') {
    // The value is not repeated: a URL may carry a key.
    throw new TypeError(`${option} is not a WebSocket URL; write one such as "wss://gateway.example/live".`);
  }
  url.protocol = url.protocol.replace('http', 'ws');
  return url;
}

/** Scheme, host and path: what of a URL may be logged. */
export function describeUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Path of the one method of the Live API in Google's two dialects. */
export function bidiPath(backend: 'gemini' | 'vertex', apiVersion: string): string {
  return backend === 'gemini'
    ? `/ws/google.ai.generativelanguage.${apiVersion}.GenerativeService.BidiGenerateContent`
    : `/ws/google.cloud.aiplatform.${apiVersion}.LlmBidiService/BidiGenerateContent`;
}

/** Where ephemeral tokens are made, beside a socket's URL. */
export function tokenUrl(base: URL, apiVersion: string): string {
  const url = new URL(`${base.pathname.replace(/\/+$/, '')}/${apiVersion}/auth_tokens`, base);
  url.protocol = url.protocol.replace('ws', 'http');
  return url.href;
}

/** @throws TypeError naming `option` */
export function checkApiVersion(value: string, option: string): string {
  if (!/^v\d+(?:(?:alpha|beta)\d*)?$/.test(value)) {
    throw new TypeError(`${option} ${JSON.stringify(value)} is not an API version; write one such as "v1beta".`);
  }
  return value;
}
