/**
 * Close codes of the wires between our own ends. `44xx` never retry, `45xx` retry with backoff.
 */
export const RoomCloseCode = {
  badMessage: 4400,
  notAuthenticated: 4401,
  notAllowed: 4403,
  noSuchRoom: 4404,
  replaced: 4409,
  roomClosed: 4410,
  tooLarge: 4413,
  budgetSpent: 4429,
  internal: 4500,
  draining: 4503,
  upstreamTimeout: 4504,
  slowConsumer: 4508,
  tooFast: 4529,
} as const;
export type RoomCloseCode = (typeof RoomCloseCode)[keyof typeof RoomCloseCode];

/** Whether a client may connect again after this close code. Clean closes (1000) are not retried. */
export function isRetryableRoomClose(code: number): boolean {
  if (code >= 4400 && code < 4500) return false;
  return code !== 1000;
}
