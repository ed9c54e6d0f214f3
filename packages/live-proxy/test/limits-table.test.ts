import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpoint, type LiveProxyLimits } from '../src/index.ts';
import { resolveLimits } from '../src/limits.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

/** Every limit, at it and just past it: its own client is closed with the documented code, and nobody else. */
interface Case {
  readonly limits: Partial<LiveProxyLimits>;
  /** What is still allowed. */
  readonly at?: (client: TestClient) => void | Promise<void>;
  /** What is too much. */
  readonly past: (client: TestClient) => void | Promise<void>;
  readonly code: number;
}

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

const setupBytes = Buffer.byteLength(JSON.stringify({ setup: defaultSetup }));
const bytes = (count: number) => (client: TestClient) => client.socket.send(Buffer.alloc(count, ' '));
const audio = (seconds: number) => (client: TestClient) => {
  const data = Buffer.alloc(seconds * 32_000).toString('base64');
  client.send({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } });
};
const pictures = (count: number) => (client: TestClient) => {
  const picture = { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } };
  for (let sent = 0; sent < count; sent += 1) client.send(picture);
};
const spoken = (count: number) => async () =>
  void (await upstream.connection()).socket.send(Buffer.alloc(count, ' '), { binary: true });
const turn = (totalTokenCount: number) => async () => {
  const message = { serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount } };
  (await upstream.connection()).socket.send(Buffer.from(JSON.stringify(message)));
};
const nothing = () => {};

const cases: Readonly<Record<string, Case>> = {
  maxMessageBytes: { limits: { maxMessageBytes: 1_000 }, at: bytes(1_000), past: bytes(1_001), code: 1009 },
  maxUpstreamMessageBytes: {
    limits: { maxUpstreamMessageBytes: 1_000 },
    at: spoken(1_000),
    past: spoken(1_001),
    code: 1011,
  },
  bytesPerSecond: {
    limits: { bytesPerSecond: 1, burstBytes: setupBytes + 1_000 },
    at: bytes(1_000),
    past: bytes(100),
    code: 4529,
  },
  audioSecondsPerSecond: {
    limits: { audioSecondsPerSecond: 1, audioBurstSeconds: 2 },
    at: audio(2),
    past: audio(10),
    code: 4529,
  },
  picturesPerMinute: { limits: { picturesPerMinute: 2 }, at: pictures(2), past: pictures(1), code: 4529 },
  tokensPerSession: { limits: { tokensPerSession: 100 }, at: turn(99), past: turn(1), code: 4429 },
  tokensPerIdentity: { limits: { tokensPerIdentity: 100 }, at: turn(99), past: turn(1), code: 4429 },
  sessionDurationMs: { limits: { sessionDurationMs: 500 }, past: nothing, code: 4429 },
  idleTimeoutMs: { limits: { idleTimeoutMs: 500 }, past: nothing, code: 1000 },
};

async function open(id: string): Promise<TestClient> {
  const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${id}` } });
  client.send({ setup: defaultSetup });
  await client.message(0);
  return client;
}

test.each(Object.entries(cases))('%s', async (name, { limits, at, past, code }) => {
  const isClock = name === 'sessionDurationMs' || name === 'idleTimeoutMs';
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
    limits: isClock ? {} : limits,
    limitsFor: ({ id }) => (isClock && id === 'ana' ? limits : {}),
    continuity: false,
  });
  const ana = await open('ana');
  const ben = await open('ben');
  if (at !== undefined) {
    await at(ana);
    // Whatever it was has been judged when a pong comes back, and when an answer of the service has passed.
    const { length } = ana.received;
    (await upstream.connection()).socket.send(Buffer.from('{}'));
    await ana.until(() => ana.received.slice(length).some(({ data }) => data.toString() === '{}') || undefined);
    expect(ana.socket.readyState).toBe(ana.socket.OPEN);
  }
  await past(ana);
  expect((await ana.closed).code).toBe(code);
  ben.send({ realtimeInput: { text: 'still here' } });
  await (await upstream.connection(1)).message(1);
});

test('sessionsPerIdentity', async () => {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
    limits: { sessionsPerIdentity: 2 },
  });
  await open('ana');
  await open('ana');
  expect((await refusalOf(under.url, { headers: { authorization: 'Bearer ana' } })).status).toBe(429);
  await open('ben');
});

test('the readme has every limit, and the code with which it closes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, table = ''] = readme.split('| Limit | Default |');
  const rows = (table.split('\n\n')[0] ?? '').split('\n');
  for (const name of Object.keys(resolveLimits())) {
    const row = rows.find((line) => line.includes(`\`${name}\``));
    expect(row, `a row with ${name}`).toBeDefined();
    const known = cases[name];
    if (known !== undefined) expect(row).toContain(String(known.code));
  }
});
