import { describe, expect, it } from 'vitest';
import { fitWithin } from './encode-frame.ts';

describe('fitWithin', () => {
  it.each([
    [1_920, 1_080, 768, 432],
    [1_080, 1_920, 432, 768],
    [640, 480, 640, 480],
    [768, 768, 768, 768],
    [10_000, 3, 768, 1],
  ])('makes %i × %i at most 768 on its longer side, keeping the aspect', (width, height, toWidth, toHeight) => {
    expect(fitWithin(width, height, 768)).toEqual({ width: toWidth, height: toHeight });
  });
});
