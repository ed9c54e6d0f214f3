import { MediaCodec, MediaFlag, MediaKind, serializeMediaFrame } from '@colloquy/live-protocol';

/** Samples of one frame of the model's voice: 20 ms at 24 kHz. */
const FRAME_SAMPLES = 480;

/**
 * Cuts the model's audio, which comes in pieces of any length, into frames of 20 ms. Media time counts the samples of
 * the turn from 0. The last frame of a turn is marked; it has what is left over, maybe nothing.
 */
export class AnswerAudio {
  readonly #send: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly #payload = new Uint8Array(FRAME_SAMPLES * 2);
  readonly #view = new DataView(this.#payload.buffer);
  #filled = 0;
  #turn = 0;
  #seq = 0;
  #mediaTime = 0;
  #open = false;

  constructor(send: (frame: Uint8Array<ArrayBuffer>) => void) {
    this.#send = send;
  }

  /** Adds audio of a turn. */
  push(turn: number, samples: Int16Array): void {
    if (turn !== this.#turn) this.#begin(turn);
    if (samples.length > 0) this.#open = true;
    for (const sample of samples) {
      this.#view.setInt16(this.#filled * 2, sample, true);
      this.#filled += 1;
      if (this.#filled === FRAME_SAMPLES) this.#flush(0);
    }
  }

  /** The turn has no more audio for now. Does nothing when its end was marked already. */
  end(): void {
    if (!this.#open) return;
    this.#flush(MediaFlag.endOfBurst);
    this.#open = false;
  }

  /** The turn was cut: what is not sent yet will not be. */
  drop(): void {
    this.#filled = 0;
    this.#open = false;
  }

  #begin(turn: number): void {
    this.drop();
    this.#turn = turn;
    this.#mediaTime = 0;
  }

  #flush(flags: number): void {
    const payload = this.#payload.subarray(0, this.#filled * 2);
    const { modelAudio: kind } = MediaKind;
    const { pcm24k: codec } = MediaCodec;
    const header = { kind, codec, flags, participant: 0, seq: this.#seq, mediaTime: this.#mediaTime, turn: this.#turn };
    this.#send(serializeMediaFrame({ ...header, payload }));
    this.#seq = (this.#seq + 1) & 0xffff;
    this.#mediaTime = (this.#mediaTime + this.#filled) >>> 0;
    this.#filled = 0;
  }
}
