/** Samples of 16-bit little-endian PCM. Copies, so the bytes may be reused. An odd last byte is left out. */
export function decodePcm16(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.byteLength >> 1);
  // Every platform Node runs on in practice is little-endian, so the bytes already are what Int16Array holds.
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}

/** The bytes of `samples` as 16-bit little-endian PCM: a view, not a copy. */
export function encodePcm16(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Power of `samples` in dB below full scale; digital silence is `-120`. */
export function levelDbfs(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (sum === 0) return -120;
  return Math.max(-120, 10 * Math.log10(sum / samples.length / (32768 * 32768)));
}

/** All `parts` one after the other. */
export function concatSamples(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The nearest 16-bit sample value to `value`, which is on the scale −32768 to 32767. */
export function toSample(value: number): number {
  if (value > 32767) return 32767;
  if (value < -32768) return -32768;
  return Math.round(value);
}
