import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveProxyError } from '../errors.ts';
import { refuseUpgrade } from '../http/refuse-upgrade.ts';
import { createLiveProxy } from '../proxy.ts';
import type { LiveProxyErrorContext, LiveProxyEvent } from '../reporter.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Options of {@link serve}. */
export interface ServeOptions {
  readonly upstream: Upstream;
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins?: readonly string[];
  /** One line for a person. */
  readonly print: (line: string) => void;
}

/** A proxy that listens. */
export interface Serving {
  /** `http://host:port/` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves Gemini's wire at `/` without authentication. Rejects when the port cannot be had. */
export async function serve({ upstream, host, port, allowedOrigins, print }: ServeOptions): Promise<Serving> {
  const proxy = createLiveProxy({
    upstream,
    allowUnauthenticated: true,
    allowedOrigins,
    onEvent: (event) => print(describeEvent(event)),
    onError: (error, context) => print(describeError(error, context)),
  });
  const server = createServer((_, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This is a WebSocket endpoint of Gemini Live.\n');
  });
  server.on('upgrade', (request, socket, head) => {
    if (isLoopback(request)) proxy.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, 403, { code: 'ERR_NOT_ALLOWED', message: 'Connect to 127.0.0.1 or localhost.' });
  });
  await listen(server, host, port);
  const { address, family, port: actualPort } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}/`,
    async close() {
      server.close();
      await proxy.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Whether the client named this machine. A hostile page can make a name of its own point to 127.0.0.1, and its `Origin`
 * and `Host` agree then; but the name is not one of these.
 */
function isLoopback({ headers }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(headers.host ?? '');
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function describeEvent(event: LiveProxyEvent): string {
  switch (event.type) {
    case 'upgradeRefused':
      return `refused with ${event.status}: ${event.message}`;
    case 'sessionOpened':
      return `${event.sessionId} opened`;
    case 'upstreamOpened':
      return `${event.sessionId} reached ${event.upstream} for ${event.model} in ${Math.round(event.elapsedMs)} ms`;
    case 'continuityChanged':
      return `${event.sessionId} ${event.state}${event.reason === null ? '' : `: ${event.reason}`}`;
    case 'usageReported':
      return `${event.sessionId} used ${event.turn.totalTokens} tokens, ${event.total.totalTokens} in all`;
    case 'noticeGiven':
      return `${event.sessionId} was told ${event.code}: ${event.message}`;
    case 'sessionClosed':
      return `${event.sessionId} closed by ${event.closedBy} with ${event.code}${event.cause ? `: ${event.cause.message}` : ''}`;
    default:
      return event satisfies never;
  }
}

function describeError(error: LiveProxyError, { sessionId, stage }: LiveProxyErrorContext): string {
  return `${sessionId ?? '-'} ${stage}: ${error.code} ${error.message}`;
}
