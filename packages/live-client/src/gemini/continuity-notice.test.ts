import { expect, test } from 'vitest';
import { readContinuityNotice } from './continuity-notice.ts';

test('reads what the proxy tells', () => {
  const notice = { state: 'reconnecting', code: 'ERR_GEMINI_DEADLINE', reason: 'It ended.' };
  expect(readContinuityNotice(JSON.stringify({ colloquy: notice }))).toEqual(notice);
  expect(readContinuityNotice('{"colloquy":{"state":"resumed"}}')).toEqual({
    state: 'resumed',
    code: null,
    reason: null,
  });
});

test.each(['{"setupComplete":{}}', '{"colloquy":null}', '{"colloquy":{}}', '{"colloquy":', new Uint8Array(3)])(
  '%j is none',
  (data) => expect(readContinuityNotice(data)).toBeNull(),
);
