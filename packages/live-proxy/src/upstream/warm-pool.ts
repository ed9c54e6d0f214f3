import { createHash } from 'node:crypto';
import { beforeAbort, inTime } from '../deadline.ts';
import { LiveProxyError } from '../errors.ts';
import { toLiveProxyError } from '../session-errors.ts';
import type { SocketClosure, SocketHandlers, SocketPort } from '../socket-port.ts';
import { timeoutError } from './dial.ts';
import type { Upstream, UpstreamTarget } from './upstream.ts';

/** Options of the pool, as an application gives them. */
export interface WarmPoolOptions {
  /** Connections that are kept open, 1 to 100. */
  readonly size: number;
  /**
   * How long one may wait, in milliseconds. How long Gemini lets a connection wait for its setup is not documented.
   *
   * @defaultValue 30_000
   */
  readonly maxAgeMs?: number;
}

/** What {@link WarmPool} is made of. */
export interface WarmPoolParts extends Required<WarmPoolOptions> {
  readonly upstream: Upstream;
  readonly dial: (signal: AbortSignal) => Promise<SocketPort>;
  /** Longest wait for a credential, in milliseconds; `0` waits forever. */
  readonly timeoutMs: number;
  /** A connection could not be made; told once for each row of failures. */
  readonly onError: (error: LiveProxyError) => void;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** Connections are pinged so often while they wait; one that has not answered until the next time is let go. */
const healthIntervalMs = 10_000;

interface Waiting {
  readonly socket: SocketPort;
  /** Of the address and the credential it was opened with. */
  readonly digest: string;
  readonly openedAtMs: number;
  isAnswering: boolean;
  /** Where events go once somebody has it. */
  handlers: SocketHandlers | null;
  /** It has ended before that. */
  closure: SocketClosure | null;
}

/**
 * Connections that are dialled and upgraded ahead; nothing is said on them. Whoever takes one spares the round trips for
 * TCP, TLS and the upgrade. One loop refills it, one connection at a time.
 */
export class WarmPool {
  readonly #parts: WarmPoolParts;
  readonly #closing = new AbortController();
  #waiting: Waiting[] = [];
  #isFilling = false;
  #pause: NodeJS.Timeout | undefined;
  #check: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(parts: WarmPoolParts) {
    this.#parts = parts;
  }

  /** Connections that wait now. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Begins to fill it. Idempotent. */
  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#check ??= setInterval(() => this.#examine(), healthIntervalMs).unref();
    void this.#fill();
  }

  /** The oldest connection that is of use; `null` when there is none. */
  async take(signal: AbortSignal): Promise<SocketPort | null> {
    if (this.#waiting.length === 0) return null;
    // Its cost is a look into a cache, unless the credential has to be renewed; then nothing here is of use.
    const digest = digestOf(await beforeAbort(this.#parts.upstream.target(), signal));
    for (let oldest = this.#waiting.shift(); oldest !== undefined; oldest = this.#waiting.shift()) {
      void this.#fill();
      if (this.#isUsable(oldest) && oldest.digest === digest) return handOver(oldest);
      oldest.socket.terminate();
    }
    return null;
  }

  dispose(): void {
    this.#closing.abort(new LiveProxyError('ERR_DRAINING', 'The proxy is closed.'));
    clearTimeout(this.#pause);
    clearInterval(this.#check);
    for (const { socket } of this.#waiting.splice(0)) socket.terminate();
  }

  #isUsable({ socket, openedAtMs }: Waiting): boolean {
    return socket.isOpen && performance.now() - openedAtMs < this.#parts.maxAgeMs;
  }

  /** Never rejects. */
  async #fill(): Promise<void> {
    const { size, dial, onError } = this.#parts;
    const { signal } = this.#closing;
    if (this.#isFilling || this.#pause !== undefined) return;
    this.#isFilling = true;
    try {
      while (!signal.aborted && this.#waiting.length < size) {
        const digest = digestOf(await this.#target());
        this.#add(await dial(signal), digest);
        this.#failures = 0;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (this.#failures === 0) onError(toLiveProxyError(error));
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures) * (0.5 + Math.random() / 2);
      this.#failures += 1;
      this.#pause = setTimeout(() => {
        this.#pause = undefined;
        void this.#fill();
      }, pauseMs).unref();
    } finally {
      this.#isFilling = false;
    }
  }

  #target(): Promise<UpstreamTarget> {
    const { upstream, timeoutMs } = this.#parts;
    const error = () => timeoutError(upstream, timeoutMs);
    return inTime({ timeoutMs, error, signal: this.#closing.signal }, () => upstream.target());
  }

  #add(socket: SocketPort, digest: string): void {
    const openedAtMs = performance.now();
    const waiting: Waiting = { socket, digest, openedAtMs, isAnswering: true, handlers: null, closure: null };
    const drop = () => this.#drop(waiting);
    socket.listen({
      // A service that speaks before it is spoken to is none that we know.
      message: (...message) => (waiting.handlers === null ? drop() : waiting.handlers.message(...message)),
      drain: () => waiting.handlers?.drain?.(),
      pong: (mark) => {
        waiting.isAnswering = true;
        waiting.handlers?.pong?.(mark);
      },
      fault: (fault) => waiting.handlers?.fault?.(fault),
      close: (closure) => {
        waiting.closure = closure;
        if (waiting.handlers === null) drop();
        else waiting.handlers.close(closure);
      },
    });
    if (this.#closing.signal.aborted || !socket.isOpen) socket.terminate();
    else this.#waiting.push(waiting);
  }

  #drop(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    waiting.socket.terminate();
    // Not at once: a service that closes what waits would be dialled without a rest. The next look fills it.
  }

  #examine(): void {
    for (const waiting of [...this.#waiting]) {
      if (!this.#isUsable(waiting) || !waiting.isAnswering) {
        this.#drop(waiting);
        continue;
      }
      waiting.isAnswering = false;
      waiting.socket.ping('warm');
    }
    void this.#fill();
  }
}

/** The connection for its new owner, as if it had been dialled now. */
function handOver(waiting: Waiting): SocketPort {
  const { socket } = waiting;
  return {
    get isOpen() {
      return socket.isOpen;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    listen(handlers) {
      waiting.handlers = handlers;
      // It may have ended in between; then nobody else says so.
      if (waiting.closure !== null) handlers.close(waiting.closure);
    },
    send: (...message) => socket.send(...message),
    ping: (...mark) => socket.ping(...mark),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

/** The credential itself is not kept. */
function digestOf({ url, headers }: UpstreamTarget): string {
  return createHash('sha256')
    .update(JSON.stringify([url, headers]))
    .digest('base64');
}

/**
 * The options with defaults.
 *
 * @throws RangeError naming the option
 */
export function resolveWarm(given: WarmPoolOptions): Required<WarmPoolOptions> {
  const { size, maxAgeMs = 30_000 } = given;
  if (!Number.isInteger(size) || size < 1 || size > 100) {
    throw new RangeError(`createLiveProxy: warm.size is ${String(size)}; write a whole number from 1 to 100.`);
  }
  if (!Number.isInteger(maxAgeMs) || maxAgeMs < 1) {
    throw new RangeError(`createLiveProxy: warm.maxAgeMs is ${String(maxAgeMs)}; write milliseconds from 1.`);
  }
  return { size, maxAgeMs };
}
