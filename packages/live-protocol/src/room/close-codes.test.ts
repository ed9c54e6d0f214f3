import { describe, expect, it } from 'vitest';
import { isRetryableRoomClose, RoomCloseCode } from './close-codes.ts';

describe('close codes of the room wire', () => {
  it('are all different', () => {
    const codes = Object.values(RoomCloseCode);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('44xx are final', () => {
    const final = Object.values(RoomCloseCode).filter((code) => code < 4500);
    expect(final).toHaveLength(8);
    for (const code of final) expect(isRetryableRoomClose(code), String(code)).toBe(false);
    expect(isRetryableRoomClose(4499)).toBe(false);
  });

  it('45xx are worth another try', () => {
    const passing = Object.values(RoomCloseCode).filter((code) => code >= 4500);
    expect(passing).toHaveLength(5);
    for (const code of passing) expect(isRetryableRoomClose(code), String(code)).toBe(true);
  });

  it('a lost connection is worth another try, a clean end is not', () => {
    expect(isRetryableRoomClose(1006)).toBe(true);
    expect(isRetryableRoomClose(1001)).toBe(true);
    expect(isRetryableRoomClose(1000)).toBe(false);
  });
});
