import { describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { PROFILE_NAMES } from '../src/profile.ts';
import { PhraseTranscriber } from '../src/transcriber/phrase-transcriber.ts';
import { Bench, type ProfileUnderTest } from './session-harness.ts';

const phrases = await loadFixturePhrases();
// One phrase is enough to show that what is heard is the same, too.
const transcriber = new PhraseTranscriber({ phrases: phrases.slice(0, 1) });
const MINUTES = 10;

interface Played {
  readonly bytes: string;
  readonly times: string;
  readonly turns: number;
  readonly messages: number;
  readonly firedTimers: number;
}

/** Ten minutes of talk with a built-in host that uses a function, ended by the clock; every byte and when it was sent. */
async function play(profile: ProfileUnderTest, seed: number): Promise<Played> {
  const bench = new Bench({ seed, transcriber, maxConnectionSeconds: MINUTES * 60 });
  const client = await bench.open(profile, {
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    sessionResumption: {},
    tools: [{ functionDeclarations: [{ name: 'set_timer', description: 'Sets a timer.' }] }],
  });
  for (let minute = 0; minute < MINUTES - 1; minute += 1) {
    client.speak(phrases[minute % phrases.length]?.samples ?? new Int16Array(0));
    client.silence(1);
    await bench.clock.advance(20_000);
    client.say(minute % 3 === 0 ? 'Ana: Please set a timer.' : 'Ben: Please count to thirty.');
    await bench.clock.advance(5_000);
    const call = client.messages.flatMap((message) => message.toolCall?.functionCalls ?? []).at(-1);
    if (call) client.send({ toolResponse: { functionResponses: [{ ...call, args: undefined, response: {} }] } });
    await bench.clock.advance(35_000);
  }
  await bench.clock.advance(60_000);
  expect(client.closed?.code).toBe(1011);
  return {
    bytes: Buffer.concat(client.bytes).toString('base64'),
    times: client.received.map(({ atMs }) => atMs).join(' '),
    turns: client.session.record.report().sent.turnsCompleted,
    messages: client.received.length,
    firedTimers: bench.clock.firedTimers,
  };
}

describe('ten minutes of a session', () => {
  it.each(PROFILE_NAMES)(
    'of %s are the same bytes at the same times for the same seed',
    { timeout: 120_000 },
    async (profile) => {
      const [first, second, other] = [await play(profile, 7), await play(profile, 7), await play(profile, 8)];
      expect(first.bytes === second.bytes).toBe(true);
      expect(first.times === second.times).toBe(true);
      expect(first.bytes === other.bytes).toBe(false);
      expect(first.turns).toBeGreaterThanOrEqual(2 * (MINUTES - 1));
      expect(first.bytes.length).toBeGreaterThan(10_000_000);
      // How long it takes is the bench's to say; how much there is to do is not: time costs work only where something is
      // sent, and a session polls for nothing.
      expect(first.firedTimers).toBeLessThan(first.messages);
      expect(first.firedTimers).toBeLessThan(6_000);
    },
  );

  it.each(PROFILE_NAMES)('of %s in which nothing happens cost next to nothing', async (profile) => {
    const bench = new Bench({ maxConnectionSeconds: MINUTES * 60 });
    const client = await bench.open(profile);
    const [fired, received] = [bench.clock.firedTimers, client.received.length];
    await bench.clock.advance(MINUTES * 60_000);
    expect(client.closed?.code).toBe(1011);
    // The warning, the end, and whatever resumption updates a profile sends unasked.
    expect(bench.clock.firedTimers - fired).toBeLessThanOrEqual(client.received.length - received + 2);
    expect(client.received.length - received).toBeLessThan(600);
  });

  it('have the same handles, whatever other sessions do meanwhile', async () => {
    const handlesOf = async (neighbours: number): Promise<string[]> => {
      const bench = new Bench();
      const client = await bench.open();
      for (let count = 0; count < neighbours; count += 1) await bench.open();
      await bench.clock.advance(5_000);
      return client.messages.flatMap((message) => message.sessionResumptionUpdate?.newHandle ?? []).slice(0, 4);
    };
    expect(await handlesOf(2)).toEqual(await handlesOf(0));
  });

  it('with another seed have other ids', async () => {
    const bench = [new Bench({ seed: 1 }), new Bench({ seed: 2 })];
    const [a, b] = await Promise.all(bench.map((each) => each.open('vertex-2.5-flash')));
    expect(a?.messages[0]?.setupComplete?.sessionId).not.toBe(b?.messages[0]?.setupComplete?.sessionId);
  });
});
