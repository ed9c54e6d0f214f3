import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GEMINI_CLOSES } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { BrainStep } from '../src/brain/brain.ts';
import { startEmulator } from '../src/index.ts';
import { PROFILE_NAMES } from '../src/profile.ts';
import { SeededRandom } from '../src/random.ts';
import type { LiveSession } from '../src/session/session.ts';
import { LiveSocket } from './live-socket.ts';
import { MessageFuzzer } from './message-fuzzer.ts';
import { Bench, type Client, PATHS } from './session-harness.ts';

/** A seed that found something is worth keeping here; `FUZZ_SEED=<n>` tries another. */
const SEEDS = [1, 7, 20_261_123, Number(process.env.FUZZ_SEED ?? 42)];
const MESSAGES_PER_SEED = 25_000;
/** A session that took this many is let go, so that many begin. */
const MESSAGES_PER_SESSION = 60;
/** Sessions whose first message is nonsense too. */
const FUZZED_SETUPS = 0.15;
/** What may be kept of all that was said: handles of ended sessions, which are good for hours. */
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;

const REPLY: readonly BrainStep[] = [
  { type: 'say', text: 'Yes.' },
  { type: 'call', calls: [{ name: 'lookup_order', args: {} }] },
];
const SETUPS = [
  {},
  { inputAudioTranscription: {}, outputAudioTranscription: {}, sessionResumption: {} },
  { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
  { tools: [{ functionDeclarations: [{ name: 'lookup_order' }, { name: 'watch_price' }] }] },
  { contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '100' } } },
  { historyConfig: { initialHistoryInClientContent: true } },
] as const;

/** Every close that the service was seen to make: its code, and how its reason begins. */
const DOCUMENTED = GEMINI_CLOSES.map(({ closeCode, reason }) => `${closeCode} ${reason.slice(0, 20)}`);
/** Reasons that name a field, a value or a model begin with one of these. */
const NAMING = ['Invalid JSON payload received.', 'Invalid value', 'Message too deep.', 'Unsupported language code'];

