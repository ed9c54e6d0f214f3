import { describe, expect, it } from 'vitest';
import { JitterControl } from './jitter-control.ts';

describe('JitterControl', () => {
  it('begins at 100 ms and falls to 60 ms while audio comes evenly', () => {
    for (const live of [true, false]) {
      const jitter = new JitterControl({ live });
      expect(jitter.targetMs).toBe(100);
      for (let n = 0; n < 3_000; n++) jitter.arrived(n * 20, 20);
      expect(jitter.targetMs).toBe(60);
    }
  });

  it('asks for more than the greatest lateness it saw, at once', () => {
    for (const live of [true, false]) {
      const jitter = new JitterControl({ live });
      jitter.arrived(0, 20);
      jitter.arrived(20, 20);
      jitter.arrived(40 + 150, 20);
      expect(jitter.targetMs).toBeGreaterThan(150);
      expect(jitter.targetMs).toBeLessThan(250);
    }
  });

  it('never asks for more than 400 ms', () => {
    const jitter = new JitterControl({ live: true });
    jitter.arrived(0, 20);
    jitter.arrived(9_000, 20);
    expect(jitter.targetMs).toBe(400);
  });

  it('does not take a sender that runs ahead for a late one', () => {
    const jitter = new JitterControl({ live: false });
    for (let n = 0; n < 100; n++) jitter.arrived(n, 40);
    for (let n = 0; n < 50; n++) jitter.arrived(100 + n * 80, 40);
    expect(jitter.targetMs).toBeLessThanOrEqual(100);
  });

  it('measures a live source by its fastest chunk, also when the first was slow', () => {
    const jitter = new JitterControl({ live: true });
    jitter.arrived(200, 20);
    jitter.arrived(210, 20);
    jitter.arrived(40, 20);
    jitter.arrived(60 + 180, 20);
    expect(jitter.targetMs).toBeGreaterThan(180);
  });

  it('does not take the pause before a new burst for lateness', () => {
    const jitter = new JitterControl({ live: false });
    jitter.arrived(0, 20);
    jitter.restart();
    jitter.arrived(5_000, 20);
    expect(jitter.targetMs).toBeLessThanOrEqual(100);
  });
});
