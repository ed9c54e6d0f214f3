/** Rate that features are computed at, in Hz. */
export const FEATURE_RATE = 16_000;
/** Distance of two feature frames, in samples: 10 ms. */
export const FEATURE_HOP = 160;
/** Mel bands per frame. */
export const FEATURE_BANDS = 30;

/** Lowest and highest frequency looked at, in Hz. Above 5 kHz resamplers and noise suppressors differ most. */
const LOW_HZ = 120;
const HIGH_HZ = 5_000;
const WINDOW = 400;
const FFT_SIZE = 512;
/** Power below which a band counts as empty, so that digital silence has a level too. */
const FLOOR_POWER = 1e-1;

/** Log-mel picture of a stretch of audio: `frames` rows of {@link FEATURE_BANDS} levels in dB. */
export interface LogMel {
  readonly frames: number;
  /** Row after row, `frames × FEATURE_BANDS` values in dB over an arbitrary reference. */
  readonly levels: Float32Array;
}

/** Computes the log-mel picture of mono audio at {@link FEATURE_RATE}; frame `n` is centred on sample `n × FEATURE_HOP`. */
export function logMel(samples: Int16Array): LogMel {
  const frames = Math.floor(samples.length / FEATURE_HOP) + 1;
  const levels = new Float32Array(frames * FEATURE_BANDS);
  const real = new Float64Array(FFT_SIZE);
  const imaginary = new Float64Array(FFT_SIZE);
  for (let frame = 0; frame < frames; frame += 1) {
    const start = frame * FEATURE_HOP - WINDOW / 2;
    real.fill(0);
    imaginary.fill(0);
    for (let index = 0; index < WINDOW; index += 1) {
      real[index] = (samples[start + index] ?? 0) * (window[index] ?? 0);
    }
    transform(real, imaginary);
    for (let band = 0; band < FEATURE_BANDS; band += 1) {
      levels[frame * FEATURE_BANDS + band] = 10 * Math.log10(bandPower(real, imaginary, band) + FLOOR_POWER);
    }
  }
  return { frames, levels };
}

function bandPower(real: Float64Array, imaginary: Float64Array, band: number): number {
  let power = 0;
  for (const { bin, weight } of filters[band] ?? []) {
    const re = real[bin] ?? 0;
    const im = imaginary[bin] ?? 0;
    power += weight * (re * re + im * im);
  }
  return power / FFT_SIZE;
}

const window = Float64Array.from(
  { length: WINDOW },
  (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (WINDOW - 1)),
);

/** Triangular mel filters as lists of FFT bins with their weights. */
const filters: readonly (readonly { readonly bin: number; readonly weight: number }[])[] = (() => {
  const toMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
  const toHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);
  const low = toMel(LOW_HZ);
  const step = (toMel(HIGH_HZ) - low) / (FEATURE_BANDS + 1);
  return Array.from({ length: FEATURE_BANDS }, (_, band) => {
    const [left, centre, right] = [0, 1, 2].map(
      (edge) => (toHz(low + (band + edge) * step) * FFT_SIZE) / FEATURE_RATE,
    ) as [number, number, number];
    const bins: { bin: number; weight: number }[] = [];
    for (let bin = Math.ceil(left); bin <= right; bin += 1) {
      const weight = bin <= centre ? (bin - left) / (centre - left) : (right - bin) / (right - centre);
      if (weight > 0) bins.push({ bin, weight });
    }
    return bins;
  });
})();

const cosines = Float64Array.from({ length: FFT_SIZE / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / FFT_SIZE));
const sines = Float64Array.from({ length: FFT_SIZE / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / FFT_SIZE));

/** In-place radix-2 FFT. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  for (let index = 1, mirrored = 0; index < FFT_SIZE; index += 1) {
    let bit = FFT_SIZE >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index < mirrored) {
      const swap = real[index] ?? 0;
      real[index] = real[mirrored] ?? 0;
      real[mirrored] = swap;
    }
  }
  for (let size = 2; size <= FFT_SIZE; size *= 2) {
    const half = size / 2;
    const stride = FFT_SIZE / size;
    for (let start = 0; start < FFT_SIZE; start += size) {
      for (let k = 0; k < half; k += 1) {
        const cosine = cosines[k * stride] ?? 0;
        const sine = sines[k * stride] ?? 0;
        const even = start + k;
        const odd = even + half;
        const oddReal = (real[odd] ?? 0) * cosine - (imaginary[odd] ?? 0) * sine;
        const oddImaginary = (real[odd] ?? 0) * sine + (imaginary[odd] ?? 0) * cosine;
        real[odd] = (real[even] ?? 0) - oddReal;
        imaginary[odd] = (imaginary[even] ?? 0) - oddImaginary;
        real[even] = (real[even] ?? 0) + oddReal;
        imaginary[even] = (imaginary[even] ?? 0) + oddImaginary;
      }
    }
  }
}
