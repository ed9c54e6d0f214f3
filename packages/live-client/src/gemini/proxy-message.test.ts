import { expect, test } from 'vitest';
import { readProxyMessage } from './proxy-message.ts';

test.each([
  [
    { state: 'reconnecting', code: 'ERR_GEMINI_DEADLINE', reason: 'It ended.' },
    {
      type: 'continuity',
      continuity: { state: 'reconnecting', code: 'ERR_GEMINI_DEADLINE', reason: 'It ended.' },
    },
  ],
  [{ state: 'resumed' }, { type: 'continuity', continuity: { state: 'resumed', code: null, reason: null } }],
  [
    { notice: { code: 'budgetLow', message: 'Few are left.' } },
    { type: 'notice', notice: { code: 'budgetLow', message: 'Few are left.' } },
  ],
  [{ pong: 1 }, { type: 'pong' }],
  [{ somethingNewer: true }, { type: 'unknown' }],
  [null, { type: 'unknown' }],
])('reads what the proxy tells: %j', (colloquy, expected) => {
  expect(readProxyMessage(JSON.stringify({ colloquy }))).toEqual(expected);
});

test.each(['{"setupComplete":{}}', '{"colloquy":', new Uint8Array(3)])('%j is none', (data) =>
  expect(readProxyMessage(data)).toBeNull(),
);
