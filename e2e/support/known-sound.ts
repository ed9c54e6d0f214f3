import { best } from './signal.ts';

/** A sound that can be known again however it was delayed: tones that share no period shorter than ten seconds. */
const TONES = [
  [170.3, 0.09, 0.4],
  [311.7, 0.09, 2.1],
  [523.1, 0.08, 5.2],
  [877.9, 0.08, 0.9],
  [1_301.3, 0.07, 3.3],
  [1_949.7, 0.06, 1.7],
  [2_731.1, 0.05, 4.4],
  [3_547.3, 0.04, 2.6],
  [4_603.7, 0.03, 0.2],
  [5_651.9, 0.03, 5.9],
] as const;

const PERIOD_SECONDS = 10;

/** The sound at any time, in seconds; it repeats every ten. */
function soundAt(seconds: number): number {
  let sum = 0;
  for (const [frequency, amplitude, phase] of TONES) {
    sum += amplitude * Math.sin(2 * Math.PI * frequency * seconds + phase);
  }
  return sum;
}

/** Ten seconds of it, which repeat without a seam. */
export function knownSound(sampleRate: number): Float32Array {
  return Float32Array.from({ length: PERIOD_SECONDS * sampleRate }, (_, n) => soundAt(n / sampleRate));
}

/** How well a recording is the known sound, in dB: the power of the sound over the power of everything else. */
export interface Likeness {
  readonly decibels: number;
  readonly gain: number;
}

/**
 * Finds the delay and the loudness at which the known sound, resampled without any error, is most like `heard`, and says
 * what is left over.
 */
export function likeness(heard: Float32Array, sampleRate: number): Likeness {
  const parts = TONES.map(([frequency]) => {
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < heard.length; n++) {
      const angle = (2 * Math.PI * frequency * n) / sampleRate;
      real += (heard[n] ?? 0) * Math.cos(angle);
      imaginary -= (heard[n] ?? 0) * Math.sin(angle);
    }
    return [real, imaginary] as const;
  });
  const correlation = (start: number) => {
    let sum = 0;
    for (const [index, [frequency, amplitude, phase]] of TONES.entries()) {
      const angle = 2 * Math.PI * frequency * start + phase;
      const [real, imaginary] = parts[index] ?? [0, 0];
      sum += amplitude * (real * Math.sin(angle) - imaginary * Math.cos(angle));
    }
    return sum;
  };
  let start = best(0, PERIOD_SECONDS, 1 / sampleRate, correlation);
  for (const step of [1 / 16, 1 / 256, 1 / 4_096]) {
    const width = (16 * step) / sampleRate;
    start = best(start - width, start + width, step / sampleRate, correlation);
  }
  let [product, energy] = [0, 0];
  const expected = Float64Array.from(heard, (_, n) => soundAt(start + n / sampleRate));
  for (const [n, value] of expected.entries()) {
    product += value * (heard[n] ?? 0);
    energy += value * value;
  }
  const gain = product / energy;
  let rest = 0;
  for (const [n, value] of expected.entries()) rest += ((heard[n] ?? 0) - gain * value) ** 2;
  return { decibels: 10 * Math.log10((gain * gain * energy) / rest), gain };
}

/** 16-bit mono WAV. */
export function toWav(samples: Float32Array, sampleRate: number): Buffer {
  const wav = Buffer.alloc(44 + 2 * samples.length);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + 2 * samples.length, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(2 * sampleRate, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(2 * samples.length, 40);
  for (const [n, sample] of samples.entries()) wav.writeInt16LE(Math.round(sample * 32_767), 44 + 2 * n);
  return wav;
}
