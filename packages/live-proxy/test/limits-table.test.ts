import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endpoint, type LiveProxyLimits } from '../src/index.ts';
import { resolveLimits } from '../src/limits.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

/** A limit, at it and just past it: its own client is closed with the documented code, and nobody else. */
interface Case {
  readonly limits: Partial<LiveProxyLimits>;
  /** Where the session is not open yet when the limit counts. */
  readonly open?: () => Promise<TestClient>;
  /** What is still allowed. */
  readonly at?: (client: TestClient) => void | Promise<void>;
  /** What is too much. */
  readonly past: (client: TestClient) => void | Promise<void>;
  readonly code: number;
}

/** A limit in time: nothing happens until its last millisecond. */
interface TimedCase {
  readonly limits: Partial<LiveProxyLimits>;
  readonly open: () => Promise<TestClient>;
  /** When it is reached. */
  readonly afterMs: number;
  readonly code: number;
}

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  // Time passes only where a test says so.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  vi.useRealTimers();
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
  void (await upstream.connection(1)).socket.send(Buffer.alloc(count, ' '), { binary: true });
const turn = (totalTokenCount: number) => async () => {
  const message = { serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount } };
  (await upstream.connection(1)).socket.send(Buffer.from(JSON.stringify(message)));
};

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
    past: bytes(1),
    code: 4529,
  },
  audioSecondsPerSecond: {
    limits: { audioSecondsPerSecond: 1, audioBurstSeconds: 2 },
    at: audio(2),
    past: audio(0.02),
    code: 4529,
  },
  picturesPerMinute: { limits: { picturesPerMinute: 2 }, at: pictures(2), past: pictures(1), code: 4529 },
  tokensPerSession: { limits: { tokensPerSession: 100 }, at: turn(99), past: turn(1), code: 4429 },
  tokensPerIdentity: { limits: { tokensPerIdentity: 100 }, at: turn(99), past: turn(1), code: 4429 },
  maxQueuedBytes: {
    limits: { maxQueuedBytes: 1_000 },
    open: () => openBefore('handshake'),
    // Each message counts 64 more.
    at: bytes(936),
    past: bytes(0),
    code: 4529,
  },
};

const timedCases: readonly (TimedCase & { readonly name: keyof LiveProxyLimits; readonly what: string })[] = [
  {
    name: 'sessionDurationMs',
    what: 'of a session',
    limits: { sessionDurationMs: 5_000 },
    open: () => open('ana'),
    afterMs: 5_000,
    code: 4429,
  },
  {
    name: 'idleTimeoutMs',
    what: 'without a word',
    limits: { idleTimeoutMs: 5_000 },
    open: () => open('ana'),
    afterMs: 5_000,
    code: 1000,
  },
  {
    name: 'handshakeTimeoutMs',
    what: 'of the upstream',
    limits: { handshakeTimeoutMs: 5_000 },
    open: () => openBefore('handshake'),
    afterMs: 5_000,
    code: 4504,
  },
  {
    name: 'handshakeTimeoutMs',
    what: 'of the setup hook',
    limits: { handshakeTimeoutMs: 5_000 },
    open: () => openBefore('hook'),
    afterMs: 5_000,
    code: 4500,
  },
  {
    name: 'firstMessageTimeoutMs',
    what: 'of the client',
    limits: { firstMessageTimeoutMs: 5_000 },
    open: () => openBefore('setup'),
    afterMs: 5_000,
    code: 1008,
  },
  {
    name: 'firstMessageTimeoutMs',
    what: 'of the upstream',
    limits: { firstMessageTimeoutMs: 5_000 },
    open: () => openBefore('answer'),
    afterMs: 5_000,
    code: 4504,
  },
  {
    name: 'heartbeatIntervalMs',
    what: 'without pongs',
    limits: { heartbeatIntervalMs: 5_000 },
    open: () => open('ana', { autoPong: false }),
    afterMs: 15_000,
    code: 4508,
  },
];

/** Elsewhere: the first two in backpressure.test.ts and slow-client.test.ts, the last one below. */
const elsewhere: Readonly<Record<string, readonly number[]>> = {
  maxBufferedBytes: [],
  stuckTimeoutMs: [4508, 4504],
  sessionsPerIdentity: [429],
};
/** Parts of a limit of another name. */
const parts = ['burstBytes', 'audioBurstSeconds', 'tokenWindowMs'];

