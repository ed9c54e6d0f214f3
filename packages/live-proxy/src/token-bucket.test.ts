import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a burst is taken at once, then only what drips in', () => {
  const bucket = new TokenBucket(10, 20, 0);
  expect(takenOf(bucket, 30, 0)).toBe(20);
  expect(takenOf(bucket, 30, 500)).toBe(5);
  expect(takenOf(bucket, 100, 60_000)).toBe(20);
});

test('taking more than is there takes nothing', () => {
  const bucket = new TokenBucket(1, 10, 0);
  expect(bucket.take(11, 0)).toBe(false);
  expect(bucket.take(10, 0)).toBe(true);
});

test('a clock that goes back gives no tokens and takes none', () => {
  const bucket = new TokenBucket(10, 1, 1_000);
  expect(bucket.take(1, 1_000)).toBe(true);
  expect(bucket.take(1, 0)).toBe(false);
  expect(bucket.take(1, 100)).toBe(true);
});

test('a rate of 0 is no limit', () => {
  expect(takenOf(new TokenBucket(0, 0, 0), 1_000, 0)).toBe(1_000);
});

function takenOf(bucket: TokenBucket, attempts: number, nowMs: number): number {
  return Array.from({ length: attempts }, () => bucket.take(1, nowMs)).filter(Boolean).length;
}
