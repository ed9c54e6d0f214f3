import { describe, expect, it } from 'vitest';
import { VoiceGate } from './voice-gate.ts';

const feed = (gate: VoiceGate, level: number, frames: number) =>
  Array.from({ length: frames }, () => gate.next(level)).at(-1);

describe('VoiceGate', () => {
  it('opens at the second loud frame, not at a click', () => {
    const gate = new VoiceGate();
    feed(gate, 0.001, 10);
    expect(gate.next(0.2)).toBe(false);
    expect(gate.next(0.001)).toBe(false);
    expect(gate.next(0.2)).toBe(false);
    expect(gate.next(0.2)).toBe(true);
  });

  it('stays open through pauses shorter than 300 ms and closes after them', () => {
    const gate = new VoiceGate();
    feed(gate, 0.1, 5);
    expect(feed(gate, 0.001, 14)).toBe(true);
    feed(gate, 0.1, 1);
    expect(feed(gate, 0.001, 14)).toBe(true);
    expect(gate.next(0.001)).toBe(false);
    expect(gate.isOpen).toBe(false);
  });

  it('stays open at levels between its two thresholds and closed at the same levels', () => {
    const gate = new VoiceGate();
    expect(feed(gate, 0.008, 3)).toBe(false);
    feed(gate, 0.1, 2);
    expect(feed(gate, 0.008, 50)).toBe(true);
  });

  it('learns steady noise and hears speech above it', () => {
    const gate = new VoiceGate();
    expect(feed(gate, 0.009, 200)).toBe(false);
    expect(feed(gate, 0.02, 10)).toBe(false);
    expect(feed(gate, 0.1, 3)).toBe(true);
  });

  it('never takes a minute of loud voice for noise', () => {
    const gate = new VoiceGate();
    expect(feed(gate, 0.2, 3_000)).toBe(true);
  });

  it('refuses thresholds in the wrong order', () => {
    expect(() => new VoiceGate({ openLevel: 0.01, closeLevel: 0.02 })).toThrow(/closeLevel 0.02 is above openLevel/);
  });
});
