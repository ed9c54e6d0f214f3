/** Tuning of a {@link VoiceGate}; levels are root mean squares from 0 to 1. */
export interface VoiceGateOptions {
  /** Lowest level that may count as speech. @defaultValue 0.01 (−40 dB) */
  readonly openLevel?: number;
  /** Level below which speech may end. @defaultValue 0.006 */
  readonly closeLevel?: number;
  /** Loud frames in a row before speech begins: a click is shorter. @defaultValue 2 */
  readonly openFrames?: number;
  /** Quiet frames in a row before speech ends: pauses between words are shorter. @defaultValue 15 */
  readonly closeFrames?: number;
}

/** How far speech has to stand out of the background, to begin and to go on. */
const OPEN_OVER_FLOOR = 3;
const CLOSE_OVER_FLOOR = 1.8;

/** The background is never taken for louder than this, so a voice that does not pause is never learned as noise. */
const MAX_FLOOR = 0.02;

/** Digital silence is not a background to learn: from nothing, the level could only rise for ever so slowly. */
const MIN_FLOOR = 0.001;

/**
 * Says for each frame whether someone speaks: by level, with hysteresis and a background level that follows the room.
 * It is a hint for attribution and for saving bytes, not speech recognition.
 */
export class VoiceGate {
  readonly #openLevel: number;
  readonly #closeLevel: number;
  readonly #openFrames: number;
  readonly #closeFrames: number;
  #floor = MIN_FLOOR;
  #open = false;
  #streak = 0;

  constructor({ openLevel = 0.01, closeLevel = 0.006, openFrames = 2, closeFrames = 15 }: VoiceGateOptions = {}) {
    if (closeLevel > openLevel) {
      throw new RangeError(`closeLevel ${closeLevel} is above openLevel ${openLevel}; give it a lower value.`);
    }
    this.#openLevel = openLevel;
    this.#closeLevel = closeLevel;
    this.#openFrames = openFrames;
    this.#closeFrames = closeFrames;
  }

  /** Whether speech was heard up to the last frame. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Takes the level of the next 20 ms frame and answers whether it belongs to speech. */
  next(level: number): boolean {
    const turns = this.#open
      ? level < Math.max(this.#closeLevel, this.#floor * CLOSE_OVER_FLOOR)
      : level > Math.max(this.#openLevel, this.#floor * OPEN_OVER_FLOOR);
    this.#streak = turns ? this.#streak + 1 : 0;
    if (this.#streak >= (this.#open ? this.#closeFrames : this.#openFrames)) {
      this.#open = !this.#open;
      this.#streak = 0;
    }
    this.#followFloor(level);
    return this.#open;
  }

  #followFloor(level: number): void {
    const difference = level - this.#floor;
    if (difference < 0) this.#floor = Math.max(MIN_FLOOR, this.#floor + difference * 0.2);
    // The first loud frames of a word must not count as background, so each frame raises it by little.
    else
      this.#floor = Math.min(
        MAX_FLOOR,
        this.#floor + Math.min(difference * (this.#open ? 0.002 : 0.05), this.#floor * 0.05),
      );
  }
}
