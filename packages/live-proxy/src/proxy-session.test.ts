import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveLimits } from './limits.ts';
import { ProxySession } from './proxy-session.ts';
import { Reporter } from './reporter.ts';
import type { SocketHandlers, SocketPort } from './socket-port.ts';
import { endpoint } from './upstream/endpoint.ts';
import { UsageMeter } from './usage/usage-meter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeClient implements SocketPort {
  isOpen = true;
  bufferedAmount = 0;
  handlers: SocketHandlers | undefined;
  readonly send = vi.fn();
  readonly ping = vi.fn();
  readonly pause = vi.fn();
  readonly resume = vi.fn();
  readonly close = vi.fn();
  readonly terminate = vi.fn();
  listen(handlers: SocketHandlers): void {
    this.handlers = handlers;
  }
}

function start() {
  const client = new FakeClient();
  const onGone = vi.fn();
  const onEvent = vi.fn();
  const session = new ProxySession({
    sessionId: 'one',
    client,
    identity: null,
    identityKey: '',
    // Nobody is there, and nobody is asked: a hook that never answers holds the session before the dialling.
    upstream: endpoint({ url: 'ws://127.0.0.1:1' }),
    decideSetup: () => new Promise(() => {}),
    dial: () => new Promise(() => {}),
    limits: resolveLimits(),
    reporter: new Reporter({ onEvent }),
    isTold: false,
    continuity: null,
    usage: () => new UsageMeter({ costOf: () => null, onTurn: () => {} }).total,
    onGone,
  });
  session.start();
  return { client, onGone, onEvent, session };
}

const setup = Buffer.from('{"setup":{"model":"models/gemini-3.8-live"}}');
const left = { code: 1001, reason: '', error: null };

test('a client that leaves before its setup leaves no timer behind', () => {
  const { client, onGone } = start();
  client.handlers?.close(left);
  expect(vi.getTimerCount()).toBe(0);
  expect(onGone).toHaveBeenCalledTimes(1);
});

test('a client that leaves while its setup is decided leaves no timer behind', async () => {
  const { client, onGone } = start();
  client.handlers?.message(setup, false);
  await vi.advanceTimersByTimeAsync(1);
  client.handlers?.close(left);
  await vi.advanceTimersByTimeAsync(1);
  expect(vi.getTimerCount()).toBe(0);
  expect(onGone).toHaveBeenCalledTimes(1);
});

test('waits ten seconds for the setup and no longer', () => {
  const { client } = start();
  vi.advanceTimersByTime(9_999);
  expect(client.close).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(client.close).toHaveBeenCalledWith(1008, expect.stringContaining('No setup arrived within 10000 ms'));
  expect(vi.getTimerCount()).toBe(0);
});

test('a setup that came in time is not late afterwards', async () => {
  const { client, onEvent } = start();
  client.handlers?.message(setup, false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(client.close).toHaveBeenCalledWith(4500, expect.anything());
  expect(onEvent).toHaveBeenCalledTimes(1);
});

test('ends once, whatever happens afterwards', () => {
  const { client, onEvent, session } = start();
  session.drain();
  session.drain();
  client.handlers?.message(setup, false);
  client.handlers?.close(left);
  vi.advanceTimersByTime(60_000);
  expect(client.close).toHaveBeenCalledTimes(1);
  expect(client.close).toHaveBeenCalledWith(4503, expect.anything());
  expect(onEvent).toHaveBeenCalledTimes(1);
});
