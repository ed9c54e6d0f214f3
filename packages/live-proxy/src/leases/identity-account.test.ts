import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveLimits } from '../limits.ts';
import { IdentityAccounts } from './identity-account.ts';
import { type IdentityLedger, memoryLedger } from './identity-ledger.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(ledger: Partial<IdentityLedger>) {
  const onError = vi.fn();
  const accounts = new IdentityAccounts({ ledger: { ...memoryLedger(), ...ledger }, onError });
  const socket = new PassThrough();
  const open = (limits: object) =>
    accounts.open('ana', resolveLimits(limits), { socket, timeoutMs: 1_000, signal: new AbortController().signal });
  return { open, socket, onError };
}

const never = () => new Promise<never>(() => {});

test.each([
  [{ lease: never }, { sessionsPerIdentity: 1 }],
  [{ spend: never }, { tokensPerIdentity: 1 }],
])('a ledger that does not answer is not waited for longer than the deadline (%#)', async (ledger, limits) => {
  const { open } = start(ledger);
  const outcome = expect(open(limits)).rejects.toThrow('The ledger did not answer within 1000 ms');
  await vi.advanceTimersByTimeAsync(1_000);
  await outcome;
  expect(vi.getTimerCount()).toBe(0);
});

test('a place that comes after that is given back with the socket', async () => {
  let grant: (isGranted: boolean) => void = () => {};
  const release = vi.fn();
  const { open, socket } = start({
    lease: () =>
      new Promise((resolve) => {
        grant = resolve;
      }),
    release,
  });
  const outcome = expect(open({ sessionsPerIdentity: 1 })).rejects.toThrow('did not answer');
  await vi.advanceTimersByTimeAsync(1_000);
  await outcome;
  socket.destroy();
  grant(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(release).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('calls for a session that goes on do not pile up: each ends before the next is due', async () => {
  let isThere = true;
  const memory = memoryLedger();
  const { open, onError, socket } = start({
    lease: (...given) => (isThere ? memory.lease(...given) : never()),
    spend: (...given) => (isThere ? memory.spend(...given) : never()),
  });
  const account = await open({ sessionsPerIdentity: 1, tokensPerIdentity: 10 });
  isThere = false;
  const spent = expect(account.spend(1)).rejects.toThrow('did not answer within 20000 ms');
  await vi.advanceTimersByTimeAsync(40_000);
  await spent;
  expect(onError).toHaveBeenCalledTimes(1);
  socket.destroy();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(vi.getTimerCount()).toBe(0);
});
