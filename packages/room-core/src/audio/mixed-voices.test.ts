import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { amplitudeAt, sine, toPcmBytes } from '../testing/signals.ts';
import { localMixers } from './local-mixer.ts';

const FREQUENCIES = [300, 500, 700, 900];
/** At this loudness nobody is raised or lowered: -20 dBFS. */
const LOUD = 4_600;
const decibels = (ratio: number) => 20 * Math.log10(ratio);

/** Four microphones that are on, each with a tone of its own. */
function panel() {
  const clock = new FakeClock();
  const frames: Int16Array[] = [];
  const mixer = localMixers(clock, (error) => {
    throw error;
  }).open({
    maxMicrophones: 8,
    leaveOutEchoes: false,
    onEvent: (event) => {
      if (event.type === 'frame') frames.push(event.samples.slice());
    },
  });
  let index = 0;
  return {
    /** @returns the amplitude of each tone in each frame. */
    play(count: number, amplitudes: readonly number[]): readonly (readonly number[])[] {
      const from = frames.length;
      for (let n = 0; n < count; n += 1, index += 1) {
        for (const [who, frequency] of FREQUENCIES.entries()) {
          const amplitude = amplitudes[who] ?? 0;
          const pcm = toPcmBytes(sine({ frequency, samples: 320, amplitude, offset: index * 320 }));
          const name = `person ${who}`;
          mixer.receive({ connectionId: name, participantId: name, mediaTime: index * 320, pcm, voice: false });
        }
        clock.advance(20);
      }
      return frames.slice(from).map((frame) => FREQUENCIES.map((frequency) => amplitudeAt(frame, frequency)));
    },
  };
}

describe('everybody at once', () => {
  it.each([
    { speaking: 1, share: 1 },
    { speaking: 2, share: 1 / Math.SQRT2 },
    { speaking: 4, share: 1 / 2 },
  ])('LEV2 makes each of $speaking people who speak softer by the root of their number', ({ share, speaking }) => {
    const heard = panel().play(100, Array(speaking).fill(LOUD)).at(-1) ?? [];
    for (const amplitude of heard.slice(0, speaking)) expect(amplitude / LOUD).toBeCloseTo(share, 1);
  });

  it('LEV2 moves the share of a voice within 50 ms, step by step, when others begin', () => {
    const room = panel();
    room.play(100, [LOUD]);
    const heard = room.play(30, [LOUD, LOUD, LOUD, LOUD]).map(([first = 0]) => first / LOUD);
    const leaves = heard.findIndex((share) => share < 0.98);
    const arrives = heard.findIndex((share) => share < 0.52);
    expect(arrives - leaves).toBeGreaterThanOrEqual(1);
    expect((arrives - leaves + 1) * 20).toBeLessThanOrEqual(60);
    expect(heard.at(-1)).toBeCloseTo(0.5, 1);
  });

  it('LEV3 makes a microphone without speech 15 dB softer after 300 ms, and opens it within one frame', () => {
    const room = panel();
    // Below what counts as speech, and well above nothing.
    const murmur = 80;
    room.play(100, [LOUD]);
    const closing = room.play(50, [murmur]).map(([first = 0]) => first);
    const isMurmur = (amplitude: number) => amplitude < 2 * murmur;
    const begins = closing.findIndex(isMurmur);
    const quiet = closing.findIndex((amplitude) => amplitude < murmur / 2);
    expect(quiet - begins).toBeGreaterThanOrEqual(14);
    expect(quiet - begins).toBeLessThanOrEqual(18);
    expect(decibels((closing.at(-1) ?? 0) / murmur)).toBeCloseTo(-15, 0);
    const opening = room.play(30, [LOUD]).map(([first = 0]) => first);
    const opens = opening.findIndex((amplitude) => amplitude > 2 * murmur);
    // The first frame rises to all of it, the second has it.
    expect(opening[opens] ?? 0).toBeGreaterThan(LOUD * 0.5);
    expect((opening[opens + 1] ?? 0) / LOUD).toBeCloseTo(1, 1);
  });
});
