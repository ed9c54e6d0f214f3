import { FakeClock } from '@colloquy/room-core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { ScriptedUpstream, type UpstreamConnection } from '../support/scripted-upstream.ts';
import { defaultSetup, TestClient } from '../support/test-client.ts';
import { startTestProxy, type TestProxy } from '../support/test-proxy.ts';
import { update } from './bench.ts';

/** A service that takes every connection, and closes it as soon as it has the setup. */
let upstream: ScriptedUpstream;
let under: TestProxy;
let clock: FakeClock;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
  clock = new FakeClock();
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ ticket }) => ({ id: ticket ?? 'ana' }),
    continuity: { clock, random: () => 0.5, keepAliveMs: 0 },
  });
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

const states = () => under.events.flatMap((event) => (event.type === 'continuityChanged' ? [event.state] : []));
const count = (state: string) => states().filter((one) => one === state).length;
const answerSetup = ({ socket }: UpstreamConnection) => void socket.send(Buffer.from('{"setupComplete":{}}'));
const spentQuota = ({ socket }: UpstreamConnection) => socket.close(1011, 'You exceeded your current quota');

/** Resolves when every connection of the service has an outcome that the proxy knows. */
async function settled(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    const { length } = upstream.connections;
    await Promise.all(upstream.connections.map(({ socket, closed }) => socket.readyState === socket.OPEN || closed));
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (upstream.connections.length !== length) round = 0;
  }
}

test('an upstream that closes every setup is dialled by one session at a time, until it answers one', async () => {
  const sessions = 12;
  for (let index = 0; index < sessions; index += 1) await TestClient.openSession(under.url, defaultSetup);
  const opened = [...upstream.connections];
  for (const [index, { socket }] of opened.entries()) socket.send(Buffer.from(JSON.stringify(update(`h${index}`))));
  await settled();
  upstream.onSetup = spentQuota;
  for (const { socket } of opened) socket.close(1011, 'You exceeded your current quota');
  await under.changes.until(() => count('reconnecting') >= sessions || undefined);

  for (let second = 0; second < 60; second += 1) {
    clock.advance(1_000);
    await settled();
  }
  // Those who dialled before the breaker knew; then probes, after 1, 2, 4, 8, 15 and 15 s and what waiting adds.
  const dialled = upstream.connections.length - sessions;
  expect(dialled).toBeGreaterThanOrEqual(5 + 4);
  expect(dialled).toBeLessThanOrEqual(sessions + 6);

  // Nobody who comes now is kept waiting, and at most it is theirs to probe.
  const late = await TestClient.open(under.url);
  late.send({ setup: defaultSetup });
  expect((await late.closed).code).toBe(1011);
  expect(upstream.connections.length - sessions - dialled).toBeLessThan(2);

  upstream.onSetup = answerSetup;
  // A handle that was refused for 15 s is given up: then it is a fresh session.
  const back = () => count('resumed') + count('restarted');
  for (let second = 0; second < 50 && back() < sessions; second += 1) {
    clock.advance(1_000);
    await settled();
  }
  expect(back()).toBe(sessions);
  expect(states()).not.toContain('failed');
});

test('first setups count as well: those of several people, and not what the service finds wrong with one', async () => {
  const open = async (who: string) => {
    const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${who}` } });
    client.send({ setup: defaultSetup });
    return client.closed;
  };
  upstream.onSetup = ({ socket }) => socket.close(1007, 'Request contains an invalid argument.');
  for (let times = 0; times < 8; times += 1) expect((await open(`person-${times}`)).code).toBe(1007);
  expect(upstream.connections).toHaveLength(8);
  upstream.onSetup = spentQuota;
  for (let times = 0; times < 8; times += 1) expect((await open('ana')).code).toBe(1011);
  expect(upstream.connections).toHaveLength(8 + 8);
  for (let times = 0; times < 8; times += 1) expect((await open(`person-${times}`)).code).toBe(1011);
  // Ana's counts as one.
  expect(upstream.connections).toHaveLength(8 + 8 + 4);
});
