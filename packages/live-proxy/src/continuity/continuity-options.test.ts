import { expect, test } from 'vitest';
import { resolveContinuity } from './continuity-options.ts';

test('sessions last unless somebody says false', () => {
  expect(resolveContinuity(undefined)).toMatchObject({ watchdogMs: 8_000, maxOutageMs: 120_000, firstMessageIndex: 1 });
  expect(resolveContinuity({ watchdogMs: 0 })).toMatchObject({ watchdogMs: 0 });
  expect(resolveContinuity(false)).toBeNull();
});

test.each([
  [true, /continuity is true; pass an object of options, or false/],
  [{ watchdog: 1 }, /continuity\.watchdog is not an option; options are history/],
  [{ history: 'yes' }, /continuity\.history must be a function, not string/],
  [{ firstMessageIndex: 2 }, /continuity\.firstMessageIndex is 2; write 0 or 1/],
  [{ maxOutageMs: 1.5 }, /continuity\.maxOutageMs is 1\.5; write a whole number from 0/],
])('%j is refused', (options, message) => {
  expect(() => resolveContinuity(options as never)).toThrow(message);
});
