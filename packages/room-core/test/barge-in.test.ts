import type { BargeIn } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { sine } from '../src/testing/signals.ts';
import { seededRandom } from './support/simulated-speaker.ts';
import { audioFrame, type Guest, Stage } from './support/stage.ts';

async function open(bargeIn: BargeIn) {
  const stage = await Stage.open({ manager: { defaultConfiguration: { bargeIn } } });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  let index = 0;
  const talk = async (ms: number, who: Guest | null) => {
    for (let at = 0; at < ms; at += 20) {
      for (const guest of [ana, ben]) {
        const samples = guest === who ? sine({ frequency: 400, samples: 320 }) : new Int16Array(320);
        guest.connection.receiveMedia(audioFrame(index, samples));
      }
      index += 1;
      await stage.clock.run(20);
    }
  };
  return {
    stage,
    ana,
    ben,
    talk,
    answer: () => stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }),
    get cuts() {
      return ana.port.of('interrupted').length;
    },
  };
}

describe('interrupting the model', () => {
  it('BARGE1 takes half a second of speech; a cough is not enough, nor are several', async () => {
    const room = await open({ who: 'anyone', afterMs: 500 });
    room.answer();
    for (let n = 0; n < 5; n += 1) {
      await room.talk(240, room.ben);
      await room.talk(400, null);
    }
    expect(room.cuts).toBe(0);
    await room.talk(700, room.ben);
    expect(room.cuts).toBe(1);
    expect((await room.stage.entries()).at(-1)).toMatchObject({
      kind: 'ai.interrupted',
      body: { text: 'Trees are tall.', reason: 'barge-in' },
    });
  });

  it('BARGE2 is for those whom the room allows it', async () => {
    const hosts = await open({ who: 'hosts', afterMs: 200 });
    hosts.answer();
    await hosts.talk(1_000, hosts.ben);
    expect(hosts.cuts).toBe(0);
    await hosts.talk(400, hosts.ana);
    expect(hosts.cuts).toBe(1);
    const nobody = await open({ who: 'nobody', afterMs: 0 });
    nobody.answer();
    await nobody.talk(1_000, nobody.ana);
    expect(nobody.cuts).toBe(0);
  });

  it('BARGE3 is not what somebody does who is still finishing the question', async () => {
    const room = await open({ who: 'anyone', afterMs: 500 });
    await room.talk(1_000, room.ben);
    room.answer();
    await room.talk(200, room.ben);
    expect(room.cuts).toBe(0);
  });

  it('scenario 49: BARGE4 does not happen by the model itself: what an open microphone of nobody picks up softly is no speech', async () => {
    const room = await open({ who: 'anyone', afterMs: 500 });
    room.answer();
    for (let n = 0; n < 100; n += 1) {
      // 53 dB below full scale: what echo cancellation leaves.
      room.ana.connection.receiveMedia(audioFrame(n, sine({ frequency: 300, samples: 320, amplitude: 100 })));
      await room.stage.clock.run(20);
    }
    expect(room.cuts).toBe(0);
    expect(room.stage.rooms.sessions()[0]?.people.some(({ speaking }) => speaking)).toBe(false);
  });

  it.each([
    { behindMs: 80, floor: 'mix' },
    { behindMs: 450, floor: 'mix' },
    { behindMs: 80, floor: 'pick' },
  ] as const)(
    'scenario 49: BARGE4 nor where echo cancellation is off ($floor, $behindMs ms behind)',
    async (options) => {
      const stage = await Stage.open({ manager: { defaultConfiguration: { floor: options.floor } } });
      const [ana, ben] = [await stage.join('Ana'), await stage.join('Ben')];
      const said = voice(3, 6_000);
      stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }, says(said));
      // The loudspeaker is 30 dB below full scale in Ana's microphone; Ben's is quiet.
      const echo = heardFrom(said, options.behindMs, 1_036);
      await listen(
        stage,
        new Map([
          [ana, echo],
          [ben, heardFrom(said, 0, 0)],
        ]),
        6_000,
      );
      expect(ana.port.of('interrupted')).toEqual([]);
      expect(everSpoke(ana)).toEqual([]);
      expect(loudness(stage.model.session.audio)).toBeLessThan(100);
    },
  );

  it.each(['mix', 'pick'] as const)(
    'BARGE1 BARGE4 is as soon as where nobody is suspected, and heard from the first sound (%s)',
    async (floor) => {
      const own = silenceThen(500, heardFrom(voice(8, 1_600), 0, 3_000));
      const found = [];
      for (const leaveOutEchoes of [true, false]) {
        const stage = await Stage.open({ manager: { leaveOutEchoes, defaultConfiguration: { floor } } });
        const ana = await stage.join('Ana');
        stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }, says(voice(3, 6_000)));
        const cutAt = await cutAfter(stage, ana, own);
        found.push({ cutAt, loud: loudFrames(stage.model.session.frames) });
      }
      const [suspected, trusted] = found;
      expect(suspected?.cutAt).toBe(trusted?.cutAt);
      expect(trusted?.cutAt).toBeLessThanOrEqual(500 + 640);
      // All of it; the two frames by which it is noticed were not held back, and come with the rest once more.
      expect(suspected?.loud).toBeGreaterThanOrEqual(trusted?.loud ?? 80);
      expect(suspected?.loud).toBeLessThanOrEqual((trusted?.loud ?? 0) + 2);
    },
  );

  it.each([
    { floor: 'mix', echoAmplitude: 300 },
    { floor: 'pick', echoAmplitude: 300 },
    // 8 dB below the person.
    { floor: 'mix', echoAmplitude: 1_200 },
  ] as const)(
    'BARGE4 is for whoever speaks beside the model in the same microphone too, within 1.5 s ($floor, echo of $echoAmplitude)',
    async ({ floor, echoAmplitude }) => {
      for (const seed of [8, 9, 10, 11]) {
        const stage = await Stage.open({ manager: { defaultConfiguration: { floor } } });
        const ana = await stage.join('Ana');
        const said = voice(3, 6_000);
        stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }, says(said));
        const own = silenceThen(1_500, heardFrom(voice(seed, 4_000), 0, 3_000));
        const sound = heardFrom(said, 80, echoAmplitude).map((sample, index) => sample + (own[index] ?? 0));
        const cutAt = await cutAfter(stage, ana, sound);
        expect(cutAt).toBeGreaterThan(1_500);
        expect(cutAt).toBeLessThanOrEqual(1_500 + 1_500);
        expect(everSpoke(ana)).toContain('ana');
      }
    },
  );

  it('BARGE4 ECHO2 does not take two for one who both hear the model: either may interrupt at once', async () => {
    const stage = await Stage.open();
    const [ana, ben] = [await stage.join('Ana'), await stage.join('Ben')];
    const said = voice(3, 6_000);
    stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }, says(said));
    const own = silenceThen(2_000, heardFrom(voice(10, 2_000), 0, 3_000));
    const echo = heardFrom(said, 80, 600).subarray(0, 64_000);
    const sounds = new Map([
      [ana, echo],
      [
        ben,
        heardFrom(said, 120, 300)
          .subarray(0, 64_000)
          .map((sample, index) => sample + (own[index] ?? 0)),
      ],
    ]);
    await listen(stage, sounds, 2_000);
    expect(everSpoke(ana)).toEqual([]);
    await listen(stage, new Map([...sounds].map(([guest, sound]) => [guest, sound.subarray(32_000)])), 1_200);
    expect(everSpoke(ana)).toEqual(['ben']);
    expect(ana.port.of('interrupted')).toHaveLength(1);
  });

  it('BARGE4 POL8 loses no word of somebody who gives the floor back before it was judged', async () => {
    const found = [];
    for (const leaveOutEchoes of [true, false]) {
      const stage = await Stage.open({ manager: { leaveOutEchoes, defaultConfiguration: { floor: 'floor' } } });
      const ana = await stage.join('Ana');
      ana.connection.receive({ type: 'floor', action: 'request' });
      stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }, says(voice(3, 6_000)));
      const word = silenceThen(500, heardFrom(voice(8, 220), 0, 3_000));
      await listen(stage, new Map([[ana, word]]), 720);
      ana.connection.receive({ type: 'floor', action: 'release' });
      await listen(stage, new Map([[ana, new Float64Array(24_000)]]), 1_500);
      found.push(loudFrames(stage.model.session.frames));
    }
    expect(found[1]).toBeGreaterThanOrEqual(10);
    expect(found[0]).toBe(found[1]);
  });

  it('BARGE4 ends the turn of whoever spoke when it goes on as nothing but the model', async () => {
    const bargeIn = { who: 'nobody', afterMs: 0 } as const;
    const stage = await Stage.open({ manager: { defaultConfiguration: { floor: 'pick', bargeIn } } });
    const ana = await stage.join('Ana');
    const said = voice(3, 6_000);
    await listen(stage, new Map([[ana, heardFrom(voice(8, 1_000), 0, 3_000)]]), 1_000);
    stage.model.session.emit({ type: 'outputTranscript', text: 'Trees are tall.' }, says(said));
    await listen(stage, new Map([[ana, heardFrom(said, 80, 1_036)]]), 2_000);
    expect(stage.model.session.calls.map(({ call }) => call)).toEqual(['activityStart', 'activityEnd']);
    await listen(stage, new Map([[ana, heardFrom(said, 80, 1_036).subarray(32_000)]]), 3_000);
    expect(stage.model.session.calls).toHaveLength(2);
  });
});

