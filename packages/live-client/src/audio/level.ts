/** Root mean square of the first `length` samples: 0 for silence, 0.707 for a full-scale sine. */
export function rootMeanSquare(samples: Float32Array, length: number = samples.length): number {
  if (length === 0) return 0;
  let sum = 0;
  for (let index = 0; index < length; index++) sum += (samples[index] ?? 0) ** 2;
  return Math.sqrt(sum / length);
}
