import { describe, expect, it } from 'vitest';
import { seededRandom } from './support/simulated-speaker.ts';
import { audioFrame, type Guest, Stage } from './support/stage.ts';

/** Something like a voice: soft noise, a pitch that wanders, syllables. */
function voice(seed: number, ms: number): Float64Array {
  const random = seededRandom(seed);
  let [phase, pitch] = [0, 110 + random() * 100];
  return Float64Array.from({ length: ms * 16 }, (_, index) => {
    if (index % 800 === 0) pitch = Math.min(260, Math.max(90, pitch + (random() - 0.5) * 40));
    phase += (2 * Math.PI * pitch) / 16_000;
    const syllables = 0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / 16_000 + seed);
    return 5_000 * syllables * (Math.sin(phase) + 0.5 * Math.sin(2 * phase + seed) + 0.3 * (random() - 0.5));
  });
}

/** What a microphone hears of a voice further away. */
function further(from: Float64Array, delayMs: number, gain: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return from.map((_, index) => gain * (from[index - delayMs * 16] ?? 0) + (random() - 0.5) * 400);
}

async function talk(stage: Stage, sounds: ReadonlyMap<Guest, Float64Array>, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 20) {
    for (const [guest, sound] of sounds) {
      guest.connection.receiveMedia(audioFrame(at / 20, Int16Array.from(sound.subarray(at * 16, (at + 20) * 16))));
    }
    await stage.clock.run(20);
  }
}

const speaking = (stage: Stage) =>
  stage.rooms.sessions()[0]?.people.flatMap((person) => (person.speaking ? person.name : []));

describe('two microphones in one physical room', () => {
  it('ECHO1 hears a voice once that two laptops pick up, by the louder one', async () => {
    const stage = await Stage.open();
    const [ana, ben] = [await stage.join('Ana'), await stage.join('Ben')];
    const sound = voice(1, 4_000);
    const sounds = new Map([
      [ana, sound],
      [ben, further(sound, 70, 0.4, 5)],
    ]);
    await talk(stage, sounds, 800);
    expect(speaking(stage)).toEqual(['Ana', 'Ben']);
    await talk(stage, new Map([...sounds].map(([guest, all]) => [guest, all.subarray(12_800)])), 1_500);
    expect(speaking(stage)).toEqual(['Ana']);
  });

  it('ECHO2 leaves nobody out who has a voice of their own, and none at all where that is off', async () => {
    const stage = await Stage.open();
    const guests = [await stage.join('Ana'), await stage.join('Ben'), await stage.join('Cy')];
    await talk(stage, new Map(guests.map((guest, n) => [guest, voice(n + 1, 6_000)])), 6_000);
    expect(speaking(stage)).toEqual(['Ana', 'Ben', 'Cy']);
    const off = await Stage.open({ manager: { leaveOutEchoes: false } });
    const [ana, ben] = [await off.join('Ana'), await off.join('Ben')];
    const sound = voice(1, 3_000);
    const sounds = new Map([
      [ana, sound],
      [ben, further(sound, 70, 0.4, 5)],
    ]);
    await talk(off, sounds, 3_000);
    expect(speaking(off)).toEqual(['Ana', 'Ben']);
  });

  it('ECHO3 hears somebody again a while after the other one has stopped', async () => {
    const stage = await Stage.open();
    const [ana, ben] = [await stage.join('Ana'), await stage.join('Ben')];
    const both = voice(1, 3_000);
    const silence = new Float64Array(16 * 4_000);
    const own = voice(2, 4_000);
    const whole = (...parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]));
    const sounds = new Map([
      [ana, whole(both, silence)],
      [ben, whole(further(both, 70, 0.4, 5), own)],
    ]);
    await talk(stage, sounds, 7_000);
    expect(speaking(stage)).toEqual(['Ben']);
  });
});
