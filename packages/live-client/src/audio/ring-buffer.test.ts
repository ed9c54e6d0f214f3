import { describe, expect, it } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

const ramp = (from: number, length: number) => Int16Array.from({ length }, (_, index) => from + index);
const read = (ring: RingBuffer, count: number) => {
  const output = new Float32Array(count);
  const got = ring.read(output, count);
  return [...output.subarray(0, got)].map((value) => Math.round(value * 32_768));
};

describe('RingBuffer', () => {
  it('gives samples back in order across the end of its memory', () => {
    const ring = new RingBuffer({ maxSamples: 8, initialSamples: 8 });
    let next = 0;
    let expected = 0;
    for (let turn = 0; turn < 50; turn++) {
      ring.write(ramp(next, 1 + (turn % 5)));
      next += 1 + (turn % 5);
      for (const value of read(ring, 8)) expect(value).toBe(expected++);
    }
    expect(expected).toBe(next);
  });

  it('grows without losing order, also when its content wraps', () => {
    const ring = new RingBuffer({ maxSamples: 1_000, initialSamples: 8 });
    ring.write(ramp(0, 8));
    read(ring, 5);
    ring.write(ramp(8, 5));
    expect(ring.write(ramp(13, 900))).toBe(900);
    expect(read(ring, 1_000)).toEqual([...ramp(5, 908)]);
  });

  it('takes what fits below its limit and says how much', () => {
    const ring = new RingBuffer({ maxSamples: 10, initialSamples: 4 });
    expect(ring.write(ramp(0, 7))).toBe(7);
    expect(ring.write(ramp(7, 7))).toBe(3);
    expect(ring.write(ramp(10, 7))).toBe(0);
    expect(read(ring, 20)).toEqual([...ramp(0, 10)]);
  });

  it('skips the oldest samples', () => {
    const ring = new RingBuffer({ maxSamples: 10 });
    ring.write(ramp(0, 6));
    expect(ring.skip(4)).toBe(4);
    expect(read(ring, 10)).toEqual([4, 5]);
    expect(ring.skip(4)).toBe(0);
  });

  it('blends what it skips into what follows', () => {
    const ring = new RingBuffer({ maxSamples: 100 });
    ring.write(Int16Array.from({ length: 20 }, () => 1_000));
    ring.write(Int16Array.from({ length: 20 }, () => -1_000));
    expect(ring.skipBlended(20, 9)).toBe(20);
    expect(read(ring, 20)).toEqual([
      ...[800, 600, 400, 200, 0, -200, -400, -600, -800],
      ...Array.from({ length: 11 }, () => -1_000),
    ]);
  });

  it('is empty after clear', () => {
    const ring = new RingBuffer({ maxSamples: 10 });
    ring.write(ramp(0, 6));
    ring.clear();
    expect(ring.length).toBe(0);
    expect(read(ring, 10)).toEqual([]);
  });

  it('refuses a limit that is not a whole number', () => {
    expect(() => new RingBuffer({ maxSamples: 0 })).toThrow(/maxSamples is 0/);
  });
});