function isDocumented({ code, reason }: { code: number; reason: string }): boolean {
  if (code === 1007 && NAMING.some((words) => reason.startsWith(words))) return true;
  if (code === 1007 && reason.startsWith('Requested voice api_name')) return true;
  if (code === 1007 && reason.startsWith('The requested combination of response modalities')) return true;
  if (code === 1008 && / is not found for API version |^Publisher Model `/.test(reason)) return true;
  return DOCUMENTED.includes(`${code} ${reason.slice(0, 20)}`);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heapBytes(): Promise<number> {
  // Whatever is still to be told has been told.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** One run of many sessions, with what it found. */
class FuzzRun {
  readonly failures: string[] = [];
  readonly closes = new Map<string, number>();
  readonly sessions: WeakRef<LiveSession>[] = [];
  readonly #bench: Bench;
  readonly #fuzzer: MessageFuzzer;
  readonly #random: SeededRandom;
  sent = 0;
  fuzzedSetups = 0;
  acceptedSetups = 0;

  constructor(seed: number) {
    this.#fuzzer = new MessageFuzzer(`fuzz/${seed}`);
    this.#random = new SeededRandom(`sessions/${seed}`);
    this.#bench = new Bench({
      seed,
      brain: { respond: () => REPLY },
      logger: { error: (message, error) => this.failures.push(`${message} ${String(error)}`) },
    });
  }

  async until(messages: number): Promise<void> {
    while (this.sent < messages) await this.#session(messages);
  }

  async #session(messages: number): Promise<void> {
    const random = this.#random;
    const { clock } = this.#bench;
    const client = await this.#open();
    this.sessions.push(new WeakRef(client.session));
    for (let count = 0; count < MESSAGES_PER_SESSION && !client.closed && this.sent < messages; count += 1) {
      client.session.receive(this.#fuzzer.next());
      this.sent += 1;
      if (random.float() < 0.2) await clock.advance(random.integer(1, 2_000));
    }
    const { closed } = client;
    const [violation] = client.session.record.report().violations;
    // A name that the client made up may fill the whole close frame; the report has all of the reason.
    if (closed && !isDocumented({ ...closed, reason: violation?.reason ?? closed.reason })) {
      this.failures.push(JSON.stringify(closed));
    }
    if (closed) this.closes.set(String(closed.code), (this.closes.get(String(closed.code)) ?? 0) + 1);
    client.leave();
    expect(client.session.record.isClosed).toBe(true);
    if (violation?.remedy === '') this.failures.push(`no remedy: ${JSON.stringify(violation)}`);
    // Whatever the session was doing, it stops when its client goes.
    await clock.advance(0);
    const { length } = client.received;
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1);
    expect(client.received).toHaveLength(length);
  }

  async #open(): Promise<Client> {
    const random = this.#random;
    if (random.float() >= FUZZED_SETUPS) return this.#bench.open(random.pick(PROFILE_NAMES), random.pick(SETUPS));
    const client = this.#bench.connect(random.pick(['gemini', 'vertex']), {
      apiVersion: random.pick(['v1', 'v1alpha', 'v1beta']),
    });
    client.session.receive(this.#fuzzer.nextSetup());
    this.sent += 1;
    this.fuzzedSetups += 1;
    await this.#bench.clock.advance(1_000);
    if (client.messages.some((message) => message.setupComplete)) this.acceptedSetups += 1;
    return client;
  }
}

describe.each(SEEDS)('25,000 client messages of which many are nonsense (FUZZ_SEED=%i)', (seed) => {
  it('lead to documented closes only, to no crash, and leave nothing behind', { timeout: 240_000 }, async () => {
    const run = new FuzzRun(seed);
    await run.until(MESSAGES_PER_SEED / 5);
    const before = await heapBytes();
    await run.until(MESSAGES_PER_SEED);
    expect(run.failures).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((await heapBytes()) - before).toBeLessThan(MOST_GROWTH_BYTES);
    // Nothing holds a session whose client has gone: no timer, no listener, no list. The last one may be on the stack.
    expect(run.sessions.filter((session) => session.deref() !== undefined).length).toBeLessThanOrEqual(1);
    // Sessions were ended by many messages and outlived many more, or this shows nothing.
    expect(run.closes.get('1007')).toBeGreaterThan(500);
    expect(run.sent / run.sessions.length).toBeGreaterThan(3);
    expect(run.fuzzedSetups).toBeGreaterThan(500);
    expect(run.acceptedSetups).toBeGreaterThan(20);
  });
});

describe('over real connections, nonsense', () => {
  const CONNECTIONS = 150;

  function resources(): string[] {
    return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name));
  }

  it('leaves no socket, no timer and no listener behind (seed 3)', { timeout: 120_000 }, async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): number => warnings.push(warning);
    process.on('warning', warned);
    const errors: string[] = [];
    const fuzzer = new MessageFuzzer('sockets/3');
    const random = new SeededRandom('sockets/3');
    const before = resources();
    const emulator = await startEmulator({
      brain: { respond: () => REPLY },
      keepClosedSessions: 10,
      timeScale: 100,
      logger: { error: (message, error) => errors.push(`${message} ${String(error)}`) },
    });
    for (let connection = 0; connection < CONNECTIONS; connection += 1) {
      const client = new LiveSocket(emulator.wsUrl, random.pick([PATHS.gemini, PATHS.vertex, '/elsewhere']));
      await client.opened().catch(() => null);
      client.socket.send(random.float() < 0.5 ? fuzzer.nextSetup() : JSON.stringify(SETUP), () => {});
      for (let count = random.integer(0, 20); count > 0; count -= 1) client.socket.send(fuzzer.next(), () => {});
      // Some say goodbye, some are just gone, some are waited for until they are sent away.
      if (random.float() < 0.3) client.socket.terminate();
      else client.socket.close();
      await client.untilClosed();
    }
    await expect.poll(() => emulator.sessions().filter((session) => session.report().state !== 'closed')).toEqual([]);
    expect(emulator.sessions().length).toBeLessThanOrEqual(10);
    await emulator.close();
    process.off('warning', warned);
    expect(errors).toEqual([]);
    // Node warns of an emitter that gathers listeners.
    expect(warnings).toEqual([]);
    await expect.poll(resources).toEqual(before);
  });

  const SETUP = {
    setup: { model: 'models/gemini-3.8-live', generationConfig: { responseModalities: ['AUDIO'] } },
  };
});
