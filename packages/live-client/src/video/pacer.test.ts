import { describe, expect, it } from 'vitest';
import { Pacer } from './pacer.ts';

describe('Pacer', () => {
  it('takes the first picture at once and the next ones without drift', () => {
    const pacer = new Pacer({ framesPerSecond: 2 });
    expect(pacer.wait(1_000)).toBe(0);
    expect(pacer.wait(1_030)).toBe(470);
    expect(pacer.wait(1_510)).toBe(490);
  });

  it('leaves out what was missed', () => {
    const pacer = new Pacer({ framesPerSecond: 1 });
    pacer.wait(0);
    expect(pacer.wait(3_400)).toBe(600);
  });

  it('begins at once with another rate', () => {
    const pacer = new Pacer({ framesPerSecond: 1 });
    pacer.wait(0);
    pacer.wait(10);
    pacer.setRate(10);
    expect(pacer.wait(20)).toBe(0);
    expect(pacer.wait(25)).toBe(95);
  });

  it('sends what changed, and what did not at least every five seconds', () => {
    const pacer = new Pacer({ framesPerSecond: 1 });
    const sent = [];
    for (let ms = 0; ms <= 12_000; ms += 1_000) if (pacer.sends(ms, ms === 2_000)) sent.push(ms);
    expect(sent).toEqual([0, 2_000, 7_000, 12_000]);
  });

  it('yields to pressure: worse pictures first, none above the mark', () => {
    const pacer = new Pacer({ framesPerSecond: 1, highWaterBytes: 100 });
    expect(pacer.quality(0.8, 0)).toBeCloseTo(0.8);
    expect(pacer.quality(0.8, 50)).toBeCloseTo(0.64);
    expect(pacer.quality(0.8, 100)).toBeCloseTo(0.48);
    expect(pacer.hasRoom(100)).toBe(true);
    expect(pacer.hasRoom(101)).toBe(false);
  });

  it.each([0, -1, 31, Number.NaN])('refuses %d pictures per second', (framesPerSecond) => {
    expect(() => new Pacer({ framesPerSecond })).toThrow(/framesPerSecond is .*up to 30/);
  });
});
