import { Flow } from './flow.ts';
import type { LiveProxyLimits } from './limits.ts';
import { modelVoice } from './media/media-outlines.ts';
import type { Passage, SocketClosure, SocketFault, SocketPort } from './socket-port.ts';

/** Options of {@link Relay}. */
export interface RelayOptions {
  readonly client: SocketPort;
  readonly upstream: SocketPort;
  readonly limits: LiveProxyLimits;
  /**
   * Sees each message of the upstream and says whether the client gets it; `isVoice`: it is nothing but the model's voice.
   * Whoever looks also says, by {@link Relay.setUp}, when the setup is answered.
   */
  readonly inspect: (data: Buffer, isVoice: boolean) => boolean;
  /** What was forwarded before {@link Relay.mark} has reached the upstream. */
  readonly onMark?: (mark: string) => void;
  /** The upstream did not answer the setup in time. */
  readonly onSilent: () => void;
  /** One of the two does not read. */
  readonly onStuck: (who: 'client' | 'upstream') => void;
  /** The upstream's socket broke; `onUpstreamClosed` follows. */
  readonly onUpstreamFault: (fault: SocketFault) => void;
  readonly onUpstreamClosed: (closure: SocketClosure) => void;
}

/**
 * Two connections that carry each other's messages, as they are, no faster than the slower one takes them. It reads the
 * upstream itself; its owner reads the client and hands over what may pass.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #toUpstream: Flow;
  readonly #toClient: Flow;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RelayOptions) {
    const { client, upstream, limits, onStuck } = options;
    this.#options = options;
    this.#toUpstream = new Flow({ source: client, sink: upstream, limits, onStuck: () => onStuck('upstream') });
    this.#toClient = new Flow({ source: upstream, sink: client, limits, onStuck: () => onStuck('client') });
  }

  /** Says the setup, then reads the upstream. */
  start(setup: string): void {
    const { upstream, limits, onSilent, onUpstreamFault, onUpstreamClosed } = this.#options;
    upstream.send(setup);
    if (limits.firstMessageTimeoutMs > 0) this.#silence = setTimeout(onSilent, limits.firstMessageTimeoutMs);
    upstream.listen({
      message: (data, isBinary, passage) => this.#onUpstreamMessage(data, isBinary, passage),
      drain: () => this.#toUpstream.drained(),
      pong: (mark) => this.#options.onMark?.(mark),
      fault: onUpstreamFault,
      close: onUpstreamClosed,
    });
  }

  /** The upstream has answered the setup: from now on it may be silent. */
  setUp(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  /** Forwards a client's message. */
  forward(data: Buffer, isBinary: boolean, passage?: Passage): void {
    this.#toUpstream.forward(data, isBinary, passage);
  }

  /** Asks to be told, by `onMark`, when what was forwarded so far has arrived. */
  mark(mark: string): void {
    this.#options.upstream.ping(mark);
  }

  /** To be called when bytes left the client's socket. */
  clientDrained(): void {
    this.#toClient.drained();
  }

  /** Ends all watches, and the upstream's connection if it is still there. */
  close(code: number, reason: string): void {
    this.release();
    this.#options.upstream.close(code, reason);
  }

  /** Closes the upstream's connection, and still carries what it says until that is done. */
  finish(code: number, reason: string): void {
    clearTimeout(this.#silence);
    this.#options.upstream.close(code, reason);
  }

  /** Ends all watches and carries nothing any more; the connection stays as it is. */
  release(): void {
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#toUpstream.dispose();
    this.#toClient.dispose();
  }

  /** Ends the upstream's connection without a closing handshake. */
  terminate(): void {
    this.#options.upstream.terminate();
  }

  #onUpstreamMessage(data: Buffer, isBinary: boolean, passage?: Passage): void {
    // What still comes before the upstream's part of the closing handshake is for nobody.
    if (this.#closed) return;
    const media = modelVoice.read(data);
    if (!this.#options.inspect(data, media !== null)) return;
    if (passage !== undefined) passage.media = media;
    this.#toClient.forward(data, isBinary, passage);
  }
}
