import { LiveProxyError } from './errors.ts';
import type { SocketHandlers, SocketPort } from './socket-port.ts';
import { TokenBucket } from './token-bucket.ts';

/** Options of {@link withControl}. */
export interface ControlOptions {
  /** The client sent a new ticket. */
  readonly onTicket: (ticket: string) => void;
  /** The client said something that the subprotocol does not have, or too much of it. */
  readonly onRefused: (error: LiveProxyError) => void;
}

/** How every message of the subprotocol begins that is the proxy's and not Gemini's. */
const head = Buffer.from('{"colloquy":');
const largestBytes = 8 * 1024;
/** Pages ask every few seconds, and once more when they come back into sight. */
const pingsPerSecond = 1;
const pingBurst = 20;
/** Checking a ticket costs a signature. */
const ticketsPerSecond = 0.2;
const ticketBurst = 5;

/**
 * The socket of a client of the subprotocol `colloquy.live.v1` without what is said to the proxy itself:
 * `{"colloquy":{"ticket":"…"}}`, and `{"colloquy":{"ping":1}}`, which is answered with the same as `pong`: a page can send no
 * ping of WebSocket's own.
 */
export function withControl(socket: SocketPort, options: ControlOptions): SocketPort {
  const tickets = new TokenBucket(ticketsPerSecond, ticketBurst, performance.now());
  const pings = new TokenBucket(pingsPerSecond, pingBurst, performance.now());
  const take = (data: Buffer): void => {
    const { ticket, ping } = read(data);
    if (Number.isSafeInteger(ping)) {
      if (pings.take(1, performance.now())) socket.send(JSON.stringify({ colloquy: { pong: ping } }));
      else options.onRefused(tooMany('pings', pingBurst));
    } else if (typeof ticket !== 'string') options.onRefused(unknownMessage());
    else if (!tickets.take(1, performance.now())) options.onRefused(tooMany('tickets', ticketBurst));
    else options.onTicket(ticket);
  };
  return {
    get isOpen() {
      return socket.isOpen;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    listen(handlers) {
      const message: SocketHandlers['message'] = (data, ...rest) => {
        if (data.byteLength >= head.byteLength && data.compare(head, 0, head.byteLength, 0, head.byteLength) === 0) {
          take(data);
        } else handlers.message(data, ...rest);
      };
      socket.listen({ ...handlers, message });
    },
    send: (...message) => socket.send(...message),
    ping: (...mark) => socket.ping(...mark),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

function read(data: Buffer): { readonly ticket?: unknown; readonly ping?: unknown } {
  if (data.byteLength > largestBytes) return {};
  try {
    return JSON.parse(data.toString()).colloquy ?? {};
  } catch {
    return {};
  }
}

function unknownMessage(): LiveProxyError {
  const message = 'Messages to the proxy are {"colloquy":{"ticket":"..."}} and {"colloquy":{"ping":1}}.';
  return new LiveProxyError('ERR_MESSAGE_INVALID', message);
}

function tooMany(what: 'tickets' | 'pings', burst: number): LiveProxyError {
  return new LiveProxyError('ERR_TOO_FAST', `More than ${burst} ${what} at once; send fewer.`);
}
