import { describe, expect, it } from 'vitest';
import { fromSample, toPcm16, toSample } from './pcm16.ts';

describe('PCM16', () => {
  it('clamps at both ends instead of wrapping', () => {
    const output = new Int16Array(6);
    toPcm16(Float32Array.of(1, 1.5, -1, -7, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), output);
    expect([...output]).toEqual([32_767, 32_767, -32_768, -32_768, 32_767, -32_768]);
  });

  it('makes silence of what is not a number', () => {
    expect(toSample(Number.NaN)).toBe(0);
  });

  it('gives every sample back unchanged', () => {
    for (let sample = -32_768; sample <= 32_767; sample++) {
      if (toSample(fromSample(sample)) !== sample) expect.unreachable(`${sample} changed`);
    }
  });
});
