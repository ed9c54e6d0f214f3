import { describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { type BrainTurn, PROFILE_NAMES, ScriptedBrain } from '../src/index.ts';
import { audioSeconds, Bench, type Client, transcript } from './session-harness.ts';

const LONG = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen.';
const [phrase] = await loadFixturePhrases();
const NO_INTERRUPTION = { realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } };

/** A session whose model is in the middle of a long answer. */
async function talking(bench: Bench, ...open: Parameters<Bench['open']>): Promise<Client> {
  const client = await bench.open(...open);
  client.say('Please count.');
  await client.until((message) => message.serverContent?.modelTurn?.parts?.[0]?.inlineData !== undefined);
  await bench.clock.advance(600);
  return client;
}

/** A session whose model has sent everything and is still being listened to. */
async function heldBack(bench: Bench, ...open: Parameters<Bench['open']>): Promise<Client> {
  const client = await bench.open(...open);
  client.say('Please count.');
  await client.until((message) => message.serverContent?.generationComplete === true);
  return client;
}

describe('barge-in', () => {
  it.each(PROFILE_NAMES)(
    'by voice while %s generates: interrupted, turnComplete, and no generationComplete',
    async (profile) => {
      const bench = new Bench({ brain: new ScriptedBrain([LONG, 'Yes.']) });
      const client = await talking(bench, profile);
      const before = client.received.length;
      client.speak(phrase?.samples ?? new Int16Array(0));
      expect(client.outline(before).slice(0, 2)).toEqual(['interrupted', 'turnComplete']);
      expect(client.messages.find((message) => message.serverContent?.turnComplete)?.usageMetadata).toBeDefined();
      client.silence(2);
      await client.turnComplete();
      const words = client.outline(before);
      expect(words.filter((word) => word === 'generationComplete')).toHaveLength(1);
      expect(words.indexOf('generationComplete')).toBeGreaterThan(words.indexOf('turnComplete'));
    },
  );

  it.each(PROFILE_NAMES)('after %s has generated: generationComplete, interrupted, turnComplete', async (profile) => {
    const bench = new Bench({ brain: new ScriptedBrain([LONG, 'Yes.']) });
    const client = await heldBack(bench, profile);
    client.speak(phrase?.samples ?? new Int16Array(0));
    const words = client.outline(1);
    expect(words.slice(words.indexOf('generationComplete'), words.indexOf('generationComplete') + 3)).toEqual([
      'generationComplete',
      'interrupted',
      'turnComplete',
    ]);
  });

  it('is no fault of a brain that was still thinking and gives up loudly', async () => {
    let turns = 0;
    const bench = new Bench({
      brain: {
        respond: ({ signal }) => {
          turns += 1;
          if (turns > 1) return [{ type: 'say', text: 'Yes.' }];
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
        },
      },
    });
    const client = await bench.open('3.8');
    client.say('Think hard.');
    await bench.clock.advance(5_000);
    client.say('Never mind.');
    await client.turnComplete();
    expect([client.closed, turns]).toEqual([null, 2]);
  });

  it('stops the audio of the old turn at once', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([LONG, { type: 'pause', ms: 5_000 }]) });
    const client = await talking(bench, '3.8');
    const sent = audioSeconds(client.messages);
    client.say('Stop.');
    await bench.clock.advance(4_000);
    expect(audioSeconds(client.messages)).toBe(sent);
  });

  it.each([
    ['realtime text', (client: Client) => client.send({ realtimeInput: { text: 'Stop.' } })],
    ['a complete turn', (client: Client) => client.say('Stop.')],
    ['content without turnComplete', (client: Client) => client.send({ clientContent: { turns: [] } })],
  ])('by %s interrupts too', async (_, act) => {
    const bench = new Bench({ brain: new ScriptedBrain([LONG, 'Yes.']) });
    const client = await talking(bench, '2.5-native');
    const before = client.received.length;
    act(client);
    expect(client.outline(before)).toEqual(['interrupted', 'turnComplete']);
  });

  it('by a marked activity interrupts at its start', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([LONG, 'Yes.']) });
    const manual = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const client = await talking(bench, '3.8', manual);
    const before = client.received.length;
    client.speak(phrase?.samples ?? new Int16Array(0));
    expect(client.outline(before)).toEqual([]);
    client.send({ realtimeInput: { activityStart: {} } });
    expect(client.outline(before)).toEqual(['interrupted', 'turnComplete']);
  });

  it('keeps in the history only what was sent', async () => {
    const seen: BrainTurn[] = [];
    const remember = (turn: BrainTurn): string => {
      seen.push(turn);
      return LONG;
    };
    const bench = new Bench({ brain: new ScriptedBrain([remember]) });
    const client = await talking(bench, '3.8', { outputAudioTranscription: {} });
    client.say('Stop.');
    const said = transcript(client.messages).trim();
    await client.turnComplete();
    const remembered = seen[1]?.history.at(-1);
    expect(remembered).toMatchObject({ role: 'model', text: said });
    expect(said.length).toBeGreaterThan(5);
    expect(said.length).toBeLessThan(LONG.length);
  });

  it('of a model that has not begun to speak leaves nothing of its turn in the history', async () => {
    const seen: BrainTurn[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        seen.push(turn);
        return 'Yes.';
      },
    ]);
    const bench = new Bench({ brain });
    const client = await bench.open('3.8');
    client.say('First.');
    client.say('Second.');
    await client.turnComplete();
    expect(client.outline(1).slice(0, 2)).toEqual(['interrupted', 'turnComplete']);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.input).toMatchObject([{ text: 'Second.' }]);
    expect(seen[0]?.history).toMatchObject([{ role: 'user', text: 'First.' }]);
  });
});

describe("a typed turn in the middle of somebody's speech", () => {
  it('is answered together with the speech, when it has ended', async () => {
    const seen: BrainTurn[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        seen.push(turn);
        return 'Yes.';
      },
    ]);
    const bench = new Bench({ brain });
    const client = await bench.open('3.8');
    client.speak(phrase?.samples ?? new Int16Array(0));
    client.say('And one more thing.');
    await bench.clock.advance(5_000);
    expect(client.outline(1)).toEqual(['start']);
    client.silence(1);
    await client.turnComplete();
    expect(seen.map(({ input }) => input.map(({ type }) => type))).toEqual([['text', 'speech']]);
  });
});

describe('NO_INTERRUPTION', () => {
  it('lets the model finish and then answers what was said meanwhile', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([LONG, 'Yes.']) });
    const client = await talking(bench, '3.1', NO_INTERRUPTION);
    const before = client.received.length;
    client.speak(phrase?.samples ?? new Int16Array(0));
    client.silence(1);
    client.send({ realtimeInput: { text: 'And this.' } });
    await client.turnComplete();
    expect(client.outline(before)).toEqual(['audio', 'generationComplete', 'turnComplete']);
    await client.turnComplete();
    expect(client.outline(before)).toEqual([
      ...['audio', 'generationComplete', 'turnComplete'],
      ...['audio', 'generationComplete', 'turnComplete'],
    ]);
  });

  it('does not hold against a complete turn of clientContent on 3.8', async () => {
    for (const [profile, words] of [
      ['3.8', ['interrupted', 'turnComplete']],
      ['2.5-native', []],
    ] as const) {
      const bench = new Bench({ brain: new ScriptedBrain([LONG, 'Yes.']) });
      const client = await talking(bench, profile, NO_INTERRUPTION);
      const before = client.received.length;
      client.say('Stop.');
      expect(client.outline(before)).toEqual(words);
    }
  });
});
