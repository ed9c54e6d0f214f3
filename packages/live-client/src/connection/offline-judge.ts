type Timer = ReturnType<typeof setTimeout>;

/** From the moment the browser lost its network until the connection is judged. */
const JUDGED_AFTER_MS = 5_000;

/** What an {@link OfflineJudge} asks and tells. */
export interface OfflineJudgePort {
  /** Whether the browser says that it has a network again. */
  readonly isOnline: () => boolean;
  /** Whether a new connection would go on where this one is. */
  readonly canResume: () => boolean;
  readonly onLost: () => void;
}

/**
 * Judges a connection whose browser lost its network, for a wire whose silence proves nothing else: if nothing came for
 * five seconds, it is lost, unless the network is back and a new connection would know nothing of this one.
 */
export class OfflineJudge {
  readonly #port: OfflineJudgePort;
  #timer: Timer | null = null;
  #heard = false;

  constructor(port: OfflineJudgePort) {
    this.#port = port;
  }

  /** The network has gone. */
  offline(): void {
    this.stop();
    this.#heard = false;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#heard) return;
      if (!this.#port.isOnline() || this.#port.canResume()) this.#port.onLost();
    }, JUDGED_AFTER_MS);
  }

  /** Something came from the other end. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
