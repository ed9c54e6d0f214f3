/** Samples per second of what is kept: enough for the pitch of a voice and its first overtones. */
export const KEPT_RATE = 2_000;
const MODEL_RATE = 24_000;
const DECIMATION = MODEL_RATE / KEPT_RATE;
/** What was played longer ago echoes nowhere any more: two seconds. */
const MOST_BEHIND = 2 * KEPT_RATE;
/** More than two minutes that wait to be played are not kept. */
const MOST_AHEAD = 120 * KEPT_RATE;

interface Piece {
  /** Where it begins, in samples of the clock's own time. */
  readonly at: number;
  readonly samples: Int16Array;
}

/**
 * The model's voice as loudspeakers play it: it is made faster than it is heard, so that each piece follows the one before,
 * or begins when it comes.
 */
export class PlayedAnswer {
  #pieces: Piece[] = [];
  #endsAt = 0;
  /** Of the sample under way. */
  #sum = 0;
  #summed = 0;

  /** Takes PCM16 little-endian at 24 kHz. `nowMs`: by a clock that never jumps. */
  push(pcm: Uint8Array, nowMs: number): void {
    const now = toSamples(nowMs);
    this.#forget(now);
    const samples = this.#decimated(pcm);
    const at = Math.max(now, this.#endsAt);
    if (samples.length === 0 || at - now > MOST_AHEAD) return;
    this.#pieces.push({ at, samples });
    this.#endsAt = at + samples.length;
  }

  /** The rest is not heard. */
  stop(nowMs: number): void {
    const now = toSamples(nowMs);
    this.#pieces = this.#pieces.flatMap(({ at, samples }) =>
      at >= now ? [] : { at, samples: samples.subarray(0, now - at) },
    );
    this.#endsAt = Math.min(this.#endsAt, now);
  }

  /** Whether anything of it may be heard now or was within the last second. */
  isHeard(nowMs: number): boolean {
    const now = toSamples(nowMs);
    return this.#pieces.length > 0 && now - this.#endsAt < KEPT_RATE;
  }

  /** Fills `out` with what was played until `behind` samples ago. */
  read(out: Float64Array, nowMs: number, behind: number): void {
    const from = toSamples(nowMs) - behind - out.length;
    out.fill(0);
    for (const { at, samples } of this.#pieces) {
      const first = Math.max(0, from - at);
      const last = Math.min(samples.length, from + out.length - at);
      for (let index = first; index < last; index += 1) out[at - from + index] = samples[index] as number;
    }
  }

  #forget(now: number): void {
    this.#pieces = this.#pieces.filter(({ at, samples }) => now - at - samples.length < MOST_BEHIND);
  }

  #decimated(pcm: Uint8Array): Int16Array {
    const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const count = pcm.byteLength >> 1;
    const out = new Int16Array(Math.floor((this.#summed + count) / DECIMATION));
    let made = 0;
    for (let index = 0; index < count; index += 1) {
      this.#sum += view.getInt16(index * 2, true);
      this.#summed += 1;
      if (this.#summed < DECIMATION) continue;
      out[made] = this.#sum / DECIMATION;
      made += 1;
      this.#sum = 0;
      this.#summed = 0;
    }
    return out;
  }
}

function toSamples(ms: number): number {
  return Math.floor((ms * KEPT_RATE) / 1_000);
}
