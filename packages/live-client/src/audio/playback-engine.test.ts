import { describe, expect, it } from 'vitest';
import { decibels, fitSine, power, sine16 } from '../../test/tones.ts';
import { PlaybackEngine, type PlaybackEngineOptions } from './playback-engine.ts';
import { Resampler } from './resampler.ts';

const QUANTUM = 128;

/** An engine with a clock that moves only by rendering. */
class Player {
  readonly engine: PlaybackEngine;
  readonly output: number[] = [];
  readonly #contextRate: number;
  #until = 0;

  constructor(options: Partial<PlaybackEngineOptions> = {}) {
    const whole = { sourceRate: 24_000, contextRate: 48_000, live: false, ...options };
    this.#contextRate = whole.contextRate;
    this.engine = new PlaybackEngine(whole);
  }

  get nowMs(): number {
    return (this.output.length / this.#contextRate) * 1_000;
  }

  get statistics() {
    return this.engine.statistics();
  }

  push(samples: Int16Array, turn = 0): void {
    this.engine.push(samples, turn, this.nowMs);
  }

  /** Renders for so long, in whole quanta that do not add up to more; answers what was rendered. */
  play(milliseconds: number): Float32Array {
    const from = this.output.length;
    this.#until += (milliseconds * this.#contextRate) / 1_000;
    const quantum = new Float32Array(QUANTUM);
    while (this.output.length < this.#until) {
      this.engine.render(quantum);
      for (const sample of quantum) this.output.push(sample);
    }
    return Float32Array.from(this.output.slice(from));
  }
}

const steepest = (samples: ArrayLike<number>) => {
  let most = 0;
  for (let n = 1; n < samples.length; n++) most = Math.max(most, Math.abs((samples[n] ?? 0) - (samples[n - 1] ?? 0)));
  return most;
};
/** Frequencies of 50 Hz and multiples of it go on without a step from one chunk of 20 ms to the next. */
const tone = (milliseconds: number, sampleRate = 24_000, frequency = 440) =>
  sine16(frequency, sampleRate, (milliseconds * sampleRate) / 1_000);
/** Most that neighbours of a 440 Hz tone of amplitude 0.8 differ by at 48 kHz. */
const TONE_STEP = (0.8 * 2 * Math.PI * 440) / 48_000;
const isSilent = (samples: Float32Array) => samples.every((sample) => sample === 0);

/** Numbers from 0 to 1, the same in every run. */
function* seeded(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('PlaybackEngine', () => {
  it.each([
    [24_000, 48_000],
    [24_000, 44_100],
    [16_000, 48_000],
    [24_000, 24_000],
    [24_000, 16_000],
  ])('plays every sample of %i Hz at %i Hz, as one piece, whatever the chunks', (sourceRate, contextRate) => {
    const player = new Player({ sourceRate, contextRate });
    const samples = tone(1_000, sourceRate);
    const cuts = seeded(7);
    for (let at = 0; at < samples.length; ) {
      const length = 1 + Math.floor(cuts.next().value * 900);
      player.push(samples.subarray(at, at + length), 1);
      at += length;
    }
    player.engine.end();
    const output = player.play(1_100);
    const resampler = new Resampler({ inputRate: sourceRate, outputRate: contextRate });
    const expected = new Float32Array(resampler.maxOutput(samples.length));
    const count = resampler.process(
      Float32Array.from(samples, (sample) => sample / 32_768),
      expected,
    );
    expect(output.subarray(0, count)).toEqual(expected.subarray(0, count));
    expect(player.statistics).toMatchObject({
      receivedSamples: samples.length,
      playedSamples: samples.length,
      droppedSamples: 0,
      underruns: 0,
      concealedMs: 0,
      queuedMs: 0,
      playedThroughTurn: 1,
    });
    expect(player.statistics.playedRms).toBeCloseTo(0.8 / Math.SQRT2, 1);
    expect(player.statistics.playedPeak).toBeCloseTo(0.8, 1);
    expect(isSilent(output.subarray(-100))).toBe(true);
  });

  it('holds audio back until it is deep enough', () => {
    const player = new Player();
    player.push(tone(40));
    expect(isSilent(player.play(20))).toBe(true);
    player.push(tone(80));
    expect(isSilent(player.play(20))).toBe(false);
  });

  it('plays what is there as soon as the burst is complete', () => {
    const player = new Player();
    player.push(tone(40));
    player.engine.end();
    expect(isSilent(player.play(10))).toBe(false);
  });

  it('does not hold back a short burst for ever when its end is not announced', () => {
    const player = new Player();
    player.push(tone(40));
    player.play(300);
    expect(player.statistics).toMatchObject({ playedSamples: 960, queuedMs: 0, underruns: 0 });
  });

  it.each([
    [false, 1],
    [false, 2],
    [true, 3],
    [true, 4],
  ])(
    'plays a minute with an arrival spread of 80 ms without a gap after the first second (live %s, seed %i)',
    (live, seed) => {
      const sourceRate = live ? 16_000 : 24_000;
      const player = new Player({ live, sourceRate });
      const random = seeded(seed);
      const samples = tone(20, sourceRate, 500);
      const arrivals = Array.from({ length: 3_000 }, (_, n) => n * 20 + random.next().value * 80);
      // A connection keeps order: a late chunk holds up those behind it.
      for (let n = 1; n < arrivals.length; n++) arrivals[n] = Math.max(arrivals[n] ?? 0, arrivals[n - 1] ?? 0);
      let early = 0;
      for (let next = 0; next < arrivals.length; ) {
        if (player.nowMs < 1_000) early = player.statistics.underruns;
        for (; (arrivals[next] ?? Number.POSITIVE_INFINITY) <= player.nowMs; next++) player.push(samples, 1);
        player.play(2);
      }
      expect(player.statistics.underruns - early).toBe(0);
      expect(player.statistics.queuedMs).toBeLessThan(400);
      expect(player.statistics.playedSamples).toBeGreaterThan(59.5 * sourceRate);
    },
  );

  it('holds less once the audio has come evenly for long', () => {
    const player = new Player();
    for (let n = 0; n < 3_000; n++) {
      player.push(tone(20));
      player.play(20);
    }
    expect(player.statistics.targetDepthMs).toBe(60);
  });

  it('fades out within 15 ms when interrupted, without a click', () => {
    const player = new Player();
    player.push(tone(1_000), 1);
    player.play(200);
    player.engine.interrupt(1);
    const output = player.play(100);
    expect(power(output.subarray(0, 240))).toBeGreaterThan(0.02);
    expect(isSilent(output.subarray(0.015 * 48_000))).toBe(true);
    expect(steepest(player.output)).toBeLessThan(1.2 * TONE_STEP);
  });

  it('counts what an interruption forgets, and drops what still comes of that turn', () => {
    const player = new Player();
    player.push(tone(1_000), 3);
    player.play(200);
    player.engine.interrupt(3);
    player.push(tone(100), 2);
    player.push(tone(100), 3);
    expect(isSilent(player.play(400).subarray(1_000))).toBe(true);
    const { receivedSamples, playedSamples, droppedSamples, playedThroughTurn } = player.statistics;
    expect(receivedSamples).toBe(1_200 * 24);
    expect(playedSamples + droppedSamples).toBe(receivedSamples);
    expect(playedSamples).toBeGreaterThan(200 * 24);
    expect(playedSamples).toBeLessThan(220 * 24);
    expect(playedThroughTurn).toBe(0);
    player.push(tone(200), 4);
    expect(isSilent(player.play(100))).toBe(false);
    expect(player.statistics.playedThroughTurn).toBe(0);
  });

  it('lets nothing of what was interrupted be heard in what follows', () => {
    const player = new Player();
    player.push(tone(500), 1);
    player.play(200);
    player.engine.interrupt(1);
    player.play(100);
    player.push(new Int16Array(12_000), 2);
    expect(isSilent(player.play(400))).toBe(true);
    expect(player.statistics.playedSamples).toBeGreaterThan(14_000);
  });

  it('keeps the audio of a newer turn when an older one is interrupted late', () => {
    const player = new Player();
    player.push(tone(300), 1);
    player.push(tone(300), 2);
    player.play(100);
    player.engine.interrupt(1);
    player.engine.end();
    player.play(500);
    const { playedSamples, droppedSamples, playedThroughTurn } = player.statistics;
    expect(playedSamples).toBeGreaterThan(400 * 24);
    expect(droppedSamples).toBeGreaterThan(180 * 24);
    expect(playedSamples + droppedSamples).toBe(600 * 24);
    expect(playedThroughTurn).toBe(2);
    player.engine.interrupt(1);
    player.push(tone(200), 3);
    player.engine.interrupt(2);
    player.engine.end();
    player.play(300);
    expect(player.statistics.playedThroughTurn).toBe(3);
  });

  it('forgets everything when interrupted without a turn, and drops the rest of the newest', () => {
    const player = new Player();
    player.push(tone(500), 5);
    player.play(100);
    player.engine.interrupt(null);
    player.push(tone(500), 5);
    expect(isSilent(player.play(300).subarray(1_000))).toBe(true);
    const unnumbered = new Player();
    unnumbered.push(tone(500));
    unnumbered.engine.interrupt(null);
    expect(isSilent(unnumbered.play(300))).toBe(true);
    unnumbered.push(tone(500));
    expect(isSilent(unnumbered.play(100))).toBe(false);
  });

  it('hides missing audio without a click and counts how often and how long it was missing', () => {
    const player = new Player();
    const samples = tone(400);
    player.push(samples.subarray(0, 200 * 24), 1);
    player.play(350);
    expect(player.statistics).toMatchObject({ underruns: 0 });
    player.push(samples.subarray(200 * 24), 1);
    player.engine.end();
    player.play(150);
    const { underruns, concealedMs, playedSamples } = player.statistics;
    expect(underruns).toBe(1);
    expect(concealedMs).toBeGreaterThan(140);
    expect(concealedMs).toBeLessThan(160);
    expect(playedSamples).toBeLessThanOrEqual(400 * 24);
    expect(steepest(player.output)).toBeLessThan(1.2 * TONE_STEP);
  });

  it('is not an underrun when the burst was over or another turn follows', () => {
    const player = new Player();
    player.push(tone(200), 1);
    player.play(400);
    player.engine.end();
    player.push(tone(200), 1);
    player.play(400);
    player.push(tone(200), 2);
    player.play(400);
    expect(player.statistics).toMatchObject({ underruns: 0, concealedMs: 0, playedThroughTurn: 1 });
    expect(player.statistics.playedSamples).toBe(600 * 24);
  });

  it('takes the pause between two bursts neither for lateness nor for an underrun', () => {
    const player = new Player();
    player.push(tone(200), 1);
    player.engine.end();
    player.play(5_000);
    player.push(tone(200), 1);
    expect(player.statistics).toMatchObject({ underruns: 0, playedThroughTurn: 1 });
    expect(player.statistics.targetDepthMs).toBeLessThanOrEqual(100);
  });

  it('holds back a burst that comes while the last samples of the one before are leaving', () => {
    const player = new Player();
    player.push(tone(200).subarray(0, 75 * 64), 1);
    player.engine.end();
    player.play(200);
    player.play(2);
    expect(player.statistics).toMatchObject({ queuedMs: 0, playedThroughTurn: 0 });
    player.push(tone(40), 2);
    expect(player.statistics.playedThroughTurn).toBe(1);
    player.play(20);
    expect(player.statistics.queuedMs).toBe(40);
    player.push(tone(100), 2);
    player.engine.end();
    player.play(300);
    expect(player.statistics).toMatchObject({ underruns: 0, playedThroughTurn: 2 });
  });

  it('grows deeper after an underrun', () => {
    const player = new Player();
    player.push(tone(200), 1);
    const before = player.statistics.targetDepthMs;
    player.play(450);
    player.push(tone(20), 1);
    expect(player.statistics.targetDepthMs).toBeGreaterThan(before + 100);
  });

  it('skips what a live source piled up in a stall, and never skips what the model says', () => {
    for (const live of [true, false]) {
      const player = new Player({ live, sourceRate: 16_000 });
      const feed = (frames: number) => {
        for (let n = 0; n < frames; n++) {
          player.push(tone(20, 16_000, 500));
          player.play(20);
        }
      };
      feed(100);
      const before = player.statistics.queuedMs;
      for (let n = 0; n < 40; n++) player.push(tone(20, 16_000, 500));
      feed(300);
      const { queuedMs, droppedSamples, targetDepthMs } = player.statistics;
      if (live) expect(queuedMs).toBeLessThan(targetDepthMs + 60);
      else expect(queuedMs).toBeGreaterThan(before + 700);
      expect(droppedSamples > 0).toBe(live);
      // A tone blended into itself at another phase.
      expect(steepest(player.output)).toBeLessThan(3 * TONE_STEP);
    }
  });

  it('keeps the newest of a live source and the oldest of the model when too much waits', () => {
    const live = new Player({ live: true, sourceRate: 16_000 });
    for (let n = 0; n < 500; n++) live.push(Int16Array.from({ length: 320 }, () => n));
    expect(live.statistics.queuedMs).toBeLessThanOrEqual(1_000);
    live.engine.end();
    const heard = live.play(1_100);
    expect(Math.max(...heard)).toBeGreaterThan(490 / 32_768);
    expect(live.statistics.playedSamples + live.statistics.droppedSamples).toBe(500 * 320);

    const model = new Player({ maxQueuedMs: 500 });
    model.push(tone(800), 1);
    expect(model.statistics).toMatchObject({ queuedMs: 500, droppedSamples: 300 * 24 });
  });

  it('skips what would have been heard while nothing could be played', () => {
    const player = new Player();
    player.push(tone(1_000), 1);
    player.engine.skip(600);
    expect(player.statistics).toMatchObject({ queuedMs: 400, droppedSamples: 600 * 24 });
    player.play(50);
    expect(steepest(player.output)).toBeLessThan(1.5 * TONE_STEP);
  });

  it('tells the level of what was heard since it was last asked', () => {
    const player = new Player();
    expect(player.engine.takeLevel()).toBe(0);
    player.push(tone(500));
    player.play(40);
    expect(player.engine.takeLevel()).toBeCloseTo(0.8 / Math.SQRT2, 1);
    player.engine.interrupt(null);
    player.play(100);
    player.engine.takeLevel();
    player.play(40);
    expect(player.engine.takeLevel()).toBe(0);
  });

  it('keeps a tone clean at an odd device rate for as long as it lasts', () => {
    const player = new Player({ contextRate: 44_100 });
    player.push(tone(200), 1);
    for (let n = 0; n < 20; n++) {
      player.push(tone(1_000), 1);
      player.play(1_000);
    }
    const heard = Float32Array.from(player.output.slice(44_100, 19 * 44_100));
    const { signal, rest } = fitSine(heard, 440, 44_100);
    expect(decibels(signal, rest)).toBeGreaterThan(75);
    expect(player.statistics.underruns).toBe(0);
  });
});
