/** The browser's lock while it is held. */
interface Sentinel {
  release(): Promise<void>;
}

/**
 * Keeps the screen on while it is wanted: a phone that locks its screen stops microphone and sound. The browser takes
 * the lock away whenever the page is hidden, so it is asked for again when the page is back. Without effect where the
 * browser has no such lock or does not give it.
 */
export class WakeLock {
  #wanted = false;
  #held: Sentinel | null = null;
  #asking = false;

  /** Wants the lock from now on, or not any more. */
  set(wanted: boolean): void {
    if (wanted === this.#wanted || typeof document === 'undefined') return;
    this.#wanted = wanted;
    if (wanted) {
      document.addEventListener('visibilitychange', this.#ask);
      void this.#ask();
    } else {
      document.removeEventListener('visibilitychange', this.#ask);
      this.#release();
    }
  }

  readonly #ask = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || this.#asking) return;
    this.#asking = true;
    try {
      this.#held = (await navigator.wakeLock?.request('screen')) ?? null;
    } catch {
      // Low battery or a policy: the screen goes off as it always does.
    } finally {
      this.#asking = false;
    }
    if (!this.#wanted) this.#release();
  };

  #release(): void {
    this.#held?.release().catch(() => {});
    this.#held = null;
  }
}
