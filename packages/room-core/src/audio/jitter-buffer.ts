import { FRAME_SAMPLES, MAX_CHUNK_SAMPLES, SAMPLES_PER_MS } from './format.ts';
import { JitterEstimate } from './jitter-estimate.ts';

/** Settings of a {@link JitterBuffer}, in milliseconds. */
export interface JitterBufferOptions {
  /**
   * How long the first audio of a burst waits, so that later audio may be late; from the second burst on it is 40 to 200,
   * by what the network was like. @defaultValue 60
   */
  readonly startMs?: number;
  /** Most audio that waits; beyond it the oldest is dropped. @defaultValue 400 */
  readonly maxMs?: number;
  /** A longer jump of the media time, forth or back, is a new start and not a loss. @defaultValue 500 */
  readonly reanchorMs?: number;
}

/** Counted since the buffer was made, in samples except `underruns`. */
export interface JitterStatistics {
  readonly underruns: number;
  /** Dropped because too much waited. */
  readonly dropped: number;
  /** Dropped because their moment had passed. */
  readonly late: number;
}

/** Power of two above the most audio that can wait at once: 400 ms, a 500 ms gap and one chunk. */
const CAPACITY = 16_384;
const MASK = CAPACITY - 1;
/** Nothing came for this long: the burst is over, and the next audio starts anew. */
const IDLE_AFTER_SAMPLES = 200 * SAMPLES_PER_MS;
/** Length of fades, 5 ms. */
const FADE_SAMPLES = 5 * SAMPLES_PER_MS;
/** How long the buffer must have been too full before it is shortened, in frames. */
const SHRINK_WINDOW_FRAMES = 100;
/** Most that is cut out at once, 40 ms. */
const MAX_SHRINK_SAMPLES = 40 * SAMPLES_PER_MS;

/**
 * Turns one speaker's audio, arriving as the network likes, into one frame per tick. Audio is placed by its media time,
 * not by its arrival. The delay finds its own length: an underrun makes it longer by what was missing, a lasting surplus
 * (a fast clock, a network that got better) is cut out 40 ms at a time. Nothing is allocated after construction.
 *
 * ```
 * idle ──push──▶ buffering ──startMs──▶ playing ──burst ended, or 200 ms of nothing──▶ idle
 * ```
 */
export class JitterBuffer {
  readonly #ring = new Int16Array(CAPACITY);
  readonly #jitter = new JitterEstimate();
  /** Frames pulled: the time of arrivals. */
  #pulled = 0;
  readonly #startSamples: number;
  readonly #maxSamples: number;
  readonly #reanchorSamples: number;
  #status: 'idle' | 'buffering' | 'playing' = 'idle';
  /** Position of the next sample to play; positions grow without wrapping. */
  #readAt = 0;
  /** Position after the last sample there is. */
  #writeEnd = 0;
  /** Media time of the last push, and its position. */
  #time = 0;
  #position = 0;
  #framesToWait = 0;
  #ended = false;
  /** Silence played since the audio ran out, in samples. */
  #concealed = 0;
  #lastSample = 0;
  #windowFrames = 0;
  #leastDepth = CAPACITY;
  #toCut = 0;
  #underruns = 0;
  #taken: JitterStatistics = { underruns: 0, dropped: 0, late: 0 };
  #dropped = 0;
  #late = 0;

  constructor(options: JitterBufferOptions = {}) {
    const { startMs = 60, maxMs = 400, reanchorMs = 500 } = options;
    this.#startSamples = startMs * SAMPLES_PER_MS;
    this.#maxSamples = maxMs * SAMPLES_PER_MS;
    this.#reanchorSamples = reanchorMs * SAMPLES_PER_MS;
    if (this.#maxSamples + this.#reanchorSamples + MAX_CHUNK_SAMPLES > CAPACITY) {
      throw new RangeError(`maxMs + reanchorMs must be at most 924 together; they are ${maxMs + reanchorMs}.`);
    }
  }

  /** Whether no audio waits and none is expected. */
  get idle(): boolean {
    return this.#status === 'idle';
  }

  /** Samples that wait. */
  get depth(): number {
    return this.#writeEnd - this.#readAt;
  }

  /** What is new since the last call. */
  takeStatistics(): JitterStatistics {
    const now = this.statistics;
    const { underruns, dropped, late } = this.#taken;
    this.#taken = now;
    return { underruns: now.underruns - underruns, dropped: now.dropped - dropped, late: now.late - late };
  }

