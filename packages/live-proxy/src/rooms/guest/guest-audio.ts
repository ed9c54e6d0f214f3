import { decodeBase64, MediaCodec, MediaFlag, type MediaFrame, MediaKind } from '@colloquy/live-protocol';
import type { Clock, Timer } from '@colloquy/room-core';
import { RateConverter } from './rate-converter.ts';

/** What {@link GuestAudio} is made of. */
export interface GuestAudioOptions {
  readonly clock: Clock;
  readonly send: (frame: MediaFrame) => void;
}

const SAMPLE_RATE = 16_000;
/** 20 ms. */
const FRAME_SAMPLES = 320;
const FRAME_MS = 20;
/** Sound that came faster than it is heard waits; of more than so much the oldest is dropped. */
const MOST_WAITING_SAMPLES = 60 * SAMPLE_RATE;

/**
 * The microphone of a Gemini client. Such clients send pieces of any length at any speed, a whole recording at once
 * included; a room hears frames of 20 ms in real time.
 */
export class GuestAudio {
  readonly #options: GuestAudioOptions;
  #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  #converter: RateConverter | null = null;
  #rate = SAMPLE_RATE;
  #timer: Timer | null = null;
  /** When the next frame may go, by the clock that never jumps. */
  #dueAtMs = 0;
  #samplesSent = 0;
  #seq = 0;
  /** What is there now is the end of a burst. */
  #isEnding = false;
  #isOpen = false;

  constructor(options: GuestAudioOptions) {
    this.#options = options;
  }

  /** Whether the microphone counts as open: from the first sound to the end of the stream. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Takes base64 of little-endian PCM16. */
  push(base64: string, sampleRate: number): void {
    const bytes = decodeBase64(base64);
    const samples = new Int16Array(bytes.slice(0, bytes.byteLength & ~1).buffer);
    this.#isOpen = true;
    this.#isEnding = false;
    const converted = this.#toRoomRate(samples, sampleRate);
    if (converted.length === 0) return;
    this.#waiting.push(converted);
    this.#waitingSamples += converted.length;
    while (this.#waitingSamples - (this.#waiting[0]?.length ?? 0) > MOST_WAITING_SAMPLES) {
      this.#waitingSamples -= this.#waiting.shift()?.length ?? 0;
    }
    this.#pump();
  }

  /** The stream pauses once everything that came was heard. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#isEnding = true;
    this.#pump();
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = [];
    this.#waitingSamples = 0;
  }

  #toRoomRate(samples: Int16Array, sampleRate: number): Int16Array {
    if (sampleRate !== this.#rate) {
      this.#rate = sampleRate;
      this.#converter = sampleRate === SAMPLE_RATE ? null : new RateConverter(sampleRate, SAMPLE_RATE);
    }
    return this.#converter?.push(samples) ?? samples;
  }

  #pump(): void {
    if (this.#timer !== null) return;
    const nowMs = this.#options.clock.monotonic();
    // After a pause time starts anew; frames that a late timer missed are made up for.
    if (nowMs - this.#dueAtMs > 200) this.#dueAtMs = nowMs;
    while (this.#dueAtMs <= nowMs) {
      if (this.#waitingSamples < FRAME_SAMPLES && !this.#isEnding) return;
      const isLast = this.#isEnding && this.#waitingSamples <= FRAME_SAMPLES;
      this.#send(this.#take(), isLast);
      this.#dueAtMs += FRAME_MS;
      if (isLast) {
        this.#isEnding = false;
        return;
      }
    }
    this.#timer = this.#options.clock.setTimer(this.#dueAtMs - nowMs, () => {
      this.#timer = null;
      this.#pump();
    });
  }

  /** The next frame, filled up with silence where there is no more. */
  #take(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES);
    let filled = 0;
    while (filled < FRAME_SAMPLES) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const part = first.subarray(0, FRAME_SAMPLES - filled);
      frame.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
    }
    this.#waitingSamples -= filled;
    return frame;
  }

  #send(samples: Int16Array, isLast: boolean): void {
    this.#options.send({
      kind: MediaKind.personAudio,
      codec: MediaCodec.pcm16k,
      flags: isLast ? MediaFlag.endOfBurst : 0,
      participant: 0,
      seq: this.#seq & 0xffff,
      mediaTime: this.#samplesSent >>> 0,
      turn: 0,
      payload: new Uint8Array(samples.buffer),
    });
    this.#seq += 1;
    this.#samplesSent += FRAME_SAMPLES;
  }
}
