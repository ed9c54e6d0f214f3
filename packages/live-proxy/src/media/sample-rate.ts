import { parseAudioMimeType } from '@colloquy/live-protocol';

/** Rates where the type names none, in hertz. */
const defaultSampleRates = { input: 16_000, output: 24_000 } as const;

/** No microphone is faster; a higher claim would make a second of sound look shorter than it is. */
const highestSampleRate = 48_000;

/** The last type and what it says: a client's microphone has the same one thousands of times. */
let lastType = '';
let lastRate: number | null = null;

/** Samples per second by which sound is counted. */
export function sampleRateOf(mimeType: string, direction: keyof typeof defaultSampleRates): number {
  if (mimeType !== lastType) {
    lastType = mimeType;
    lastRate = parseAudioMimeType(mimeType)?.sampleRate ?? null;
  }
  return Math.min(lastRate ?? defaultSampleRates[direction], highestSampleRate);
}
