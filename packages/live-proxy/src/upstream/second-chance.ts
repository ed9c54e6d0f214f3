import { closeFailure } from '../continuity/upstream-failures.ts';
import type { SocketClosure, SocketHandlers, SocketPort } from '../socket-port.ts';

/** More than this said before the first answer is not kept, and the connection not replaced. */
const maxSaidBytes = 1024 * 1024;

/** What was said on a connection that has not answered yet. */
type Said =
  | { readonly type: 'message'; readonly data: Buffer | string; readonly isBinary: boolean }
  | { readonly type: 'ping'; readonly mark: string | undefined };

/**
 * A connection that has waited, for its new owner. Its service may just be ending it, which shows only when something is
 * said: where it ends before its first message, and nobody refused anything, another one takes its place, once, and what was
 * said is said again there.
 *
 * @param waited  the connection, open
 * @param dial    opens one that has not waited; has a deadline of its own
 */
export function withSecondChance(waited: SocketPort, dial: (signal: AbortSignal) => Promise<SocketPort>): SocketPort {
  return new SecondChance(waited, dial);
}

class SecondChance implements SocketPort {
  readonly #dial: (signal: AbortSignal) => Promise<SocketPort>;
  /** `null` while another one is dialled. */
  #socket: SocketPort | null;
  /** `null` once nothing is to be said again. */
  #said: Said[] | null = [];
  #saidBytes = 0;
  #isPaused = false;
  readonly #leaving = new AbortController();

  constructor(waited: SocketPort, dial: (signal: AbortSignal) => Promise<SocketPort>) {
    this.#socket = waited;
    this.#dial = dial;
  }

  get isOpen(): boolean {
    return this.#socket === null ? !this.#leaving.signal.aborted : this.#socket.isOpen;
  }

  get bufferedAmount(): number {
    return this.#socket === null ? this.#saidBytes : this.#socket.bufferedAmount;
  }

  listen(handlers: SocketHandlers): void {
    this.#socket?.listen({
      message: (...message) => {
        this.#settle();
        handlers.message(...message);
      },
      drain: () => handlers.drain?.(),
      pong: (mark) => handlers.pong?.(mark),
      fault: (fault) => {
        // A connection that broke is for `close`.
        if (fault.kind !== 'broken') this.#settle();
        if (this.#said === null) handlers.fault?.(fault);
      },
      close: (closure) => {
        if (this.#said === null || !closeFailure(closure).retryable) handlers.close(closure);
        else void this.#replace(handlers, closure);
      },
    });
  }

  send(...[data, isBinary = false, passage]: Parameters<SocketPort['send']>): void {
    // What is borrowed is good only now.
    const kept = () => (typeof data === 'string' ? data : Buffer.from(data));
    if (this.#said !== null) this.#keep({ type: 'message', data: kept(), isBinary }, Buffer.byteLength(data));
    this.#socket?.send(data, isBinary, passage);
  }

  ping(mark?: string): void {
    if (this.#said !== null) this.#keep({ type: 'ping', mark }, 125);
    this.#socket?.ping(mark);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  close(code: number, reason: string): void {
    this.#settle();
    this.#leaving.abort();
    this.#socket?.close(code, reason);
  }

  terminate(): void {
    this.#settle();
    this.#leaving.abort();
    this.#socket?.terminate();
  }

  #keep(said: Said, bytes: number): void {
    this.#saidBytes += bytes;
    if (this.#saidBytes > maxSaidBytes) this.#overflow();
    else this.#said?.push(said);
  }

  #overflow(): void {
    const isDialling = this.#socket === null;
    this.#settle();
    if (isDialling) this.#leaving.abort();
  }

  #settle(): void {
    this.#said = null;
  }

  /** Never rejects. */
  async #replace(handlers: SocketHandlers, closure: SocketClosure): Promise<void> {
    this.#socket = null;
    const { signal } = this.#leaving;
    const fresh = await this.#dial(signal).catch(() => null);
    const said = this.#said;
    if (fresh === null || said === null) {
      fresh?.terminate();
      handlers.close(closure);
      return;
    }
    this.#settle();
    this.#socket = fresh;
    for (const one of said) {
      if (one.type === 'ping') fresh.ping(one.mark);
      else fresh.send(one.data, one.isBinary);
    }
    if (this.#isPaused) fresh.pause();
    fresh.listen(handlers);
  }
}
