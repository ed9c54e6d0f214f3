import { parseAudioMimeType } from '@colloquy/live-protocol';

/** Gemini's rate for input where the type names none. */
const defaultSampleRate = 16_000;

/** No microphone is faster; a higher claim would make a second of sound look shorter than it is. */
const highestSampleRate = 48_000;

/** The last type and its rate: a client's microphone has the same one thousands of times. */
let lastType = '';
let lastRate = defaultSampleRate;

/** Samples per second by which a client's sound is counted. */
export function sampleRateOf(mimeType: string): number {
  if (mimeType === lastType) return lastRate;
  lastType = mimeType;
  lastRate = Math.min(parseAudioMimeType(mimeType)?.sampleRate ?? defaultSampleRate, highestSampleRate);
  return lastRate;
}
