/** Full scale of 16-bit PCM: the float value 1 is one step above the largest sample. */
const FULL_SCALE = 32_768;

/**
 * Converts float samples to 16-bit PCM. Values outside −1 to 1 are clamped, never wrapped; NaN becomes silence.
 *
 * @param input - mono, range −1 to 1.
 * @param output - at least as long as `input`; overwritten from its beginning.
 */
export function toPcm16(input: Float32Array, output: Int16Array): void {
  for (let index = 0; index < input.length; index++) output[index] = toSample(input[index] ?? 0);
}

/** The float value of a 16-bit sample, from −1 to just below 1. */
export function fromSample(sample: number): number {
  return sample / FULL_SCALE;
}

/** The 16-bit sample of a float value, clamped. */
export function toSample(value: number): number {
  const scaled = Math.round(value * FULL_SCALE);
  if (scaled >= FULL_SCALE) return FULL_SCALE - 1;
  if (scaled <= -FULL_SCALE) return -FULL_SCALE;
  return Number.isNaN(scaled) ? 0 : scaled;
}
