import { describe, expect, it } from 'vitest';
import { sine, toPcmBytes } from '../testing/signals.ts';
import { JitterBuffer } from './jitter-buffer.ts';

/** A ramp that tells which sample of the source one sees: sample i is i % 30000 + 1, never 0. */
const ramp = (from: number, count: number) =>
  Int16Array.from({ length: count }, (_, index) => ((from + index) % 30_000) + 1);
const push = (buffer: JitterBuffer, at: number, count = 320) => buffer.push(at, toPcmBytes(ramp(at, count)));

/** Pulls `frames` frames; `before(k)` runs ahead of each. */
function pull(buffer: JitterBuffer, frames: number, before: (frame: number) => void = () => {}): number[] {
  const out = new Int16Array(320);
  const heard: number[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    before(frame);
    buffer.pull(out);
    heard.push(...out);
  }
  return heard;
}
const voiced = (samples: readonly number[]) => samples.filter((sample) => sample !== 0);

describe('jitter buffer', () => {
  it('AUD1 waits 60 ms and then gives every sample back in order, exactly once', () => {
    const buffer = new JitterBuffer();
    const heard = pull(buffer, 53, (frame) => frame < 50 && push(buffer, frame * 320));
    expect(heard.slice(0, 960)).toEqual(Array(960).fill(0));
    expect(heard.slice(960)).toEqual([...ramp(0, 50 * 320)]);
    expect(buffer.statistics).toEqual({ underruns: 0, dropped: 0, late: 0 });
  });

  it('AUD1 takes chunks of any length up to 100 ms', () => {
    const buffer = new JitterBuffer();
    const sizes = [1600, 7, 400, 1600, 1, 999];
    let at = 0;
    for (const size of sizes) {
      push(buffer, at, size);
      at += size;
    }
    expect(voiced(pull(buffer, 30)).slice(0, at)).toEqual([...ramp(0, at)]);
    push(buffer, at, 1601);
    expect(buffer.statistics.dropped).toBe(1601);
  });

  it('AUD1 hides jitter below its delay', () => {
    const buffer = new JitterBuffer();
    // Frames come in pairs every 40 ms.
    const heard = pull(buffer, 103, (frame) => {
      if (frame % 2 !== 0 || frame >= 100) return;
      push(buffer, frame * 320);
      push(buffer, (frame + 1) * 320);
    });
    expect(voiced(heard)).toEqual([...ramp(0, 100 * 320)]);
    expect(buffer.statistics.underruns).toBe(0);
  });

  it('AUD2 follows media time across the wrap of 32 bits', () => {
    const buffer = new JitterBuffer();
    const start = 0xffff_ffff - 500;
    for (let frame = 0; frame < 10; frame += 1) {
      buffer.push((start + frame * 320) >>> 0, toPcmBytes(ramp(frame * 320, 320)));
    }
    expect(voiced(pull(buffer, 13))).toEqual([...ramp(0, 3200)]);
  });

  it('AUD2 puts a late frame in its place and drops one that was played already', () => {
    const buffer = new JitterBuffer();
    for (const frame of [0, 2, 1, 3]) push(buffer, frame * 320);
    push(buffer, 320);
    const heard = pull(buffer, 5);
    expect(heard.slice(960)).toEqual([...ramp(0, 640)]);
    push(buffer, 0);
    expect(buffer.statistics.late).toBe(320);
    expect(voiced(pull(buffer, 2))).toEqual([...ramp(640, 640)]);
  });

  it('AUD3 plays silence for a lost frame and keeps the rest in time', () => {
    const buffer = new JitterBuffer();
    const heard = pull(buffer, 13, (frame) => frame < 10 && frame !== 4 && push(buffer, frame * 320));
    const expected = [...ramp(0, 3200)].map((sample, index) => (index >= 1280 && index < 1600 ? 0 : sample));
    expect(heard.slice(960)).toEqual(expected);
  });

  it('AUD3 loses nothing when the network stops for 100 ms: the delay grows by what was missing', () => {
    const buffer = new JitterBuffer();
    // Frames 20 to 24 arrive together with frame 25.
    const heard = pull(buffer, 70, (frame) => {
      if (frame < 20 || (frame > 25 && frame < 50)) push(buffer, frame * 320);
      if (frame === 25) for (let late = 20; late <= 25; late += 1) push(buffer, late * 320);
      if (frame === 50) buffer.endBurst();
    });
    expect(buffer.statistics).toMatchObject({ underruns: 1, dropped: 0, late: 0 });
    const exact = voiced(heard).filter((sample) => sample <= 16_000);
    expect(new Set([...ramp(0, 50 * 320)]).size - new Set(exact).size).toBe(0);
  });

  it('AUD3 does not wait for lost frames twice: the delay stays when audio runs out over a loss', () => {
    const buffer = new JitterBuffer({ startMs: 0 });
    const heard = pull(buffer, 13, (frame) => frame < 12 && frame !== 5 && frame !== 6 && push(buffer, frame * 320));
    const expected = [...ramp(0, 12 * 320)];
    // Two frames are missing: 5 ms of fading, then silence.
    const missing = heard.slice(320).map((sample, index) => (index >= 1600 && index < 2240 ? 0 : sample));
    expect(missing).toEqual(expected.map((sample, index) => (index >= 1600 && index < 2240 ? 0 : sample)));
    expect(buffer.statistics.underruns).toBe(1);
  });

  it('AUD3 fades out over 5 ms where audio runs out', () => {
    const buffer = new JitterBuffer();
    buffer.push(0, toPcmBytes(Int16Array.from({ length: 320 }, () => 8000)));
    const heard = pull(buffer, 5).slice(960 + 320);
    expect(heard[0]).toBeLessThan(8000);
    expect(heard.slice(0, 80)).toEqual(heard.slice(0, 80).toSorted((a, b) => b - a));
    expect(voiced(heard.slice(80))).toEqual([]);
  });

  it('AUD4 drops the oldest audio beyond 400 ms', () => {
    const buffer = new JitterBuffer();
    for (let frame = 0; frame < 30; frame += 1) push(buffer, frame * 320);
    expect(buffer.depth).toBe(6400);
    expect(buffer.statistics.dropped).toBe(30 * 320 - 6400);
    expect(voiced(pull(buffer, 23))).toEqual([...ramp(30 * 320 - 6400, 6400)]);
  });

  it('AUD5 starts anew after a jump of more than 500 ms, in both directions', () => {
    const buffer = new JitterBuffer();
    push(buffer, 0);
    push(buffer, 100_000);
    push(buffer, 5_000);
    expect(voiced(pull(buffer, 6))).toEqual([...ramp(0, 320), ...ramp(100_000, 320), ...ramp(5_000, 320)]);
  });

  it('AUD6 is idle after an ended burst was played, and starts the next one with full delay', () => {
    const buffer = new JitterBuffer();
    push(buffer, 0);
    buffer.endBurst();
    expect(voiced(pull(buffer, 4))).toEqual([...ramp(0, 320)]);
    pull(buffer, 1);
    expect(buffer.idle).toBe(true);
    expect(buffer.statistics.underruns).toBe(0);
    push(buffer, 4_000);
    expect(voiced(pull(buffer, 3))).toEqual([]);
    expect(voiced(pull(buffer, 1))).toEqual([...ramp(4_000, 320)]);
  });

  it('AUD6 is idle 200 ms after a stream that stopped without a word', () => {
    const buffer = new JitterBuffer();
    push(buffer, 0);
    pull(buffer, 4 + 9);
    expect(buffer.idle).toBe(false);
    pull(buffer, 1);
    expect(buffer.idle).toBe(true);
  });

  it.each([
    { percent: 0.5, name: 'fast' },
    { percent: -0.5, name: 'slow' },
  ])('scenario 46: AUD7 bounds the delay of a clock that is 0.5 % $name for ten minutes', ({ percent }) => {
    const buffer = new JitterBuffer();
    const out = new Int16Array(320);
    const voice = toPcmBytes(ramp(0, 320));
    let sent = 0;
    let deepest = 0;
    for (let frame = 0; frame < 30_000; frame += 1) {
      while (sent * 320 < frame * 320 * (1 + percent / 100)) buffer.push(sent++ * 320, voice);
      buffer.pull(out);
      deepest = Math.max(deepest, buffer.depth);
    }
    expect(deepest).toBeLessThan(130 * 16);
    expect(buffer.statistics.dropped).toBe(0);
    expect(buffer.statistics.underruns).toBeLessThan(percent > 0 ? 1 : 200);
  });

  it('AUD7 shortens the delay again without a click after the network got better', () => {
    const buffer = new JitterBuffer();
    const tone = sine({ frequency: 200, samples: 320 * 600, amplitude: 10_000 });
    const frameOf = (index: number) => toPcmBytes(tone.subarray(index * 320, (index + 1) * 320));
    const heard = pull(buffer, 600, (frame) => {
      if (frame < 20 || frame > 30) buffer.push(frame * 320, frameOf(frame));
      if (frame === 30) for (let late = 20; late <= 30; late += 1) buffer.push(late * 320, frameOf(late));
    });
    expect(buffer.depth).toBeLessThan(100 * 16);
    const steps = heard.slice(320 * 50).map((sample, index, all) => Math.abs(sample - (all[index + 1] ?? sample)));
    // The tone itself moves by 785 at most; a raw cut could jump by 20000.
    expect(steps.filter((step) => step >= 1200)).toEqual([]);
  });

  it('refuses settings that its memory cannot hold', () => {
    expect(() => new JitterBuffer({ maxMs: 900, reanchorMs: 500 })).toThrow(RangeError);
  });
});

