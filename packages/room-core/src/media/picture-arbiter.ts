import type { PicturePin } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';

/** A camera or a shared screen of one person. */
export type PictureSource = PicturePin;

/** What a {@link PictureArbiter} is made of. */
export interface PictureArbiterOptions {
  readonly clock: Clock;
  /** Both hold; `0`: none are shown. */
  readonly maxPicturesPerSecond: number;
  readonly maxPicturesPerMinute: number;
  /** Takes a picture that it may keep. */
  readonly send: (bytes: Uint8Array) => void;
  /** The pictures that follow are of another source than those before. */
  readonly onSourceChanged: (source: PictureSource) => void;
}

/** A source that showed nothing for so long is gone, and a speaker's camera is kept so long at least. */
const HOLD_MS = 3_000;

interface SeenSource extends PictureSource {
  readonly since: number;
  at: number;
}

/**
 * Chooses which pictures the model sees: never more than the budget, the newest ones, of one source at a time: what a host
 * has pinned, else a screen, else the camera of whoever speaks.
 */
export class PictureArbiter {
  readonly #options: PictureArbiterOptions;
  readonly #sources = new Map<string, SeenSource>();
  #intervalMs: number;
  #pin: PicturePin | null = null;
  #speaker: string | null = null;
  #chosen: SeenSource | null = null;
  #chosenAt = Number.NEGATIVE_INFINITY;
  /** The source that the model was told. */
  #told = '';
  #waiting: { readonly bytes: Uint8Array; readonly source: SeenSource } | null = null;
  #timer: Timer | null = null;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(options: PictureArbiterOptions) {
    this.#options = options;
    this.#intervalMs = intervalOf(options.maxPicturesPerSecond, options.maxPicturesPerMinute);
  }

  /** A smaller or larger budget from now on, in pictures per minute; `0`: none. The one per second holds anyway. */
  setBudget(maxPicturesPerMinute: number): void {
    this.#intervalMs = intervalOf(this.#options.maxPicturesPerSecond, maxPicturesPerMinute);
    if (!Number.isFinite(this.#intervalMs)) this.dispose();
  }

  /** This source comes before all others; `null`: none does. */
  pin(pin: PicturePin | null): void {
    this.#pin = pin;
  }

  /** Somebody speaks. */
  spoke(participantId: string): void {
    this.#speaker = participantId;
  }

  /** Another session saw nothing yet: it is told anew whose pictures it sees. */
  forgetTold(): void {
    this.#told = '';
  }

  /** Offers a picture. The bytes are copied if they are kept. */
  offer(source: PictureSource, bytes: Uint8Array): void {
    if (!Number.isFinite(this.#intervalMs)) return;
    const now = this.#options.clock.monotonic();
    const seen = this.#seen(source, now);
    if (this.#choose(now) !== seen) return;
    this.#waiting = { bytes: bytes.slice(), source: seen };
    const waitMs = this.#sentAt + this.#intervalMs - now;
    if (waitMs <= 0) this.#send();
    else this.#timer ??= this.#options.clock.setTimer(waitMs, () => this.#send());
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = null;
  }

  #seen({ participantId, source }: PictureSource, now: number): SeenSource {
    for (const [key, known] of this.#sources) if (now - known.at >= HOLD_MS) this.#sources.delete(key);
    const key = `${source} ${participantId}`;
    const known = this.#sources.get(key) ?? { participantId, source, since: now, at: now };
    known.at = now;
    this.#sources.set(key, known);
    return known;
  }

  /** The source that is shown now; a speaker's camera is not left before 3 s are over. */
  #choose(now: number): SeenSource | null {
    const best = this.#best();
    const chosen = this.#chosen && this.#sources.get(keyOf(this.#chosen)) === this.#chosen ? this.#chosen : null;
    const isHeld = chosen && best && this.#rank(best) === this.#rank(chosen) && now - this.#chosenAt < HOLD_MS;
    if (chosen && (isHeld || best === chosen)) return chosen;
    this.#chosen = best;
    this.#chosenAt = now;
    return best;
  }

  #best(): SeenSource | null {
    const all = [...this.#sources.values()];
    const pin = this.#pin;
    const pinned = pin && all.find((one) => keyOf(one) === keyOf(pin));
    if (pinned) return pinned;
    const screens = all.filter(({ source }) => source === 'screen');
    const newest = screens.toSorted((a, b) => b.since - a.since)[0];
    if (newest) return newest;
    const ofSpeaker = all.find(({ participantId }) => participantId === this.#speaker);
    if (ofSpeaker) return ofSpeaker;
    // Nobody who shows something speaks: what was shown stays.
    return all.find((one) => one === this.#chosen) ?? all[0] ?? null;
  }

  /** Sources of one rank take turns no faster than the hold. */
  #rank(source: SeenSource): number {
    if (this.#pin && keyOf(source) === keyOf(this.#pin)) return 2;
    return source.source === 'screen' ? 1 : 0;
  }

  #send(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const picture = this.#waiting;
    this.#waiting = null;
    const now = this.#options.clock.monotonic();
    if (!picture || this.#choose(now) !== picture.source) return;
    this.#sentAt = now;
    const key = keyOf(picture.source);
    if (key !== this.#told) {
      this.#told = key;
      this.#options.onSourceChanged(picture.source);
    }
    this.#options.send(picture.bytes);
  }
}

function keyOf({ participantId, source }: PictureSource): string {
  return `${source} ${participantId}`;
}

function intervalOf(perSecond: number, perMinute: number): number {
  if (perSecond <= 0 || perMinute <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(1_000 / perSecond, 60_000 / perMinute);
}
