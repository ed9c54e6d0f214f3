import { decodeBase64, MediaCodec, MediaFlag, type MediaFrame, MediaKind } from '@colloquy/live-protocol';
import type { Clock, Timer } from '@colloquy/room-core';
import { TokenBucket } from '../../token-bucket.ts';
import { RateConverter } from './rate-converter.ts';
import { SoundQueue } from './sound-queue.ts';

/** What {@link GuestAudio} is made of. */
export interface GuestAudioOptions {
  readonly clock: Clock;
  /** Bytes of sound that may come per second, and a minute's worth at once: a recording. `0`: as many as do. */
  readonly bytesPerSecond: number;
  readonly send: (frame: MediaFrame) => void;
}

const SAMPLE_RATE = 16_000;
/** 20 ms. */
const FRAME_SAMPLES = 320;
const FRAME_MS = 20;
/** Sound that came faster than it is heard waits; of more than so much the oldest is dropped. */
const MOST_WAITING_SECONDS = 60;
const MOST_WAITING_SAMPLES = MOST_WAITING_SECONDS * SAMPLE_RATE;
/** A microphone's sound is not ahead of the time in which it came, but for the piece it comes in; a recording's is. */
const MOST_PIECE_MS = 1_000;
const RECORDING_AHEAD_MS = 300;
/** A microphone may be behind by so much after a stall, and catch up. */
const MOST_BEHIND_MS = 10_000;
/** Of a microphone so much waits without anything being done about it… */
const EVEN_MS = 200;
/** …above that its frames go a fiftieth faster, which the room's jitter buffer evens out, and its pauses are left out. */
const FASTER = 1.02;
/** No sample of a pause is louder: -50 dBFS. */
const PAUSE_PEAK = 104;

/**
 * The microphone of a Gemini client. Such clients send pieces of any length at any speed, a whole recording at once
 * included; a room hears frames of 20 ms in real time. What a slow network has held back of a microphone is caught up with.
 */
export class GuestAudio {
  readonly #options: GuestAudioOptions;
  readonly #waiting = new SoundQueue(MOST_WAITING_SAMPLES);
  readonly #bytes: TokenBucket;
  #converter: RateConverter | null = null;
  #rate = SAMPLE_RATE;
  #timer: Timer | null = null;
  /** When the next frame may go, by the clock that never jumps. */
  #dueAtMs = 0;
  #samplesSent = 0;
  #seq = 0;
  /** By how much more came than time went by; below 0 for a network that holds something back. */
  #aheadMs = 0;
  #pushedAtMs: number | null = null;
  /** What waits came faster than anybody speaks: it is heard as it is. */
  #isRecording = false;
  /** What is there now is the end of a burst. */
  #isEnding = false;
  #isOpen = false;

  constructor(options: GuestAudioOptions) {
    this.#options = options;
    const { bytesPerSecond, clock } = options;
    this.#bytes = new TokenBucket(bytesPerSecond, bytesPerSecond * MOST_WAITING_SECONDS, clock.monotonic());
  }

  /** Whether the microphone counts as open: from the first sound to the end of the stream. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Takes base64 of little-endian PCM16. @returns whether it will be heard: what is over the limit costs nothing more. */
  push(base64: string, sampleRate: number): boolean {
    if (!this.#bytes.take((base64.length * 3) / 4, this.#options.clock.monotonic())) return false;
    const bytes = decodeBase64(base64);
    const samples = new Int16Array(bytes.slice(0, bytes.byteLength & ~1).buffer);
    this.#isOpen = true;
    this.#isEnding = false;
    const converted = this.#toRoomRate(samples, sampleRate);
    if (converted.length === 0) return true;
    this.#judge((converted.length * 1_000) / SAMPLE_RATE);
    this.#waiting.add(converted);
    this.#pump();
    return true;
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
    this.#waiting.clear();
  }

  #toRoomRate(samples: Int16Array, sampleRate: number): Int16Array {
    if (sampleRate !== this.#rate) {
      this.#rate = sampleRate;
      this.#converter = sampleRate === SAMPLE_RATE ? null : new RateConverter(sampleRate, SAMPLE_RATE);
    }
    return this.#converter?.push(samples) ?? samples;
  }

  /** Whether this is a microphone, whose clock may be a little fast, or a recording. */
  #judge(ms: number): void {
    const nowMs = this.#options.clock.monotonic();
    const sinceMs = this.#pushedAtMs === null ? 0 : nowMs - this.#pushedAtMs;
    this.#pushedAtMs = nowMs;
    this.#aheadMs = Math.max(-MOST_BEHIND_MS, this.#aheadMs - sinceMs * FASTER) + ms;
    this.#isRecording = this.#aheadMs > Math.min(ms, MOST_PIECE_MS) + RECORDING_AHEAD_MS;
  }

  #pump(): void {
    if (this.#timer !== null) return;
    const nowMs = this.#options.clock.monotonic();
    // After a pause time starts anew; frames that a late timer missed are made up for.
    if (nowMs - this.#dueAtMs > 200) this.#dueAtMs = nowMs;
    while (this.#dueAtMs <= nowMs) {
      if (this.#waiting.samples < FRAME_SAMPLES && !this.#isEnding) {
        this.#isRecording = false;
        return;
      }
      const isLate = !this.#isRecording && this.#waiting.samples > (EVEN_MS * SAMPLE_RATE) / 1_000;
      const isLast = this.#isEnding && this.#waiting.samples <= FRAME_SAMPLES;
      const frame = this.#waiting.take(FRAME_SAMPLES);
      if (isLate && isPause(frame)) continue;
      this.#send(frame, isLast);
      this.#dueAtMs += isLate ? FRAME_MS / FASTER : FRAME_MS;
      if (isLast) {
        this.#isEnding = false;
        this.#isRecording = false;
        return;
      }
    }
    this.#timer = this.#options.clock.setTimer(this.#dueAtMs - nowMs, () => {
      this.#timer = null;
      this.#pump();
    });
  }

  #send(samples: Int16Array<ArrayBuffer>, isLast: boolean): void {
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

function isPause(samples: Int16Array): boolean {
  return samples.every((sample) => Math.abs(sample) <= PAUSE_PEAK);
}
