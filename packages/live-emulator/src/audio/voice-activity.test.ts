import { describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../fixture-phrases.ts';
import { SeededRandom } from '../random.ts';
import { concatSamples } from './pcm16.ts';
import { VoiceActivityDetector, type VoiceActivityEdge } from './voice-activity.ts';

const OPTIONS = { thresholdDbfs: -50, prefixPaddingMs: 20, silenceDurationMs: 800 };
const random = new SeededRandom('noise');
const seconds = (count: number): number => Math.round(count * 16_000);
const silence = (count: number): Int16Array => new Int16Array(seconds(count));
const noise = (count: number, amplitude: number): Int16Array =>
  Int16Array.from({ length: seconds(count) }, () => random.between(-amplitude, amplitude));

function edges(audio: Int16Array, options: Partial<typeof OPTIONS> = {}, chunk = 320): string[] {
  const detector = new VoiceActivityDetector({ ...OPTIONS, ...options });
  const found: VoiceActivityEdge[] = [];
  for (let start = 0; start < audio.length; start += chunk)
    found.push(...detector.push(audio.slice(start, start + chunk)));
  return found.map(({ edge, atMs }) => `${edge} ${atMs}`);
}

describe('voice activity', () => {
  const spoken = concatSamples([silence(1), noise(0.5, 3_000), silence(1.5), noise(0.3, 3_000), silence(1)]);

  it('tells where in the audio speech began and ended', () => {
    expect(edges(spoken)).toEqual(['start 1000', 'end 1500', 'start 3000', 'end 3300']);
  });

  it.each([1, 100, 7_777, 1_000_000])('is the same in chunks of %d samples', (chunk) => {
    expect(edges(spoken, {}, chunk)).toEqual(['start 1000', 'end 1500', 'start 3000', 'end 3300']);
  });

  it('waits for as much speech and silence as it was told', () => {
    expect(edges(spoken, { prefixPaddingMs: 400 })).toEqual(['start 1000', 'end 1500']);
    expect(edges(spoken, { silenceDurationMs: 1_600 })).toEqual(['start 1000']);
    expect(edges(spoken, { silenceDurationMs: 100 })).toHaveLength(4);
  });

  it('bridges the pauses inside a sentence', async () => {
    for (const { samples } of await loadFixturePhrases()) {
      const found = edges(concatSamples([silence(0.5), samples, silence(1)]));
      expect(found.map((edge) => edge.split(' ')[0])).toEqual(['start', 'end']);
    }
  });

  it('hears soft speech when sensitivity is high and not when it is low', () => {
    const soft = concatSamples([silence(0.5), noise(1, 250), silence(1)]);
    expect(edges(soft, { thresholdDbfs: -50 })).toHaveLength(2);
    expect(edges(soft, { thresholdDbfs: -40 })).toHaveLength(0);
  });

  it('gets used to a steady noise, and hears speech above it', () => {
    const fan = concatSamples([noise(30, 500), Int16Array.from(noise(1, 6_000)), noise(3, 500)]);
    const found = edges(fan);
    expect(found.slice(-2).map((edge) => edge.split(' ')[0])).toEqual(['start', 'end']);
    expect(found.at(-2)).toBe('start 30000');
  });

  it('ends with the stream', () => {
    const detector = new VoiceActivityDetector(OPTIONS);
    detector.push(concatSamples([silence(0.2), noise(1, 3_000)]));
    expect(detector.speaking).toBe(true);
    expect(detector.flush()).toMatchObject([{ edge: 'end', atMs: 1_200 }]);
    expect(detector.flush()).toEqual([]);
  });
});
