import { describe, expect, it } from 'vitest';
import { StallWatch } from './stall-watch.ts';

describe('StallWatch', () => {
  it('tells once that nothing has left a full socket for 10 s', () => {
    const watch = new StallWatch();
    const told = Array.from({ length: 700 }, (_, n) => watch.isStalled(100_000, n * 20)).map((stalled, n) =>
      stalled ? n * 20 : -1,
    );
    expect(told.filter((ms) => ms >= 0)).toEqual([10_000]);
  });

  it('is patient with a slow network, and with one that is not full', () => {
    const watch = new StallWatch();
    for (let n = 0; n < 10_000; n++) {
      // A little leaves every five seconds, and more comes in.
      expect(watch.isStalled(n % 250 === 0 ? 90_000 : 100_000, n * 20)).toBe(false);
    }
    for (let n = 0; n < 10_000; n++) expect(watch.isStalled(0, n * 20)).toBe(false);
  });
});
