import { expect, test } from 'vitest';
import { memoryLedger } from './identity-ledger.ts';

function start() {
  let nowMs = 0;
  const ledger = memoryLedger({ now: () => nowMs });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { ledger, pass };
}
const terms = { max: 2, ttlMs: 1_000 };

test('places are as many as there are, and one that is given back or not renewed is free again', () => {
  const { ledger, pass } = start();
  expect(ledger.lease('ana', 'a', terms)).toBe(true);
  expect(ledger.lease('ana', 'b', terms)).toBe(true);
  expect(ledger.lease('ana', 'c', terms)).toBe(false);
  expect(ledger.lease('ben', 'c', terms)).toBe(true);
  ledger.release('ana', 'a');
  expect(ledger.lease('ana', 'c', terms)).toBe(true);
  pass(999);
  expect(ledger.lease('ana', 'c', terms)).toBe(true);
  pass(1);
  expect(ledger.lease('ana', 'd', terms)).toBe(true);
  expect(ledger.lease('ana', 'b', terms)).toBe(false);
});

test('tokens add up until the window ends, which begins with the first', () => {
  const { ledger, pass } = start();
  const window = { windowMs: 1_000 };
  expect(ledger.spend('ana', 0, window)).toBe(0);
  pass(5_000);
  expect(ledger.spend('ana', 10, window)).toBe(10);
  pass(999);
  expect(ledger.spend('ana', 5, window)).toBe(15);
  pass(1);
  expect(ledger.spend('ana', 0, window)).toBe(0);
  expect(ledger.spend('ana', 3, window)).toBe(3);
});

test('ten thousand identities that come once leave nothing', () => {
  const { ledger, pass } = start();
  for (let index = 0; index < 10_000; index += 1) {
    ledger.spend(String(index), 1, { windowMs: 10 });
    pass(1);
  }
  // What is old is gone: a new window begins.
  expect(ledger.spend('0', 1, { windowMs: 10 })).toBe(1);
});