  get statistics(): JitterStatistics {
    return { underruns: this.#underruns, dropped: this.#dropped, late: this.#late };
  }

  /**
   * Takes PCM16 little-endian bytes that belong at `mediaTime`, in samples, 32 bits, wrapping. More than 100 ms at once
   * is dropped.
   */
  push(mediaTime: number, pcm: Uint8Array): void {
    const count = pcm.byteLength >> 1;
    if (count === 0) return;
    if (count > MAX_CHUNK_SAMPLES) {
      this.#dropped += count;
      return;
    }
    const at = this.#place(mediaTime);
    this.#jitter.observe(this.#pulled * FRAME_SAMPLES - at);
    const end = at + count;
    if (end <= this.#readAt) {
      this.#late += count;
      return;
    }
    this.#fillGap(at);
    const first = Math.max(at, this.#readAt);
    this.#late += first - at;
    this.#write(first, pcm, (first - at) * 2);
    this.#writeEnd = Math.max(this.#writeEnd, end);
    this.#concealed = 0;
    this.#ended = false;
    this.#dropOldest();
  }

  /** The speaker paused: what waits is played, and then nothing is missing. */
  endBurst(): void {
    this.#ended = true;
    if (this.#status === 'playing' && this.depth === 0) this.#status = 'idle';
  }

  /**
   * Writes the next frame into `out`, silence where there is no audio.
   * @returns whether any of it is the speaker's audio.
   */
  pull(out: Int16Array): boolean {
    this.#pulled += 1;
    if (this.#status !== 'playing') {
      out.fill(0);
      if (this.#status === 'buffering') {
        this.#framesToWait -= 1;
        if (this.#framesToWait <= 0) this.#status = 'playing';
      }
      return false;
    }
    const cut = this.#toCut;
    this.#toCut = 0;
    const count = Math.max(0, Math.min(out.length, this.depth - cut));
    this.#copyOut(this.#readAt + cut, out, count);
    if (cut > 0) this.#crossfade(out, this.#readAt);
    this.#readAt += cut + count;
    if (count < out.length) this.#conceal(out, count);
    else this.#lastSample = out[count - 1] ?? 0;
    this.#watchDepth();
    return count > 0;
  }

  /** Position of a media time; a new start when idle or after a jump. */
  #place(mediaTime: number): number {
    if (this.#status === 'idle') {
      this.#status = 'buffering';
      this.#framesToWait = Math.ceil(this.#jitter.delay(this.#startSamples) / FRAME_SAMPLES);
      this.#anchor(mediaTime);
      return this.#position;
    }
    // `| 0` makes the difference of two wrapping 32-bit counters a signed number.
    const at = this.#position + ((mediaTime - this.#time) | 0);
    if (Math.abs(at - this.#writeEnd) > this.#reanchorSamples) {
      this.#anchor(mediaTime);
      return this.#position;
    }
    this.#time = mediaTime;
    this.#position = at;
    return at;
  }

  #anchor(mediaTime: number): void {
    this.#time = mediaTime;
    this.#position = this.#writeEnd;
    this.#jitter.burstStarted();
    this.#concealed = 0;
    this.#windowFrames = 0;
    this.#leastDepth = CAPACITY;
  }

  /** Audio before `at` is missing: it was concealed already, or becomes silence. */
  #fillGap(at: number): void {
    const gap = at - this.#writeEnd;
    if (gap <= 0) return;
    const played = Math.min(gap, this.#concealed);
    if (played > 0) {
      this.#readAt += played;
      this.#writeEnd += played;
    }
    for (let position = this.#writeEnd; position < at; position += 1) this.#ring[position & MASK] = 0;
    this.#writeEnd = at;
  }

  #write(at: number, pcm: Uint8Array, offset: number): void {
    const start = pcm.byteOffset + offset;
    // Every platform of Node is little-endian, as the wire is; only an odd place in memory takes the long way.
    if (start % 2 === 0) this.#copyIn(at, new Int16Array(pcm.buffer, start, (pcm.byteLength - offset) >> 1));
    else this.#writeBytes(at, pcm, offset);
  }

  #copyIn(at: number, samples: Int16Array): void {
    const from = at & MASK;
    const untilEnd = CAPACITY - from;
    if (samples.length <= untilEnd) {
      this.#ring.set(samples, from);
      return;
    }
    this.#ring.set(samples.subarray(0, untilEnd), from);
    this.#ring.set(samples.subarray(untilEnd), 0);
  }

  /** Copies `count` samples from a position to the start of `out`. */
  #copyOut(at: number, out: Int16Array, count: number): void {
    const from = at & MASK;
    const untilEnd = Math.min(count, CAPACITY - from);
    out.set(this.#ring.subarray(from, from + untilEnd));
    if (untilEnd < count) out.set(this.#ring.subarray(0, count - untilEnd), untilEnd);
  }

  #writeBytes(at: number, pcm: Uint8Array, offset: number): void {
    let position = at;
    for (let index = offset; index + 1 < pcm.byteLength; index += 2) {
      const low = pcm[index] ?? 0;
      const high = pcm[index + 1] ?? 0;
      this.#ring[position & MASK] = low | ((high << 24) >> 16);
      position += 1;
    }
  }

  #dropOldest(): void {
    const surplus = this.depth - this.#maxSamples;
    if (surplus <= 0) return;
    this.#readAt += surplus;
    this.#dropped += surplus;
    this.#toCut = 0;
  }

  #sample(position: number): number {
    return this.#ring[position & MASK] ?? 0;
  }

  /** Blends the start of `out` with what stood at `from` before something was cut out there. */
  #crossfade(out: Int16Array, from: number): void {
    for (let index = 0; index < FADE_SAMPLES; index += 1) {
      const weight = index / FADE_SAMPLES;
      out[index] = this.#sample(from + index) * (1 - weight) + (out[index] ?? 0) * weight;
    }
  }

  /** The audio ran out after `count` samples of `out`. */
  #conceal(out: Int16Array, count: number): void {
    const last = count > 0 ? (out[count - 1] ?? 0) : this.#lastSample;
    for (let index = count; index < out.length; index += 1) {
      out[index] = last * Math.max(0, 1 - (index - count + 1) / FADE_SAMPLES);
    }
    this.#lastSample = 0;
    if (this.#ended) {
      this.#status = 'idle';
      return;
    }
    if (this.#concealed === 0) this.#underruns += 1;
    this.#concealed += out.length - count;
    if (this.#concealed >= IDLE_AFTER_SAMPLES) this.#status = 'idle';
  }

  /** Plans a cut when even the emptiest moment of the last two seconds held too much. */
  #watchDepth(): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.depth);
    this.#windowFrames += 1;
    if (this.#windowFrames < SHRINK_WINDOW_FRAMES) return;
    const surplus = this.#leastDepth - this.#startSamples;
    if (surplus >= FRAME_SAMPLES) this.#toCut = Math.min(surplus, MAX_SHRINK_SAMPLES);
    this.#windowFrames = 0;
    this.#leastDepth = CAPACITY;
  }
}
