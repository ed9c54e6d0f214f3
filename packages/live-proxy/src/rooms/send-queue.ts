import { MEDIA_HEADER_BYTES, MediaKind } from '@colloquy/live-protocol';

/** Limits of a {@link SendQueue}. */
export interface SendQueueLimits {
  /** Bytes of the model's voice that may wait; beyond it the newest are dropped. */
  readonly maxModelBytes: number;
}

/** Somebody's voice that is older than this is not worth hearing any more, milliseconds. */
const PERSON_MAX_AGE_MS = 200;

type Frame = Uint8Array<ArrayBuffer>;

/**
 * Audio that waits for a socket to have room. People come before the model: they talk now, and are dropped when they are
 * old. The model's answer comes faster than it is played; it waits, until it is interrupted.
 */
export class SendQueue {
  readonly #maxModelBytes: number;
  #people: { readonly frame: Frame; readonly atMs: number }[] = [];
  #model: Frame[] = [];
  #modelBytes = 0;

  constructor({ maxModelBytes }: SendQueueLimits) {
    this.#maxModelBytes = maxModelBytes;
  }

  get isEmpty(): boolean {
    return this.#people.length === 0 && this.#model.length === 0;
  }

  /** Whether anything of this kind waits: what comes later must not overtake it. */
  holds(kind: number | undefined): boolean {
    return kind === MediaKind.modelAudio ? this.#model.length > 0 : this.#people.length > 0;
  }

  /** @returns `false` when the frame was dropped. */
  hold(frame: Frame, nowMs: number): boolean {
    if (frame[1] !== MediaKind.modelAudio) {
      this.#people.push({ frame, atMs: nowMs });
      this.#dropOld(nowMs);
      return true;
    }
    if (this.#maxModelBytes > 0 && this.#modelBytes + frame.byteLength > this.#maxModelBytes) return false;
    this.#model.push(frame);
    this.#modelBytes += frame.byteLength;
    return true;
  }

  /** The next frame to be sent; `null` when there is none. */
  next(nowMs: number): Frame | null {
    this.#dropOld(nowMs);
    const person = this.#people.shift();
    if (person) return person.frame;
    const frame = this.#model.shift();
    if (!frame) return null;
    this.#modelBytes -= frame.byteLength;
    return frame;
  }

  /** The model was cut: nothing of this turn and of earlier ones is worth sending. */
  interrupt(turn: number): void {
    this.#model = this.#model.filter((frame) => turnOf(frame) > turn);
    this.#modelBytes = this.#model.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  clear(): void {
    this.#people = [];
    this.#model = [];
    this.#modelBytes = 0;
  }

  #dropOld(nowMs: number): void {
    const from = this.#people.findIndex(({ atMs }) => nowMs - atMs <= PERSON_MAX_AGE_MS);
    if (from > 0) this.#people.splice(0, from);
    else if (from < 0) this.#people = [];
  }
}

function turnOf(frame: Frame): number {
  return new DataView(frame.buffer, frame.byteOffset, MEDIA_HEADER_BYTES).getUint32(12, true);
}