describe('waiting as long as the network is uneven', () => {
  /** Bursts of two seconds whose frames are under way for up to `jitterMs`, in order. @returns gaps within speech. */
  function talk(
    jitterMs: number,
    bursts: number,
  ): { readonly gaps: readonly number[]; readonly delays: readonly number[] } {
    const buffer = new JitterBuffer();
    const out = new Int16Array(320);
    const gaps: number[] = [];
    const delays: number[] = [];
    // The same unevenness in every burst.
    const lateness = (n: number) => (jitterMs * ((n * 37) % 100)) / 100;
    for (let burst = 0; burst < bursts; burst += 1) {
      const underWay: { readonly at: number; readonly n: number }[] = [];
      let [played, missing, arrives] = [0, 0, 0];
      for (let tick = 0; tick < 150; tick += 1) {
        if (tick < 100) {
          arrives = Math.max(arrives, tick * 20 + lateness(tick));
          underWay.push({ at: arrives, n: tick });
        }
        while (underWay[0] && underWay[0].at <= tick * 20) {
          const n = underWay.shift()?.n ?? 0;
          buffer.push((burst * 150 + n) * 320, toPcmBytes(new Int16Array(320).fill(n + 1)));
          if (n === 99) buffer.endBurst();
        }
        const heard = buffer.pull(out);
        if (heard && played === 0) delays.push(tick * 20);
        if (heard) played += 1;
        else if (played > 0 && played < 100) missing += 1;
      }
      gaps.push(missing);
    }
    return { gaps, delays };
  }

  it('AUD1 waits longer for the next burst after one with gaps, and has none then', () => {
    const { gaps, delays } = talk(150, 4);
    expect(gaps[0]).toBeGreaterThan(0);
    expect(gaps.slice(1)).toEqual([0, 0, 0]);
    expect(Math.max(...delays)).toBeLessThanOrEqual(220);
  });

  it('AUD1 waits 40 ms where everything comes in time', () => {
    expect(talk(0, 3).delays).toEqual([60, 40, 40]);
  });
});
