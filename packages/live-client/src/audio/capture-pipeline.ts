import { Framer } from './framer.ts';
import { rootMeanSquare } from './level.ts';
import { toPcm16 } from './pcm16.ts';
import { Resampler } from './resampler.ts';
import { VoiceGate } from './voice-gate.ts';

/** Rate of what a microphone sends, in samples per second. */
export const CAPTURE_RATE = 16_000;

/** Samples in one captured frame: 20 ms. */
export const CAPTURE_FRAME_LENGTH = 320;

/** 20 ms of microphone, ready to be sent. */
export interface PipelineFrame {
  /** 320 samples at 16 kHz in a buffer of their own; the receiver owns them. */
  readonly samples: Int16Array<ArrayBuffer>;
  /** Place of the first sample in the stream, in samples at 16 kHz. */
  readonly mediaTime: number;
  /** Root mean square of the frame, 0 to 1. */
  readonly level: number;
  /** Whether the frame belongs to speech. */
  readonly voice: boolean;
}

/**
 * What captures, in an audio worklet or in a worker, without either: blocks at the device's rate in, frames of PCM16 at
 * 16 kHz out.
 */
export class CapturePipeline {
  #resampler: Resampler;
  readonly #framer: Framer = new Framer({ frameLength: CAPTURE_FRAME_LENGTH });
  readonly #gate: VoiceGate = new VoiceGate();
  readonly #emit: (frame: PipelineFrame) => void;
  readonly #onFull: (frame: Float32Array) => void;
  #mono: Float32Array = new Float32Array(128);
  #resampled: Float32Array;
  #mediaTime = 0;

  constructor({ inputRate, emit }: { readonly inputRate: number; readonly emit: (frame: PipelineFrame) => void }) {
    this.#resampler = new Resampler({ inputRate, outputRate: CAPTURE_RATE });
    this.#resampled = this.#roomForOutput();
    this.#emit = emit;
    this.#onFull = (frame) => this.#finish(frame);
  }

  /** What follows has this rate. Time, voice and the frame that is not full go on. */
  setInputRate(inputRate: number): void {
    if (inputRate === this.#resampler.inputRate) return;
    this.#resampler = new Resampler({ inputRate, outputRate: CAPTURE_RATE });
    this.#resampled = this.#roomForOutput();
  }

  /** So many frames are missing: what follows has its place behind them. */
  skip(frames: number): void {
    this.#mediaTime += frames * CAPTURE_FRAME_LENGTH;
  }

  /** Takes one block; several channels are averaged. `channels` stays the caller's. */
  push(channels: readonly Float32Array[]): void {
    const first = channels[0];
    if (!first || first.length === 0) return;
    const count = this.#resampler.process(this.#toMono(channels, first.length), this.#resampled);
    this.#framer.push(this.#resampled, count, this.#onFull);
  }

  #roomForOutput(): Float32Array {
    return new Float32Array(this.#resampler.maxOutput(this.#mono.length));
  }

  #toMono(channels: readonly Float32Array[], length: number): Float32Array {
    if (this.#mono.length !== length) {
      this.#mono = new Float32Array(length);
      this.#resampled = this.#roomForOutput();
    }
    for (let index = 0; index < length; index++) {
      let sum = 0;
      for (let channel = 0; channel < channels.length; channel++) sum += channels[channel]?.[index] ?? 0;
      this.#mono[index] = sum / channels.length;
    }
    return this.#mono;
  }

  #finish(frame: Float32Array): void {
    const samples = new Int16Array(CAPTURE_FRAME_LENGTH);
    toPcm16(frame, samples);
    const level = rootMeanSquare(frame);
    const mediaTime = this.#mediaTime;
    this.#mediaTime += CAPTURE_FRAME_LENGTH;
    this.#emit({ samples, mediaTime, level, voice: this.#gate.next(level) });
  }
}
