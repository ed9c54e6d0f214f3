import { GEMINI_CLOSES } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { BrainStep } from '../src/brain/brain.ts';
import { PROFILE_NAMES } from '../src/profile.ts';
import { SeededRandom } from '../src/random.ts';
import { MessageFuzzer } from './message-fuzzer.ts';
import { Bench, type Client, type ProfileUnderTest } from './session-harness.ts';

/** A seed that found something is worth keeping here; `FUZZ_SEED=<n>` tries another. */
const SEEDS = [1, 7, 20_261_123, Number(process.env.FUZZ_SEED ?? 42)];
const MESSAGES_PER_SEED = 25_000;
/** A session that took this many is let go, so that many begin. */
const MESSAGES_PER_SESSION = 60;

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

/** The beginning of every reason that the service was seen to give, for each code. */
const DOCUMENTED = GEMINI_CLOSES.map(({ closeCode, reason }) => `${closeCode} ${reason.slice(0, 20)}`);
/** Reasons that name a field or a value begin with one of these. */
const ABOUT_JSON = ['Invalid JSON payload received.', 'Invalid value', 'Base64 decoding failed', 'Proto field'];

function isDocumented({ code, reason }: { code: number; reason: string }): boolean {
  if (code === 1007 && ABOUT_JSON.some((words) => reason.startsWith(words))) return true;
  return DOCUMENTED.includes(`${code} ${reason.slice(0, 20)}`);
}

async function openOne(bench: Bench, random: SeededRandom): Promise<Client> {
  const profile: ProfileUnderTest = random.pick(PROFILE_NAMES);
  const client = await bench.open(profile, random.pick(SETUPS));
  return client;
}

describe.each(SEEDS)('25,000 client messages of which many are nonsense (FUZZ_SEED=%i)', (seed) => {
  it('lead to documented closes only, to no crash, and leave nothing behind', { timeout: 120_000 }, async () => {
    const fuzzer = new MessageFuzzer(`fuzz/${seed}`);
    const random = new SeededRandom(`sessions/${seed}`);
    const failures: string[] = [];
    const bench = new Bench({
      seed,
      brain: { respond: () => REPLY },
      logger: { error: (message, error) => failures.push(`${message} ${String(error)}`) },
    });
    const closes = new Map<string, number>();
    let sent = 0;
    let sessions = 0;
    while (sent < MESSAGES_PER_SEED) {
      const client = await openOne(bench, random);
      sessions += 1;
      for (let count = 0; count < MESSAGES_PER_SESSION && !client.closed && sent < MESSAGES_PER_SEED; count += 1) {
        client.session.receive(fuzzer.next());
        sent += 1;
        if (random.float() < 0.2) await bench.clock.advance(random.integer(1, 2_000));
      }
      if (client.closed && !isDocumented(client.closed)) failures.push(JSON.stringify(client.closed));
      if (client.closed) closes.set(String(client.closed.code), (closes.get(String(client.closed.code)) ?? 0) + 1);
      client.leave();
      expect(client.session.record.isClosed).toBe(true);
      // Whatever the session was doing, it stops when its client goes.
      await bench.clock.advance(0);
      const { length } = client.received;
      expect(bench.clock.pendingTimers).toBe(0);
      await bench.clock.advance(1);
      expect(client.received).toHaveLength(length);
    }
    expect(failures).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    // Sessions were ended by many messages and outlived many more, or this shows nothing.
    expect(closes.get('1007')).toBeGreaterThan(500);
    expect(sent / sessions).toBeGreaterThan(4);
  });
});
