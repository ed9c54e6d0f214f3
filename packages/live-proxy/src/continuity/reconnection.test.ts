import { FakeClock } from '@colloquy/room-core/testing';
import { expect, test, vi } from 'vitest';
import { LiveProxyError } from '../errors.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { Reconnection } from './reconnection.ts';
import { SessionHandle } from './session-handle.ts';

function start(dial: () => Promise<never>) {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker({ clock, failures: 1 });
  const onOver = vi.fn();
  const reconnection = new Reconnection({
    settings: { clock, maxOutageMs: 5_000, random: () => 0.5 },
    breaker,
    down: () => new LiveProxyError('ERR_UPSTREAM_UNREACHABLE', 'It is down.'),
    handle: new SessionHandle('h1', 15_000),
    dial,
    readHistory: async () => [],
    onOpen: () => {},
    onDialFailed: () => {},
    onRetry: () => {},
    onOver: (failure) => onOver(failure.code, clock.monotonic()),
  });
  return { clock, breaker, reconnection, onOver };
}

test('an upstream that others found to be down is an outage from then on, and ends when that has taken too long', async () => {
  const { clock, breaker, reconnection, onOver } = start(() => Promise.reject(new Error('never dialled')));
  const dialled = breaker.admit();
  if (typeof dialled !== 'number') dialled.failed(null);
  clock.advance(1_000);
  // Somebody else probes, and hears nothing.
  expect(breaker.admit()).toBeTypeOf('object');
  reconnection.start();
  await clock.run(10_000, 100);
  expect(onOver.mock.calls).toEqual([['ERR_UPSTREAM_UNREACHABLE', 6_000]]);
  expect(clock.pendingTimers).toBe(0);
});

test('a pause is not longer than what is left of the outage', async () => {
  const { clock, reconnection, onOver } = start(() =>
    Promise.reject(new LiveProxyError('ERR_UPSTREAM_REFUSED', 'Refused.')),
  );
  reconnection.start();
  await clock.run(20_000, 100);
  expect(onOver.mock.calls).toEqual([['ERR_UPSTREAM_REFUSED', 5_000]]);
});
