import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from '../http/refuse-upgrade.ts';
import type { SocketPort } from '../socket-port.ts';
import { acceptDigest } from './accept-digest.ts';
import { WireSocket, type WireSocketOptions } from './wire-socket.ts';

/** What a {@link WireAcceptor} is made of. */
export interface WireAcceptorOptions {
  /** Larger messages close the socket; `0` is no limit. */
  readonly maxMessageBytes: number;
  /** The subprotocol that comes back of those a client offers, or `false` for none. */
  readonly chooseSubprotocol: (offered: ReadonlySet<string>) => string | false;
  /** Messages are only good during the call that brings them, and can be passed on as they are. @defaultValue false */
  readonly isBorrowing?: boolean;
  /** How a socket is closed on which a message was too large. @defaultValue 1009 with the limit in the reason */
  readonly tooLarge?: { readonly code: number; readonly reason: string };
  /** Longest wait for the other half of a closing handshake, in milliseconds. @defaultValue 30_000 */
  readonly closeTimeoutMs?: number;
}

const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** Completes upgrades (RFC 6455 §4.2); what happens on the sockets is up to their owners. Extensions are not offered. */
export class WireAcceptor {
  readonly #chooseSubprotocol: WireAcceptorOptions['chooseSubprotocol'];
  readonly #socketOptions: WireSocketOptions;

  constructor({ maxMessageBytes, chooseSubprotocol, isBorrowing, tooLarge, closeTimeoutMs }: WireAcceptorOptions) {
    this.#chooseSubprotocol = chooseSubprotocol;
    const tooMuch = `A message is larger than ${maxMessageBytes} bytes; send less at once.`;
    this.#socketOptions = {
      role: 'server',
      maxMessageBytes,
      isBorrowing: isBorrowing ?? false,
      closeTimeoutMs: closeTimeoutMs ?? 30_000,
      // A bare code is not enough for a person who debugs a client.
      violations: {
        1002: { code: 1002, reason: 'This is not a valid WebSocket frame.' },
        1007: { code: 1007, reason: 'Text messages must be UTF-8.' },
        1008: { code: 1008, reason: 'A message is in too many fragments.' },
        1009: tooLarge ?? { code: 1009, reason: tooMuch },
      },
    };
  }

  /** Answers a request that is no WebSocket handshake with an HTTP error, and never calls `onOpen` then. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, onOpen: (socket: SocketPort) => void): void {
    const refuse = (status: number, message: string) =>
      refuseUpgrade(socket, status, { code: 'ERR_BAD_REQUEST', message });
    const { headers, method } = request;
    const key = headers['sec-websocket-key'] ?? '';
    const offered = subprotocolsOf(headers['sec-websocket-protocol']);
    if (method !== 'GET') {
      refuse(405, 'A WebSocket is opened with GET.');
    } else if (headers.upgrade?.toLowerCase() !== 'websocket') {
      refuse(400, 'The header Upgrade is not websocket.');
    } else if (!/^[+/\dA-Za-z]{22}==$/.test(key)) {
      refuse(400, 'The header Sec-WebSocket-Key is missing or no 16 bytes in base64.');
    } else if (headers['sec-websocket-version'] !== '13') {
      refuse(400, 'The header Sec-WebSocket-Version is not 13.');
    } else if (offered === null) {
      refuse(400, 'The header Sec-WebSocket-Protocol is no list of different names.');
    } else if (!socket.readable || !socket.writable) {
      socket.destroy();
    } else {
      const chosen = offered.size > 0 && this.#chooseSubprotocol(offered);
      socket.write(
        [
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `Sec-WebSocket-Accept: ${acceptDigest(key)}`,
          ...(chosen ? [`Sec-WebSocket-Protocol: ${chosen}`] : []),
          '\r\n',
        ].join('\r\n'),
      );
      tune(socket);
      onOpen(new WireSocket(socket, head, this.#socketOptions));
    }
  }
}

/** Messages are not held back to become larger packets, and silence ends nothing. */
export function tune(socket: Duplex & Partial<Pick<Socket, 'setNoDelay' | 'setTimeout'>>): void {
  socket.setTimeout?.(0);
  socket.setNoDelay?.(true);
}

/** `null` for what is no such list. */
function subprotocolsOf(header: string | undefined): ReadonlySet<string> | null {
  if (header === undefined) return new Set();
  const names = header.split(',').map((name) => name.trim());
  const offered = new Set(names);
  return names.every((name) => token.test(name)) && offered.size === names.length ? offered : null;
}
