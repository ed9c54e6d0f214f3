import type { Participant } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import { TokenBucket } from '../token-bucket.ts';

/** A difference between two versions of the roster. */
export interface PresenceChange {
  readonly version: number;
  readonly changed: readonly Participant[];
  readonly removed: readonly string[];
}

/** Differences per second that are told one by one; what comes faster is told together. */
const PER_SECOND = 20;
/** Longest time for which a difference waits for others, in milliseconds. */
const TOGETHER_MS = 250;

/** Counts the differences of a roster and tells them: at once, or together where a crowd comes or goes. */
export class PresenceDiffs {
  readonly #clock: Clock;
  readonly #tell: (change: PresenceChange) => void;
  readonly #bucket: TokenBucket;
  readonly #changed = new Map<string, Participant>();
  readonly #removed = new Set<string>();
  #version = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, tell: (change: PresenceChange) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#bucket = new TokenBucket(PER_SECOND, PER_SECOND, clock.monotonic());
  }

  /** The version that was told last; what waits will be the next one. */
  get version(): number {
    return this.#version;
  }

  changed(participant: Participant): void {
    const { participantId } = participant;
    this.#removed.delete(participantId);
    // Whoever is back goes to the end, as for those who hear of every step.
    this.#changed.set(participantId, participant);
    this.#tellSoon();
  }

  removed(participantId: string): void {
    this.#changed.delete(participantId);
    this.#removed.add(participantId);
    this.#tellSoon();
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #tellSoon(): void {
    if (this.#timer !== null) return;
    if (this.#bucket.take(this.#clock.monotonic())) this.#tellNow();
    else {
      this.#timer = this.#clock.setTimer(TOGETHER_MS, () => {
        this.#timer = null;
        this.#tellNow();
      });
    }
  }

  #tellNow(): void {
    this.#version += 1;
    const change = { version: this.#version, changed: [...this.#changed.values()], removed: [...this.#removed] };
    this.#changed.clear();
    this.#removed.clear();
    this.#tell(change);
  }
}
