import { describe, expect, it } from 'vitest';
import { MAX_CLOSE_REASON_BYTES, toCloseReason } from './close-reason.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text).byteLength;

describe('toCloseReason', () => {
  it('keeps what fits', () => {
    expect(toCloseReason('')).toBe('');
    expect(toCloseReason('a'.repeat(123))).toBe('a'.repeat(123));
    expect(toCloseReason('ů'.repeat(61))).toBe('ů'.repeat(61));
  });

  it('counts bytes, not characters', () => {
    expect(toCloseReason('a'.repeat(124))).toBe('a'.repeat(123));
    expect(toCloseReason('ů'.repeat(62))).toBe('ů'.repeat(61));
  });

  it.each(['é', '€', '🎤'])('never splits %s, wherever the limit falls', (character) => {
    for (let before = 116; before <= 123; before += 1) {
      const reason = toCloseReason(`${'a'.repeat(before)}${character.repeat(4)}`);
      expect(bytesOf(reason)).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES);
      expect(bytesOf(reason)).toBeGreaterThan(MAX_CLOSE_REASON_BYTES - bytesOf(character));
      expect(reason).toMatch(new RegExp(`^a{${before}}(?:${character})*$`, 'u'));
    }
  });
});
