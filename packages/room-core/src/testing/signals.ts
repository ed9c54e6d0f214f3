/** A sine of PCM16, mono: `frequency` in Hz, `amplitude` of 32767, starting `offset` samples into the wave. */
export function sine(options: {
  readonly frequency: number;
  readonly samples: number;
  readonly amplitude?: number;
  readonly sampleRate?: number;
  readonly offset?: number;
}): Int16Array {
  const { frequency, samples, amplitude = 8_000, sampleRate = 16_000, offset = 0 } = options;
  return Int16Array.from({ length: samples }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * (index + offset)) / sampleRate)),
  );
}

/** How much of `frequency` is in the signal: the amplitude of that sine, by the Goertzel algorithm. */
export function amplitudeAt(signal: Int16Array, frequency: number, sampleRate = 16_000): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let previous = 0;
  let beforePrevious = 0;
  for (const sample of signal) {
    const current = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  const power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
  return (2 * Math.sqrt(Math.max(0, power))) / signal.length;
}

/** Little-endian bytes of PCM16. */
export function toPcmBytes(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [index, sample] of samples.entries()) view.setInt16(index * 2, sample, true);
  return bytes;
}

/** Samples of little-endian PCM16 bytes. */
export function fromPcmBytes(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: bytes.byteLength >> 1 }, (_, index) => view.getInt16(index * 2, true));
}
