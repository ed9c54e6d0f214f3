import { expect, test } from 'vitest';
import { resolveLimits } from './limits.ts';

test('keeps defaults for what is not given', () => {
  expect(resolveLimits({ maxMessageBytes: 5, handshakeTimeoutMs: undefined })).toMatchObject({
    maxMessageBytes: 5,
    handshakeTimeoutMs: 10_000,
  });
});

test('an unknown name is refused with the names there are', () => {
  expect(() => resolveLimits({ maxMesageBytes: 5 } as never)).toThrow(
    /limits.maxMesageBytes is not a limit; .*maxMessageBytes/,
  );
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '10'])('the value %s is refused', (value) => {
  expect(() => resolveLimits({ maxMessageBytes: value as number })).toThrow(
    `limits.maxMessageBytes is ${value}; write a whole number from 0 (off)`,
  );
});
