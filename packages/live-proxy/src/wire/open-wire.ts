import { randomBytes } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { TlsSessions } from '../upstream/tls-sessions.ts';
import { acceptDigest } from './accept-digest.ts';
import { tune } from './wire-acceptor.ts';

/** Options of {@link openWire}. */
export interface OpenWireOptions {
  /** `ws:`, `wss:`, `http:` or `https:`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** A connection whose handshake is done. */
export interface OpenedWire {
  readonly socket: Duplex;
  /** What was read together with the answer. */
  readonly head: Buffer;
}

/** The other end answered the handshake with an HTTP status. */
export class HandshakeRefusedError extends Error {
  override readonly name = 'HandshakeRefusedError';
  readonly status: number;

  constructor(status: number) {
    super(`The handshake was answered with HTTP status ${status}.`);
    this.status = status;
  }
}

/**
 * Opens a WebSocket connection (RFC 6455 §4.1) without subprotocols and extensions. Redirects are not followed: that would
 * carry the headers to another host.
 *
 * @throws {@link HandshakeRefusedError}, the error of the network, or the reason of `signal`.
 */
export function openWire({ url, headers, signal }: OpenWireOptions): Promise<OpenedWire> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString('base64');
    // Throws for headers with characters that HTTP does not allow.
    const handshake = requestTo(new URL(url), {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    });
    const settle = (how: () => void) => {
      signal.removeEventListener('abort', abort);
      how();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const abort = () => {
      fail(signal.reason);
      handshake.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    handshake.on('error', fail); // stays: destroying it emits one more
    handshake.once('response', (response) => {
      fail(new HandshakeRefusedError(response.statusCode ?? 0));
      handshake.destroy();
    });
    handshake.once('upgrade', (response, socket, head) => {
      const fault = faultOf(response, key);
      if (fault === null) {
        tune(socket);
        settle(() => resolve({ socket, head }));
      } else {
        fail(new Error(fault));
        socket.destroy();
      }
    });
    handshake.end();
  });
}

const tlsSessions = new TlsSessions();

function requestTo(url: URL, headers: Record<string, string>): ClientRequest {
  const isSecure = url.protocol === 'wss:' || url.protocol === 'https:';
  const defaultPort = isSecure ? 443 : 80;
  const port = url.port === '' ? defaultPort : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const auth = decodeURIComponent(`${url.username}:${url.password}`);
  return request({
    host,
    port,
    defaultPort,
    path: `${url.pathname}${url.search}`,
    headers,
    ...(auth === ':' ? {} : { auth }),
    // Without an agent, which would only keep the socket's account.
    createConnection: () =>
      isSecure
        ? tlsSessions.connect({ host, port, servername: isIP(host) === 0 ? host : '' })
        : connect({ host, port }),
  });
}

function faultOf({ headers }: IncomingMessage, key: string): string | null {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'The answer to the handshake is no WebSocket';
  if (headers['sec-websocket-accept'] !== acceptDigest(key)) return 'The answer to the handshake is to another one';
  if (headers['sec-websocket-protocol'] !== undefined) return 'A subprotocol was chosen, and none was offered';
  if (headers['sec-websocket-extensions'] !== undefined) return 'An extension was chosen, and none was offered';
  return null;
}
