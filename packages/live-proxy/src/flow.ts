import type { LiveProxyLimits } from './limits.ts';
import { LEAST_WATCHED_BYTES, type Passage, type SocketPort } from './socket-port.ts';

/** Options of {@link Flow}. */
export interface FlowOptions {
  readonly source: SocketPort;
  readonly sink: SocketPort;
  readonly limits: Pick<LiveProxyLimits, 'maxBufferedBytes' | 'stuckTimeoutMs'>;
  /** The sink stayed above its mark for too long. */
  readonly onStuck: () => void;
}

/** One direction of a relay: forwards messages, and reads no faster than the other side does. */
export class Flow {
  readonly #options: FlowOptions;
  /** `Infinity` for none. */
  readonly #mark: number;
  #paused = false;
  #stuckTimer: NodeJS.Timeout | undefined;

  constructor(options: FlowOptions) {
    this.#options = options;
    const { maxBufferedBytes } = options.limits;
    // Of fewer bytes nobody would say that they have gone.
    this.#mark =
      maxBufferedBytes === 0 ? Number.POSITIVE_INFINITY : Math.max(maxBufferedBytes, 2 * LEAST_WATCHED_BYTES);
  }

  /** Takes what {@link SocketPort.send} takes. */
  forward(data: Buffer, isBinary: boolean, passage?: Passage): void {
    const { sink } = this.#options;
    sink.send(data, isBinary, passage);
    if (!this.#paused && sink.bufferedAmount > this.#mark) this.#pause();
  }

  #pause(): void {
    const { source, limits, onStuck } = this.#options;
    this.#paused = true;
    source.pause();
    if (limits.stuckTimeoutMs > 0) this.#stuckTimer = setTimeout(onStuck, limits.stuckTimeoutMs);
  }

  /** To be called when bytes left the sink. */
  drained(): void {
    if (!this.#paused) return;
    const { source, sink } = this.#options;
    // Half, so that a sink at the mark does not switch its source on and off with every message.
    if (sink.bufferedAmount > this.#mark / 2) return;
    this.dispose();
    source.resume();
  }

  /** Ends the watch; the source stays as it is. */
  dispose(): void {
    this.#paused = false;
    clearTimeout(this.#stuckTimer);
  }
}
