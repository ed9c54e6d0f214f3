/** What decides which pages may open rooms. */
export interface OriginOptions {
  readonly host: string;
  /** Port that the server really listens on. */
  readonly port: number;
  readonly publicOrigin: string | null;
}

/**
 * Origins of the studio's own pages: the public one, else this machine's names. A page of any other origin may neither
 * start a session nor open a room.
 */
export function allowedOrigins({ host, port, publicOrigin }: OriginOptions): readonly string[] {
  if (publicOrigin !== null) return [publicOrigin];
  const hosts = new Set(['127.0.0.1', 'localhost', '[::1]']);
  if (!isWildcard(host)) hosts.add(toUrlHost(host));
  return [...hosts].map((name) => new URL(`http://${name}:${port}`).origin);
}

/** Address to open in a browser on this machine. */
export function localUrl({ host, port }: { host: string; port: number }): string {
  return new URL(`http://${isWildcard(host) ? '127.0.0.1' : toUrlHost(host)}:${port}`).origin;
}

/** Whether `host` listens on every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function toUrlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
