import type { IncomingMessage } from 'node:http';
import { TICKET_SUBPROTOCOL_PREFIX } from '@colloquy/live-protocol';

/** What hooks see of a client's request: the same for upgrades, for Node's requests and for Web `Request`s. */
export interface ClientRequest {
  readonly method: string;
  /** Path and query as the client wrote them; scheme and host are what it claimed and prove nothing. */
  readonly url: URL;
  readonly headers: Headers;
  /** Address of the other end of the socket, which may be a load balancer; `null` when it is not known. */
  readonly remoteAddress: string | null;
  /** From the subprotocol `ticket.<ticket>` (browsers) or `Authorization: Bearer <ticket>` (servers). */
  readonly ticket: string | null;
  /** The subprotocols that an upgrade offers, in order; empty for other requests. */
  readonly subprotocols: readonly string[];
  /** Node's own request, for what other middleware put there, such as a session. */
  readonly incoming: IncomingMessage | null;
}

/** Reads a request of `node:http`, plain or upgrade. `null` when its target is not a URL. */
export function fromIncomingMessage(incoming: IncomingMessage): ClientRequest | null {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (name.startsWith(':')) continue; // pseudo-headers of HTTP/2 are no fields
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  // An absolute target is only for forward proxies. A leading "//" would be read as a host: Google's SDK sends two.
  const target = `/${(incoming.url ?? '').replace(/^\/+/, '')}`;
  const base = `http://${headers.get('host') ?? 'localhost'}`;
  const url = parseUrl(target, base) ?? parseUrl(target, 'http://localhost');
  if (url === null) return null;
  return clientRequest(incoming.method ?? 'GET', url, headers, incoming.socket?.remoteAddress ?? null, incoming);
}

/** Reads a Web `Request`. */
export function fromWebRequest(request: Request): ClientRequest {
  return clientRequest(request.method, new URL(request.url), request.headers, null, null);
}

function clientRequest(
  method: string,
  url: URL,
  headers: Headers,
  remoteAddress: string | null,
  incoming: IncomingMessage | null,
): ClientRequest {
  const offered = headers.get('sec-websocket-protocol') ?? '';
  const subprotocols = offered
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return { method, url, headers, remoteAddress, ticket: ticketOf(subprotocols, headers), subprotocols, incoming };
}

function ticketOf(subprotocols: readonly string[], headers: Headers): string | null {
  const offered = subprotocols.find((name) => name.startsWith(TICKET_SUBPROTOCOL_PREFIX));
  if (offered !== undefined) return offered.slice(TICKET_SUBPROTOCOL_PREFIX.length);
  return /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}

function parseUrl(target: string, base: string): URL | null {
  return URL.canParse(target, base) ? new URL(target, base) : null;
}
