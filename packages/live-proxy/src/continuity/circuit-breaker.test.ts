import { FakeClock } from '@colloquy/room-core/testing';
import { expect, test } from 'vitest';
import { endpoint } from '../upstream/endpoint.ts';
import { breakerOf, CircuitBreaker, type DialPermit } from './circuit-breaker.ts';

/** Leave to dial, which there has to be. */
function admitted(breaker: CircuitBreaker): DialPermit {
  const permit = breaker.admit();
  if (typeof permit === 'number') throw new Error(`Nobody may dial for ${permit} ms.`);
  return permit;
}

function broken() {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker({ clock, failures: 3, openMs: 1_000, maxOpenMs: 3_000 });
  for (let failure = 0; failure < 3; failure += 1) admitted(breaker).failed(null);
  return { clock, breaker };
}

test('after failures in a row nobody dials for a while, then one does', async () => {
  const { clock, breaker } = broken();
  expect(breaker.admit()).toBe(1_000);
  await clock.advance(1_000);
  const probe = admitted(breaker);
  expect(breaker.admit()).toBe(1_000);
  probe.succeeded();
  admitted(breaker);
  admitted(breaker);
});

test.each([null, 'handle h1'])(
  'a probe that fails doubles the pause up to its limit, whoever made it (%s)',
  async (who) => {
    const { clock, breaker } = broken();
    const pauses: unknown[] = [];
    for (let probe = 0; probe < 3; probe += 1) {
      pauses.push(breaker.admit());
      await clock.advance(Number(breaker.admit()));
      admitted(breaker).failed(who);
    }
    expect([...pauses, breaker.admit()]).toEqual([1_000, 2_000, 3_000, 3_000]);
  },
);

test('a probe that is given up leaves the place to the next', async () => {
  const { clock, breaker } = broken();
  await clock.advance(1_000);
  admitted(breaker).abandoned();
  admitted(breaker);
});

test('a success between failures closes it', () => {
  const breaker = new CircuitBreaker({ clock: new FakeClock(), failures: 2 });
  admitted(breaker).failed(null);
  admitted(breaker).succeeded();
  admitted(breaker).failed(null);
  admitted(breaker);
});

test('who is refused again and again counts once; several are an outage', () => {
  const breaker = new CircuitBreaker({ clock: new FakeClock(), failures: 3 });
  for (let times = 0; times < 10; times += 1) admitted(breaker).failed('handle h1');
  admitted(breaker).failed('identity ana');
  admitted(breaker).failed('identity ana');
  admitted(breaker).failed('handle h2');
  expect(breaker.admit()).toBe(1_000);
});

test('those who dialled before it opened neither lengthen the pause nor end the probe when they fail', async () => {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker({ clock, failures: 3 });
  const burst = Array.from({ length: 12 }, () => admitted(breaker));
  const late = burst.splice(6);
  for (const permit of burst) permit.failed(null);
  expect(breaker.admit()).toBe(1_000);
  await clock.advance(1_000);
  const probe = admitted(breaker);
  for (const permit of late.splice(1)) permit.failed(null);
  late[0]?.abandoned();
  expect(breaker.admit()).toBe(1_000);
  probe.failed(null);
  expect(breaker.admit()).toBe(2_000);
});

test('one who dialled before it opened and gets an answer closes it', () => {
  const breaker = new CircuitBreaker({ clock: new FakeClock(), failures: 2 });
  const [one, two, three] = [admitted(breaker), admitted(breaker), admitted(breaker)];
  one?.failed(null);
  two?.failed(null);
  expect(breaker.admit()).toBe(1_000);
  three?.succeeded();
  admitted(breaker);
});

test('only the first word of a permit counts', () => {
  const breaker = new CircuitBreaker({ clock: new FakeClock(), failures: 2 });
  const permit = admitted(breaker);
  for (let times = 0; times < 5; times += 1) permit.failed(null);
  admitted(breaker).failed(null);
  permit.succeeded();
  expect(breaker.admit()).toBe(1_000);
});

test('proxies of one upstream have one breaker, and other upstreams another', () => {
  const clock = new FakeClock();
  const upstream = endpoint({ url: 'ws://127.0.0.1:1' });
  expect(breakerOf(upstream, clock)).toBe(breakerOf(upstream, clock));
  expect(breakerOf(endpoint({ url: 'ws://127.0.0.1:1' }), clock)).not.toBe(breakerOf(upstream, clock));
});
