import { expect, test } from 'vitest';
import { type ConnectionFailure, RetryPolicy } from './retry-policy.ts';

const lost: ConnectionFailure = { code: 'ERR_LOST', reason: 'It broke.', retryable: true, dropHandle: false };
const fatal: ConnectionFailure = { code: 'ERR_KEY', reason: 'Renew the key.', retryable: false, dropHandle: false };
const expired: ConnectionFailure = { code: 'ERR_EXPIRED', reason: 'Expired.', retryable: true, dropHandle: true };

function policy(random = 0): RetryPolicy {
  return new RetryPolicy({ maxAttempts: 4, stableAfterMs: 10_000, random: () => random });
}

test('delays double, and end with a failure that says how often it was tried', () => {
  const retry = policy();
  const decisions = Array.from({ length: 4 }, () => retry.afterFailure(lost, false, null));
  expect(decisions.slice(0, 3).map((decision) => decision.action === 'retry' && decision.delayMs)).toEqual([
    250, 500, 1_000,
  ]);
  expect(decisions[3]).toEqual({ action: 'fail', code: 'ERR_LOST', reason: 'It broke. (given up after 4 attempts)' });
});

test('jitter spreads the retries of many rooms', () => {
  expect(policy(0.99).afterFailure(lost, false, null)).toMatchObject({ delayMs: 312 });
});

test('what would fail again fails at once', () => {
  expect(policy().afterFailure(fatal, false, null)).toEqual({
    action: 'fail',
    code: 'ERR_KEY',
    reason: 'Renew the key.',
  });
});

test('a connection that lasted begins a new row of attempts, a short one does not', () => {
  const retry = policy();
  retry.afterFailure(lost, false, null);
  retry.afterFailure(lost, false, 9_999);
  expect(retry.afterFailure(lost, false, 10_000)).toMatchObject({ delayMs: 250 });
});

test('a dead handle is dropped and the next attempt starts at once', () => {
  expect(policy().afterFailure(expired, true, null)).toEqual({ action: 'retry', delayMs: 0, dropHandle: true });
});

test('a fresh session that is refused as if it had a handle is tried with growing pauses', () => {
  const retry = new RetryPolicy({
    maxAttempts: Number.POSITIVE_INFINITY,
    stableAfterMs: 10_000,
    jitter: 'full',
    random: () => 0.5,
  });
  expect(retry.afterFailure(expired, true, null)).toMatchObject({ delayMs: 0 });
  const decisions = Array.from({ length: 8 }, () => retry.afterFailure(expired, false, null));
  expect(decisions.map((decision) => decision.action === 'retry' && decision.delayMs)).toEqual([
    250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000,
  ]);
});

test('a handle that fails twice is given up', () => {
  const retry = policy();
  expect(retry.afterFailure(lost, true, null)).toMatchObject({ dropHandle: false });
  expect(retry.afterFailure(lost, true, null)).toMatchObject({ dropHandle: true });
  expect(retry.afterFailure(lost, false, null)).toMatchObject({ dropHandle: false });
});
