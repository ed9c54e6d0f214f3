import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpoint } from '../src/index.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

const messageCount = 300;
const messageBytes = 80_000;
const maxBufferedBytes = 1024 * 1024;
/** What one read of the upstream's socket brings after the proxy has stopped reading. */
const readBytes = 64 * 1024;

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
    limits: { maxBufferedBytes, stuckTimeoutMs: 1_000 },
  });
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

async function openSession(id: string): Promise<TestClient> {
  const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${id}` } });
  client.send({ setup: { model: 'models/gemini-3.8-live' } });
  await client.message(0);
  return client;
}

test('300 messages of 80 kB for a client that does not read: memory is bounded, nobody else waits, it is closed with 4508', async () => {
  const stuck = await openSession('stuck');
  const toStuck = await upstream.connection(0);
  const others = await Promise.all(['ben', 'eve', 'kim'].map((id) => openSession(id)));
  upstream.onMessage = ({ socket }, data) => socket.send(data);

  stuck.socket.pause();
  for (let index = 0; index < messageCount; index += 1) toStuck.socket.send(Buffer.alloc(messageBytes, index));

  // Each answer has to come while the stuck client is there: not one of them waits for it to go.
  let mostBuffered = 0;
  let mostHeldBack = 0;
  const bufferedBytes = () => under.proxy.sessions().reduce((sum, session) => sum + session.bufferedBytes, 0);
  let round = 0;
  do {
    round += 1;
    for (const [index, other] of others.entries()) {
      other.send({ realtimeInput: { text: `${index} in round ${round}` } });
      const { data } = await other.message(round);
      expect(JSON.parse(data.toString()).realtimeInput.text).toBe(`${index} in round ${round}`);
      mostBuffered = Math.max(mostBuffered, bufferedBytes());
      mostHeldBack = Math.max(mostHeldBack, round > 1 ? toStuck.socket.bufferedAmount : 0);
    }
  } while (!under.events.some(({ type }) => type === 'sessionClosed'));

  // It was held back, and the service with it.
  expect(round).toBeGreaterThan(2);
  expect(mostBuffered).toBeGreaterThan(maxBufferedBytes);
  expect(mostBuffered).toBeLessThan(maxBufferedBytes + messageBytes + readBytes);
  expect(mostHeldBack).toBeGreaterThan(messageBytes);

  expect(await under.event('sessionClosed')).toMatchObject({
    closedBy: 'proxy',
    code: 4508,
    cause: { code: 'ERR_CLIENT_STUCK' },
  });
  stuck.socket.resume();
  expect((await stuck.closed).code).toBe(4508);
  expect(stuck.received.length).toBeLessThan(messageCount);
  for (const other of others) expect(other.socket.readyState).toBe(other.socket.OPEN);
});