/** At 48 kHz, of which every microphone and loudspeaker takes its part: a pitch that wanders, syllables. */
function voice(seed: number, ms: number): Float64Array {
  const random = seededRandom(seed);
  let [phase, pitch] = [0, 110 + random() * 100];
  return Float64Array.from({ length: ms * 48 }, (_, index) => {
    if (index % 2_400 === 0) pitch = Math.min(260, Math.max(90, pitch + (random() - 0.5) * 40));
    phase += (2 * Math.PI * pitch) / 48_000;
    const syllables = 0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / 48_000 + seed);
    return syllables * (Math.sin(phase) + 0.5 * Math.sin(2 * phase + seed));
  });
}

const says = (sound: Float64Array) =>
  ({
    type: 'audio',
    samples: Int16Array.from({ length: sound.length / 2 }, (_, index) => 10_000 * (sound[index * 2] as number)),
  }) as const;

/** A voice in a microphone at 16 kHz, so many milliseconds late and so loud, in soft noise. */
function heardFrom(sound: Float64Array, behindMs: number, rms: number): Float64Array {
  const random = seededRandom(11);
  const gain = rms / Math.sqrt(sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length);
  return Float64Array.from({ length: sound.length / 3 }, (_, index) => {
    return gain * (sound[(index - behindMs * 16) * 3] ?? 0) + (random() - 0.5) * 40;
  });
}