async function open(id: string, more: { autoPong?: boolean } = {}): Promise<TestClient> {
  const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${id}` }, ...more });
  client.send({ setup: defaultSetup });
  await client.message(0);
  return client;
}

/** Somebody who gets no further than to this point. */
async function openBefore(point: 'setup' | 'hook' | 'handshake' | 'answer'): Promise<TestClient> {
  upstream.mute = point === 'handshake';
  upstream.onSetup = () => {};
  const { handshakes } = upstream;
  const id = point === 'hook' ? 'undecided' : 'ana';
  const client = await TestClient.open(under.url, { headers: { authorization: `Bearer ${id}` } });
  if (point !== 'setup') client.send({ setup: defaultSetup });
  // Not by polling, which would move the time.
  while (point === 'handshake' && upstream.handshakes === handshakes) await new Promise((next) => setImmediate(next));
  if (point === 'handshake') return client;
  if (point === 'answer') await (await upstream.connection(1)).message(0);
  else await pongs(client);
  return client;
}

/** Resolves when all that was sent to the client so far was answered, as far as it answers. */
async function pongs(client: TestClient): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    const pong = once(client.socket, 'pong');
    client.socket.ping();
    await pong;
  }
}

describe.each([
  ['with continuity', undefined],
  ['without continuity', false],
] as const)('%s', (_, continuity) => {
  async function start(limits: Partial<LiveProxyLimits>, ofAna: Partial<LiveProxyLimits> = {}): Promise<void> {
    under = await startTestProxy({
      upstream: endpoint({ url: upstream.url }),
      authenticate: ({ ticket }) => (ticket === null ? null : { id: ticket }),
      setup: (requested, { id }) => (id === 'undecided' ? new Promise(() => {}) : requested),
      limits,
      limitsFor: ({ id }) => (id === 'ana' ? ofAna : {}),
      continuity,
    });
  }

  /** Nothing of it was anybody else's matter. */
  async function expectTalk(client: TestClient): Promise<void> {
    client.send({ realtimeInput: { text: 'still here' } });
    await (await upstream.connection(0)).message(1);
  }

  test.each(Object.entries(cases))('%s', async (_name, { limits, at, past, code, open: begin }) => {
    await start(limits);
    const ben = await open('ben');
    const ana = await (begin ?? (() => open('ana')))();
    await at?.(ana);
    // Whatever it was has been judged when a pong comes back, and when an answer of the service has passed.
    await pongs(ana);
    if (begin === undefined) {
      const { length } = ana.received;
      (await upstream.connection(1)).socket.send(Buffer.from('{}'));
      await ana.until(() => ana.received.slice(length).some(({ data }) => data.toString() === '{}') || undefined);
    }
    expect(ana.socket.readyState).toBe(ana.socket.OPEN);
    await past(ana);
    expect((await ana.closed).code).toBe(code);
    await expectTalk(ben);
  });

  test.each(timedCases)('$name $what', async ({ name, limits, open: begin, afterMs, code }) => {
    const isPersonal = name === 'sessionDurationMs' || name === 'idleTimeoutMs';
    await start(isPersonal ? {} : limits, isPersonal ? limits : {});
    const ben = await open('ben');
    const ana = await begin();
    const closed = () => under.events.filter(({ type }) => type === 'sessionClosed');
    for (let passedMs = 0; passedMs < afterMs; passedMs += 5_000) {
      vi.advanceTimersByTime(Math.min(5_000, afterMs - 1 - passedMs));
      await pongs(ben);
    }
    expect(closed()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect((await ana.closed).code).toBe(code);
    expect(closed()).toHaveLength(1);
    await expectTalk(ben);
  });

  test('sessionsPerIdentity', async () => {
    await start({ sessionsPerIdentity: 2 });
    await open('ana');
    await open('ana');
    expect((await refusalOf(under.url, { headers: { authorization: 'Bearer ana' } })).status).toBe(429);
    await open('ben');
  });
});

test('the readme has every limit, and the code with which it closes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, table = ''] = readme.split('| Limit | Default |');
  const rows = (table.split('\n\n')[0] ?? '').split('\n');
  for (const name of Object.keys(resolveLimits())) {
    const row = rows.find((line) => line.includes(`\`${name}\``));
    expect(row, `a row with ${name}`).toBeDefined();
    const timed = timedCases.filter((one) => one.name === name).map(({ code }) => code);
    const codes = elsewhere[name] ?? (name in cases ? [cases[name]?.code] : timed);
    if (!(name in elsewhere) && !parts.includes(name)) expect(codes, `a case of ${name}`).not.toEqual([]);
    for (const code of codes) expect(row).toContain(String(code));
  }
});
