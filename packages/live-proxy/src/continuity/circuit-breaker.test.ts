import { FakeClock } from '@colloquy/room-core/testing';
import { expect, test } from 'vitest';
import { endpoint } from '../upstream/endpoint.ts';
import { breakerOf, CircuitBreaker } from './circuit-breaker.ts';

function broken() {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker({ clock, failures: 3, openMs: 1_000, maxOpenMs: 3_000 });
  for (let failure = 0; failure < 3; failure += 1) {
    expect(breaker.admit()).toBe(0);
    breaker.failed();
  }
  return { clock, breaker };
}

test('after failures in a row nobody dials for a while, then one does', async () => {
  const { clock, breaker } = broken();
  expect(breaker.admit()).toBe(1_000);
  await clock.advance(1_000);
  expect(breaker.admit()).toBe(0);
  expect(breaker.admit()).toBeGreaterThan(0);
  breaker.succeeded();
  expect(breaker.admit()).toBe(0);
  expect(breaker.admit()).toBe(0);
});

test('a probe that fails doubles the pause up to its limit', async () => {
  const { clock, breaker } = broken();
  const pauses: number[] = [];
  for (let probe = 0; probe < 3; probe += 1) {
    pauses.push(breaker.admit());
    await clock.advance(breaker.admit());
    expect(breaker.admit()).toBe(0);
    breaker.failed();
  }
  expect([...pauses, breaker.admit()]).toEqual([1_000, 2_000, 3_000, 3_000]);
});

test('a probe that is given up leaves the place to the next', async () => {
  const { clock, breaker } = broken();
  await clock.advance(1_000);
  expect(breaker.admit()).toBe(0);
  breaker.abandoned();
  expect(breaker.admit()).toBe(0);
});

test('a success between failures closes it', () => {
  const breaker = new CircuitBreaker({ clock: new FakeClock(), failures: 2 });
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  expect(breaker.admit()).toBe(0);
});

test('a handle that is refused again and again counts once; several are an outage', () => {
  const breaker = new CircuitBreaker({ clock: new FakeClock(), failures: 3 });
  for (let times = 0; times < 10; times += 1) breaker.failed('h1');
  expect(breaker.admit()).toBe(0);
  breaker.failed('h2');
  expect(breaker.admit()).toBe(0);
  breaker.failed('h3');
  expect(breaker.admit()).toBeGreaterThan(0);
});

test('a probe fails whichever handle it has', async () => {
  const { clock, breaker } = broken();
  for (const pauseMs of [1_000, 2_000]) {
    await clock.advance(pauseMs);
    expect(breaker.admit()).toBe(0);
    breaker.failed('h1');
    expect(breaker.admit()).toBe(2 * pauseMs > 3_000 ? 3_000 : 2 * pauseMs);
  }
});

test('proxies of one upstream have one breaker, and other upstreams another', () => {
  const clock = new FakeClock();
  const upstream = endpoint({ url: 'ws://127.0.0.1:1' });
  expect(breakerOf(upstream, clock)).toBe(breakerOf(upstream, clock));
  expect(breakerOf(endpoint({ url: 'ws://127.0.0.1:1' }), clock)).not.toBe(breakerOf(upstream, clock));
});
