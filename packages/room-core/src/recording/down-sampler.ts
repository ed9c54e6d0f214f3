/** Taps of the filter, at 24 kHz. */
const TAPS = 48;
/** Where the filter begins to fall, in Hz: below half of 16 kHz. */
const CUTOFF = 7_200;
const FROM_RATE = 24_000;

/** Two filters: for outputs that fall on an input sample, and for those half way to the next. */
const PHASES = [0, 0.5].map((offset) => {
  const taps = Float64Array.from({ length: TAPS }, (_, tap) => {
    const x = tap - (TAPS / 2 - 1) - offset;
    const ideal =
      x === 0 ? 1 : Math.sin((2 * Math.PI * CUTOFF * x) / FROM_RATE) / ((2 * Math.PI * CUTOFF * x) / FROM_RATE);
    const window = 0.5 + 0.5 * Math.cos((2 * Math.PI * x) / TAPS);
    return ideal * window;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
});

/** Brings a stream from 24 kHz to 16 kHz: two samples for three, with what lies above 8 kHz taken away first. */
export class DownSampler {
  #past = new Int16Array(TAPS);
  /** Half samples of the input until the next output. */
  #halves = 0;

  push(samples: Int16Array): Int16Array {
    const input = new Int16Array(this.#past.length + samples.length);
    input.set(this.#past);
    input.set(samples, this.#past.length);
    const out: number[] = [];
    let halves = this.#halves;
    for (; (halves >> 1) + TAPS < input.length; halves += 3) {
      const taps = PHASES[halves & 1];
      const start = halves >> 1;
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap += 1) sum += (input[start + tap] ?? 0) * (taps?.[tap] ?? 0);
      out.push(Math.max(-32_768, Math.min(32_767, Math.round(sum))));
    }
    const kept = Math.min(halves >> 1, input.length);
    this.#past = input.slice(kept);
    this.#halves = halves - 2 * kept;
    return Int16Array.from(out);
  }
}