/** A sound in a microphone at 16 kHz, so much later. */
function silenceThen(ms: number, sound: Float64Array): Float64Array {
  const whole = new Float64Array(ms * 16 + sound.length);
  whole.set(sound, ms * 16);
  return whole;
}

const heardFrames = new WeakMap<Stage, number>();

async function listen(stage: Stage, sounds: ReadonlyMap<Guest, Float64Array>, ms: number): Promise<void> {
  let index = heardFrames.get(stage) ?? 0;
  for (let at = 0; at < ms; at += 20, index += 1) {
    for (const [guest, sound] of sounds) {
      guest.connection.receiveMedia(audioFrame(index, Int16Array.from(sound.subarray(at * 16, (at + 20) * 16))));
    }
    await stage.clock.run(20);
  }
  heardFrames.set(stage, index);
}

/** Plays all of a sound into a microphone. @returns after how many milliseconds of it the model was cut. */
async function cutAfter(stage: Stage, guest: Guest, sound: Float64Array): Promise<number> {
  let cutAt = Number.POSITIVE_INFINITY;
  for (let at = 0; at < sound.length / 16; at += 20) {
    await listen(stage, new Map([[guest, sound.subarray(at * 16)]]), 20);
    if (guest.port.of('interrupted').length > 0) cutAt = Math.min(cutAt, at + 20);
  }
  await listen(stage, new Map([[guest, new Float64Array(16_000)]]), 1_000);
  expect(guest.port.of('interrupted').length).toBeLessThanOrEqual(1);
  return cutAt;
}

const loudFrames = (frames: readonly { readonly samples: Int16Array }[]) =>
  frames.filter(({ samples }) => loudness(samples) > 500).length;

/** Who was ever told to speak, but for the model. */
function everSpoke(guest: Guest): readonly string[] {
  const all = guest.port.of('presence').flatMap(({ changed }) => changed);
  return all.flatMap(({ participantId, speaking }) => (speaking && participantId !== 'model' ? participantId : []));
}

function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
}
