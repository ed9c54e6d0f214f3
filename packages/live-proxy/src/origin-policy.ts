/** Decides whether a page served from `origin` may talk to this server; `null` means that no `Origin` was sent. */
export type OriginPolicy = (origin: string | null) => boolean;

/**
 * An allow-list of exact origins.
 *
 * Clients that send no `Origin` are no browsers: they pass, since they could claim any, and `authenticate` decides. The
 * `Host` header is deliberately not compared, because a rebound DNS name makes it say whatever a hostile page wants.
 *
 * @throws TypeError when an entry is not an origin such as `https://studio.example`.
 */
export function createOriginPolicy(allowedOrigins: readonly string[]): OriginPolicy {
  if (!Array.isArray(allowedOrigins)) {
    throw new TypeError('allowedOrigins must be an array of origins such as ["https://studio.example"].');
  }
  const allowed = new Set(allowedOrigins.map(toOrigin));
  return (origin) => origin === null || allowed.has(origin);
}

function toOrigin(entry: unknown): string {
  const url = typeof entry === 'string' && URL.canParse(entry) ? new URL(entry) : null;
  // An origin has no path, query or credentials; comparing hrefs finds every extra.
  if (url === null || url.origin === 'null' || url.href !== `${url.origin}/`) {
    throw new TypeError(
      `allowedOrigins: ${JSON.stringify(entry)} is not an origin; write scheme, host and port only, such as "https://studio.example".`,
    );
  }
  return url.origin;
}
