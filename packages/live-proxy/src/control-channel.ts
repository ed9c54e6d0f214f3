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
/** Checking a ticket costs a signature. */
const ticketsPerSecond = 0.2;
const ticketBurst = 5;

/**
 * The socket of a client of the subprotocol `colloquy.live.v1` without what is said to the proxy itself:
 * `{"colloquy":{"ticket":"…"}}`.
 */
export function withControl(socket: SocketPort, options: ControlOptions): SocketPort {
  const bucket = new TokenBucket(ticketsPerSecond, ticketBurst, performance.now());
  const take = (data: Buffer): void => {
    const ticket = readTicket(data);
    if (ticket === null) options.onRefused(unknownMessage());
    else if (!bucket.take(1, performance.now())) options.onRefused(tooManyTickets());
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

function readTicket(data: Buffer): string | null {
  if (data.byteLength > largestBytes) return null;
  try {
    const { ticket } = JSON.parse(data.toString()).colloquy;
    return typeof ticket === 'string' ? ticket : null;
  } catch {
    return null;
  }
}

function unknownMessage(): LiveProxyError {
  const message = 'The only message to the proxy is {"colloquy":{"ticket":"..."}}.';
  return new LiveProxyError('ERR_MESSAGE_INVALID', message);
}

function tooManyTickets(): LiveProxyError {
  return new LiveProxyError('ERR_TOO_FAST', `More than ${ticketBurst} tickets at once; send one when one ends.`);
}
