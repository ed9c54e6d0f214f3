import type { FloorPolicy } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { MixEvent } from '../ports/room-mixer.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { toPcmBytes } from '../testing/signals.ts';
import { localMixers } from './local-mixer.ts';

/** Loudness at which no gain changes it, so that frames come out as they went in. */
const LOUD = 3_000;

/** Microphones whose every frame is told apart by its value. */
class Bench {
  readonly clock: FakeClock = new FakeClock();
  readonly events: MixEvent[] = [];
  /** First sample of every frame. */
  readonly played: number[] = [];
  readonly #index = new Map<string, number>();
  readonly mixer = localMixers(this.clock, (error) => {
    throw error;
  }).open({
    maxMicrophones: 8,
    leaveOutEchoes: false,
    onEvent: (event) => {
      this.events.push(event);
      if (event.type === 'frame') this.played.push(event.samples[0] ?? 0);
    },
  });

  /** Everybody's microphone is on; those named speak, each at an own value. */
  talk(frames: number, speakers: Readonly<Record<string, number>>, everybody = ['ana', 'ben']): void {
    for (let n = 0; n < frames; n += 1) {
      for (const name of everybody) {
        const index = this.#index.get(name) ?? 0;
        this.#index.set(name, index + 1);
        const value = name in speakers ? (speakers[name] ?? 0) + index : 0;
        const pcm = toPcmBytes(new Int16Array(320).fill(value));
        this.mixer.receive({ connectionId: name, participantId: name, mediaTime: index * 320, pcm, voice: false });
      }
      this.clock.advance(20);
    }
  }

  get turns(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'turnStart' || event.type === 'turnEnd' ? `${event.type} ${event.participantId}` : [],
    );
  }
}

describe('the mixer of a room', () => {
  it('POL5 loses and doubles nothing of a voice when the policy is switched while it speaks', () => {
    const bench = new Bench();
    const policies: readonly FloorPolicy[] = ['mix', 'pick', 'mix', 'floor', 'pick', 'mix'];
    for (const policy of policies) {
      bench.mixer.setPolicy(policy, policy === 'floor' ? 'ana' : null);
      bench.talk(60, { ana: LOUD });
    }
    bench.talk(60, {});
    const voiced = bench.played.filter((value) => value > 0);
    // The gate opens within the first frame.
    expect(voiced.slice(1)).toEqual(Array.from({ length: 359 }, (_, n) => LOUD + 1 + n));
    expect(bench.turns).toEqual(['turnStart ana', 'turnEnd ana', 'turnStart ana', 'turnEnd ana']);
  });

  it('POL6 keeps the turn through a pause of a breath, and goes to the next one after it, with a gap', () => {
    const bench = new Bench();
    bench.mixer.setPolicy('pick', null);
    bench.talk(50, { ana: LOUD });
    bench.talk(10, {});
    bench.talk(50, { ana: LOUD });
    bench.talk(50, { ben: LOUD + 1_000 });
    bench.talk(100, {});
    expect(bench.turns).toEqual(['turnStart ana', 'turnEnd ana', 'turnStart ben', 'turnEnd ben']);
    const start = bench.played.findIndex((value) => value > LOUD + 999);
    expect(bench.played.slice(start - 5, start)).toEqual([0, 0, 0, 0, 0]);
    // All of Ben, though he began while Ana's last words were still to be played.
    expect(bench.played.filter((value) => value > LOUD + 999)).toHaveLength(50);
  });

  it('POL7 gives the turn to somebody who is clearly louder for a second, not to a noise', () => {
    const bench = new Bench();
    bench.mixer.setPolicy('pick', null);
    bench.talk(50, { ana: LOUD });
    bench.talk(30, { ana: LOUD, ben: 9_000 });
    bench.talk(30, { ana: LOUD });
    expect(bench.turns).toEqual(['turnStart ana']);
    bench.talk(80, { ana: LOUD, ben: 9_000 });
    expect(bench.turns).toEqual(['turnStart ana', 'turnEnd ana', 'turnStart ben']);
  });

  it('POL8 hears nobody but the holder of the floor, from 400 ms before they got it to the moment they lost it', () => {
    const bench = new Bench();
    bench.mixer.setPolicy('floor', null);
    bench.talk(50, { ana: LOUD, ben: 9_000 });
    expect(bench.played.every((value) => value === 0)).toBe(true);
    bench.mixer.setPolicy('floor', 'ana');
    bench.talk(50, { ana: LOUD, ben: 9_000 });
    bench.mixer.setPolicy('floor', null);
    bench.talk(60, { ana: LOUD, ben: 9_000 });
    const voiced = bench.played.filter((value) => value > 0);
    // 60 ms wait in the jitter buffer when the floor is given and when it is taken.
    expect(voiced).toEqual(Array.from({ length: voiced.length }, (_, n) => (voiced[0] ?? 0) + n));
    expect(Math.abs(voiced.length - (50 + 20 + 3))).toBeLessThanOrEqual(1);
    expect(Math.abs((voiced.at(-1) ?? 0) - (LOUD + 99))).toBeLessThanOrEqual(1);
  });

  it('POL8 hears somebody who had the floor for a moment only, while the one before was still played', () => {
    const bench = new Bench();
    bench.mixer.setPolicy('floor', 'ana');
    bench.talk(50, { ana: LOUD });
    bench.mixer.setPolicy('floor', 'ben');
    bench.talk(16, { ana: LOUD, ben: LOUD + 1_000 });
    bench.mixer.setPolicy('floor', null);
    bench.talk(80, { ana: LOUD, ben: LOUD + 1_000 });
    expect(bench.turns).toEqual(['turnStart ana', 'turnEnd ana', 'turnStart ben', 'turnEnd ben']);
    const ben = bench.played.filter((value) => value >= LOUD + 1_000);
    // What he said until he lost it; 60 ms wait in the jitter buffer.
    expect(ben).toEqual(Array.from({ length: ben.length }, (_, n) => (ben[0] ?? 0) + n));
    expect(Math.abs((ben[0] ?? 0) - (LOUD + 1_050))).toBeLessThanOrEqual(1);
    expect(Math.abs((ben.at(-1) ?? 0) - (LOUD + 1_065))).toBeLessThanOrEqual(1);
    const ana = bench.played.filter((value) => value >= LOUD && value < LOUD + 1_000);
    expect(Math.abs((ana.at(-1) ?? 0) - (LOUD + 49))).toBeLessThanOrEqual(1);
  });

  it('POL4 is never more than 900 ms behind, however late somebody is heard', () => {
    const bench = new Bench();
    bench.mixer.setPolicy('floor', 'ana');
    bench.talk(50, { ana: LOUD });
    bench.mixer.setPolicy('floor', 'ben');
    bench.talk(200, { ben: LOUD + 1_000 });
    const first = bench.played.findIndex((value) => value >= LOUD + 1_000);
    expect(bench.played[first]).toBe(LOUD + 1_050);
    // Its frame was sent in the same step, or at most 45 before.
    for (const [step, value] of bench.played.entries())
      if (value >= LOUD + 1_000) expect(step - (value - LOUD - 1_000)).toBeLessThanOrEqual(45 + 4);
  });
});
