import type { LiveProxyLimits } from './limits.ts';
import type { Passage, SocketPort } from './socket-port.ts';

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
  #paused = false;
  #stuckTimer: NodeJS.Timeout | undefined;

  constructor(options: FlowOptions) {
    this.#options = options;
  }

  /** Takes what {@link SocketPort.send} takes. */
  forward(...message: [data: Buffer, isBinary: boolean, passage?: Passage]): void {
    const { source, sink, limits, onStuck } = this.#options;
    sink.send(...message);
    if (this.#paused || limits.maxBufferedBytes === 0 || sink.bufferedAmount <= limits.maxBufferedBytes) return;
    this.#paused = true;
    source.pause();
    if (limits.stuckTimeoutMs > 0) this.#stuckTimer = setTimeout(onStuck, limits.stuckTimeoutMs);
  }

  /** To be called when bytes left the sink. */
  drained(): void {
    if (!this.#paused) return;
    const { source, sink, limits } = this.#options;
    // Half, so that a sink at the mark does not switch its source on and off with every message.
    if (sink.bufferedAmount > limits.maxBufferedBytes / 2) return;
    this.dispose();
    source.resume();
  }

  /** Ends the watch; the source stays as it is. */
  dispose(): void {
    this.#paused = false;
    clearTimeout(this.#stuckTimer);
  }
}
