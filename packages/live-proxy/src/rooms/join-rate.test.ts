import { expect, it } from 'vitest';
import { JoinRate } from './join-rate.ts';

it('admits a burst per address, and then as many as the rate gives back', () => {
  const rate = new JoinRate(15);
  const admitted = (address: string, nowMs: number) => {
    let count = 0;
    while (rate.admits(address, nowMs)) count += 1;
    return count;
  };
  expect(admitted('a', 0)).toBe(15);
  expect(admitted('b', 0)).toBe(15);
  expect(admitted('a', 8_000)).toBe(2);
});

it('limits nobody when it is off, and nobody whose address is not known', () => {
  for (let n = 0; n < 100; n += 1) {
    expect(new JoinRate(0).admits('a', 0)).toBe(true);
  }
  const rate = new JoinRate(1);
  expect([rate.admits(null, 0), rate.admits(null, 0)]).toEqual([true, true]);
});

it('remembers a bounded number of addresses', () => {
  const rate = new JoinRate(1);
  rate.admits('first', 0);
  for (let n = 0; n < 10_000; n += 1) rate.admits(`other-${n}`, 0);
  expect(rate.admits('first', 0)).toBe(true);
});

it('counts public addresses only, when nobody has said how many may join', () => {
  const rate = new JoinRate(1, { publicOnly: true });
  const twice = (address: string) => [rate.admits(address, 0), rate.admits(address, 0)];
  for (const address of ['203.0.113.9', '::ffff:203.0.113.10', '2001:db8::1', '172.32.0.1', '100.128.0.1']) {
    expect([address, ...twice(address)]).toEqual([address, true, false]);
  }
  for (const address of [
    '127.0.0.1',
    '::ffff:127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    'fd12::1',
    'fe80::1',
  ]) {
    expect([address, ...twice(address)]).toEqual([address, true, true]);
  }
});
