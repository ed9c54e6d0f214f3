import { Heartbeat } from '../connection/heartbeat.ts';
import type { NetworkHint } from '../connection/network-hints.ts';
import { OfflineJudge } from '../connection/offline-judge.ts';

/** What a {@link LifeWatch} works with. */
export interface LifeWatchPort {
  /** Between a sign of life and the next ping, milliseconds; `0` sends none. */
  readonly intervalMs: number;
  /** From a ping to the time-out, milliseconds. */
  readonly timeoutMs: number;
  readonly sendPing: () => void;
  /** Whether a new connection would go on where this one is. */
  readonly canResume: () => boolean;
  /** The connection leads nowhere, in words. */
  readonly onLost: (message: string) => void;
}

/**
 * Judges whether the other end of a conversation is there. Gemini's wire has no ping that a page can send, and its silence
 * proves nothing; a proxy that answers {@link LifeWatchPort.sendPing} is held to it, any other server by what the browser
 * says of its network.
 */
export class LifeWatch {
  readonly #port: LifeWatchPort;
  readonly #heartbeat: Heartbeat;
  readonly #offline: OfflineJudge;
  #isHeld = false;

  constructor(port: LifeWatchPort) {
    this.#port = port;
    this.#heartbeat = new Heartbeat({
      intervalMs: port.intervalMs,
      timeoutMs: port.timeoutMs,
      sendPing: port.sendPing,
      onTimeout: () => port.onLost(`The proxy did not answer within ${port.timeoutMs} ms.`),
    });
    this.#offline = new OfflineJudge({
      isOnline: () => globalThis.navigator?.onLine !== false,
      canResume: port.canResume,
      onLost: () => port.onLost('The network was gone and the connection with it.'),
    });
  }

  /** The connection is open: asks once whether the other end answers. */
  begin(): void {
    this.#isHeld = false;
    if (this.#port.intervalMs > 0) this.#port.sendPing();
  }

  /** The connection is gone. */
  end(): void {
    this.#heartbeat.stop();
    this.#offline.stop();
  }

  /** Anything came. */
  heard(): void {
    this.#heartbeat.heard();
    this.#offline.heard();
  }

  /** A ping was answered: from now on silence is told from absence. */
  answered(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#heartbeat.start();
  }

  /** The browser says something about its network or the page. */
  hinted(hint: NetworkHint): void {
    if (hint === 'offline') this.#offline.offline();
    else this.#heartbeat.probe();
  }
}
