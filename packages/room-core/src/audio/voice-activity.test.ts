import { describe, expect, it } from 'vitest';
import { sine } from '../testing/signals.ts';
import { levelDb, VoiceActivity } from './voice-activity.ts';

const tone = (amplitude: number) => sine({ frequency: 300, samples: 320, amplitude });
/** Deterministic noise of about `amplitude`. */
function noise(amplitude: number, seed: number): Int16Array {
  let state = seed * 7919 + 1;
  return Int16Array.from({ length: 320 }, () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return ((state / 0x7fff_ffff) * 2 - 1) * amplitude;
  });
}
const feed = (voice: VoiceActivity, frames: number, frame: Int16Array) => {
  for (let index = 0; index < frames; index += 1) voice.process(frame);
};

describe('voice activity', () => {
  it('VAD1 measures a full-scale sine as -3 dB and silence as the bottom', () => {
    expect(levelDb(tone(32_767))).toBeCloseTo(-3, 1);
    expect(levelDb(new Int16Array(320))).toBe(-96);
  });

  it('VAD1 hears speech with the third loud frame, and not a click', () => {
    const voice = new VoiceActivity();
    feed(voice, 2, tone(3000));
    expect(voice.speaking).toBe(false);
    voice.process(tone(3000));
    expect(voice.speaking).toBe(true);

    const clicks = new VoiceActivity();
    for (let index = 0; index < 50; index += 1) clicks.process(index % 5 < 2 ? tone(3000) : new Int16Array(320));
    expect(clicks.speaking).toBe(false);
  });

  it('VAD2 bridges pauses up to 300 ms, in which the frames themselves are not voiced', () => {
    const voice = new VoiceActivity();
    feed(voice, 10, tone(3000));
    feed(voice, 14, new Int16Array(320));
    expect(voice).toMatchObject({ speaking: true, voiced: false });
    voice.processSilence();
    expect(voice.speaking).toBe(false);
  });

  it('VAD3 takes steady noise for noise and speech above it for speech', () => {
    const voice = new VoiceActivity();
    // About -47 dBFS.
    for (let frame = 0; frame < 1500; frame += 1) voice.process(noise(250, frame));
    expect(voice.speaking).toBe(false);
    feed(voice, 3, tone(3000));
    expect(voice.speaking).toBe(true);
  });

  it('VAD3 does not take a minute of steady speech level for noise', () => {
    const voice = new VoiceActivity();
    feed(voice, 3000, tone(3000));
    expect(voice.speaking).toBe(true);
  });
});
