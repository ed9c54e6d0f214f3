import { describe, expect, it } from 'vitest';
import type { BrainStep } from '../src/brain/brain.ts';
import { ScriptedBrain } from '../src/brain/scripted-brain.ts';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { PhraseTranscriber } from '../src/transcriber/phrase-transcriber.ts';
import { Bench, type Client, outline, type ProfileUnderTest } from './session-harness.ts';

const TRANSCRIBED = { inputAudioTranscription: {}, outputAudioTranscription: {} };
const ANSWER = 'The parcel is on its way. It arrives on Monday.';
const LONG = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen.';
const phrases = await loadFixturePhrases();
const [phrase] = phrases;
const transcriber = new PhraseTranscriber({ phrases });
const samples = phrase?.samples ?? new Int16Array(0);
const CALL: BrainStep = { type: 'call', calls: [{ name: 'lookup', args: {} }] };
const END = ['generationComplete', 'turnComplete'] as const;

/** Audio with and without words in it, and empty messages between, is all one stretch of speech. */
function speechAsOne(words: readonly string[]): string[] {
  const names = words.map((word) => (word === 'audio+output' ? 'audio' : word));
  return names.filter((word, index) => word !== names[index - 1]);
}

function orderOf(client: Client, from = 1): string[] {
  return speechAsOne(client.outline(from));
}

function declare(behavior: string): Record<string, unknown> {
  return { ...TRANSCRIBED, tools: [{ functionDeclarations: [{ name: 'lookup', behavior }] }] };
}

function answer(client: Client, scheduling?: string): void {
  const id = client.messages.flatMap((message) => message.toolCall?.functionCalls ?? []).at(-1)?.id;
  const response = { id, name: 'lookup', response: { output: 'shipped' }, ...(scheduling ? { scheduling } : {}) };
  client.send({ toolResponse: { functionResponses: [response] } });
}

describe('a typed turn', () => {
  const orders: Readonly<Record<ProfileUnderTest, readonly string[]>> = {
    // The transcript runs ahead of the audio; where they mix is not fixed.
    '2.5-native': ['thought', 'output', 'audio', 'output', 'audio', ...END],
    '3.1': ['audio', ...END],
    '3.8': ['audio', ...END],
    '3.8-et': ['audio', ...END],
    'vertex-2.5-flash': ['outputOpen', 'output', 'outputFinished', 'audio', ...END],
  };

  it.each(Object.entries(orders))('of %s comes in the recorded order', async (profile, order) => {
    const bench = new Bench({ brain: new ScriptedBrain([[{ type: 'thought', text: 'Hm.' }, ANSWER]]) });
    const client = await bench.open(profile as ProfileUnderTest, TRANSCRIBED);
    client.say('Where is it?');
    await client.turnComplete();
    expect(client.messages.filter((message) => message.setupComplete)).toHaveLength(1);
    const words = orderOf(client);
    if (profile !== '2.5-native') return expect(words).toEqual(order);
    expect(words.slice(0, 4)).toEqual(order.slice(0, 4));
    expect(words.slice(-3)).toEqual(order.slice(-3));
    return expect(new Set(words.slice(3, -2))).toEqual(new Set(['output', 'audio']));
  });

  it('tells the tokens with turnComplete and nowhere else', async () => {
    for (const profile of Object.keys(orders) as ProfileUnderTest[]) {
      const client = await new Bench({ brain: new ScriptedBrain([ANSWER]) }).open(profile, TRANSCRIBED);
      client.say('Where is it?');
      await client.turnComplete();
      const told = client.messages.filter((message) => message.usageMetadata);
      expect(told).toHaveLength(1);
      expect(told[0]?.serverContent?.turnComplete).toBe(true);
    }
  });
});

describe('a spoken turn, pushed all at once', () => {
  const orders: Readonly<Record<ProfileUnderTest, readonly string[]>> = {
    '2.5-native': ['input', 'output', 'audio', 'output', 'audio', ...END],
    '3.1': ['input', 'audio', ...END],
    '3.8': ['start', 'input', 'end', 'audio', ...END],
    '3.8-et': ['start', 'input', 'end', 'audio', ...END],
    'vertex-2.5-flash': ['input', 'inputFinished', 'outputOpen', 'output', 'outputFinished', 'audio', ...END],
  };

  it.each(Object.entries(orders))('of %s comes in the recorded order', async (profile, order) => {
    const bench = new Bench({ transcriber, brain: new ScriptedBrain([ANSWER]), pacing: { answerMs: 900 } });
    const client = await bench.open(profile as ProfileUnderTest, TRANSCRIBED);
    client.speak(new Int16Array(8_000));
    client.speak(samples);
    client.silence(2);
    await client.turnComplete();
    const words = orderOf(client);
    const first = client.messages.find((message) => message.serverContent?.inputTranscription);
    if (profile === 'vertex-2.5-flash') expect(first).toEqual({ serverContent: { inputTranscription: {} } });
    if (profile !== '2.5-native') return expect(words).toEqual(order);
    expect(words.slice(0, 3)).toEqual(order.slice(0, 3));
    return expect(words.slice(-3)).toEqual(order.slice(-3));
  });

  it.each(['3.8', '3.8-et'] as const)(
    'of %s begins with an update nobody asked for and has {} and an empty serverContent before and within the speech',
    async (profile) => {
      const bench = new Bench({ transcriber, brain: new ScriptedBrain([ANSWER]) });
      const client = await bench.open(profile, TRANSCRIBED);
      await bench.clock.advance(100);
      expect(outline(client.messages, { all: true })).toEqual(['setupComplete', 'resumption']);
      client.say('Where is it?');
      await client.turnComplete();
      const firstAudio = client.messages.findIndex((message) => message.serverContent?.modelTurn);
      expect(client.messages.slice(firstAudio - 2, firstAudio)).toEqual([{}, { serverContent: {} }]);
      const lastAudio = client.messages.findLastIndex((message) => message.serverContent?.modelTurn);
      expect(client.messages.slice(firstAudio, lastAudio)).toContainEqual({});
    },
  );
});

describe('barge-in', () => {
  const ALL: readonly ProfileUnderTest[] = ['2.5-native', '3.1', '3.8', '3.8-et', 'vertex-2.5-flash'];
  /** Everything that cuts a model, with what the client does. */
  const triggers: Readonly<Record<string, (client: Client) => void>> = {
    'speech that voice activity detection finds': (client) => client.speak(samples),
    'a text in the live stream': (client) => client.send({ realtimeInput: { text: 'Stop.' } }),
    'a complete turn of clientContent': (client) => client.say('Stop.'),
    'an incomplete turn of clientContent': (client) =>
      client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'By the way' }] }] } }),
  };
  const cases = ALL.flatMap((profile) => Object.keys(triggers).map((trigger) => [profile, trigger] as const));

  async function cut(profile: ProfileUnderTest, trigger: string, when: 'generating' | 'held'): Promise<string[]> {
    const bench = new Bench({ transcriber, brain: new ScriptedBrain([LONG, 'Yes.']) });
    const client = await bench.open(profile, TRANSCRIBED);
    client.say('Please count.');
    await client.until(({ serverContent }) =>
      Boolean(when === 'held' ? serverContent?.generationComplete : serverContent?.modelTurn?.parts?.[0]?.inlineData),
    );
    const before = client.received.length;
    triggers[trigger]?.(client);
    const cutAt = client.messages.findIndex((message) => message.serverContent?.interrupted);
    expect(client.messages[cutAt]).toEqual({ serverContent: { interrupted: true } });
    expect(client.messages[cutAt + 1]?.serverContent?.turnComplete).toBe(true);
    expect(client.messages[cutAt + 1]?.usageMetadata).toBeDefined();
    return speechAsOne(outline(client.messages.slice(when === 'held' ? before - 1 : before)));
  }

  it.each(cases)('of %s while it generates, by %s: interrupted, turnComplete', async (profile, trigger) => {
    const words = await cut(profile, trigger, 'generating');
    expect(words.slice(0, 2)).toEqual(['interrupted', 'turnComplete']);
    expect(words).not.toContain('generationComplete');
  });

  it.each(cases)('of %s when it has generated, by %s: one generationComplete before', async (profile, trigger) => {
    const words = await cut(profile, trigger, 'held');
    expect(words.slice(0, 3)).toEqual(['generationComplete', 'interrupted', 'turnComplete']);
  });

  it.each([
    [10, 'before'],
    [3_000, 'after'],
  ] as const)(
    'lets the transcription of the utterance come %i ms later, which can be %s the answer to it begins',
    async (transcriptionMs, when) => {
      const bench = new Bench({
        transcriber,
        brain: new ScriptedBrain([LONG, ANSWER]),
        pacing: { transcriptionMs, answerMs: 300 },
      });
      const client = await bench.open('2.5-native', TRANSCRIBED);
      client.say('Please count.');
      await client.until((message) => message.serverContent?.modelTurn !== undefined);
      const before = client.received.length;
      client.speak(samples);
      client.silence(2);
      await bench.clock.advance(9_000);
      const words = client.outline(before);
      expect(words.slice(0, 2)).toEqual(['interrupted', 'turnComplete']);
      expect(words.indexOf('input') < words.indexOf('audio')).toBe(when === 'before');
    },
  );
});

describe('a blocking call', () => {
  const brain = (): ScriptedBrain => new ScriptedBrain([['One moment.', CALL], 'It was shipped.']);
  const asked = (turn: { input: readonly { type: string }[] }): boolean =>
    turn.input.some(({ type }) => type === 'toolResult');

  it.each(['2.5-native', '3.1', '3.8'] as const)(
    'of %s: nothing between it and its answer, one generationComplete and turnComplete at the end',
    async (profile) => {
      const bench = new Bench({
        brain: new ScriptedBrain([(turn) => (asked(turn) ? 'It was shipped.' : ['One moment.', CALL])]),
      });
      const client = await bench.open(profile, declare('BLOCKING'));
      client.say('Where is it?');
      await client.until((message) => message.toolCall !== undefined);
      const before = client.received.length;
      await bench.clock.advance(20_000);
      expect(client.outline(before)).toEqual([]);
      answer(client);
      await client.turnComplete();
      const words = orderOf(client).filter((word) => word !== 'output');
      const joined = words.filter((word, index) => word !== words[index - 1]);
      expect(joined).toEqual(['audio', 'toolCall', 'audio', ...END]);
    },
  );

  it('of Vertex closes its turn first, with tokens of its own, then answers in a second one', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await bench.open('vertex-2.5-flash', declare('BLOCKING'));
    client.say('Where is it?');
    await client.until((message) => message.toolCall !== undefined);
    answer(client);
    await client.turnComplete();
    await client.turnComplete();
    expect(orderOf(client)).toEqual([
      ...['outputOpen', 'output', 'audio', 'toolCall', 'outputFinished', ...END],
      ...['outputOpen', 'output', 'outputFinished', 'audio', ...END],
    ]);
    expect(client.messages.filter((message) => message.usageMetadata)).toHaveLength(2);
  });
});

describe('a call that does not block', () => {
  const PROFILES = ['2.5-native', '3.8', '3.8-et', 'vertex-2.5-flash'] as const;

  async function called(profile: ProfileUnderTest): Promise<{ bench: Bench; client: Client; from: number }> {
    const bench = new Bench({ brain: new ScriptedBrain([[CALL, LONG], 'It was shipped.']) });
    const client = await bench.open(profile, declare('NON_BLOCKING'));
    client.say('Where is it?');
    await client.until((message) => message.serverContent?.modelTurn?.parts?.[0]?.inlineData !== undefined);
    return { bench, client, from: client.received.length };
  }

  /** What matters here: who speaks, what ends. */
  function core(client: Client, from: number): string[] {
    const words = client.outline(from).map((word) => (word === 'audio+output' ? 'audio' : word));
    const kept = words.filter((word) => !/^output/.test(word));
    return kept.filter((word, index) => word !== kept[index - 1]);
  }

  it.each(PROFILES)('of %s, answered with INTERRUPT: interrupted, turnComplete, the new answer', async (profile) => {
    const { client, from } = await called(profile);
    answer(client, 'INTERRUPT');
    await client.until((message) => message.serverContent?.generationComplete === true);
    await client.turnComplete();
    expect(core(client, from)).toEqual(['interrupted', 'turnComplete', 'audio', ...END]);
  });

  it.each(PROFILES)('of %s, answered with WHEN_IDLE: the turn ends, then the new answer', async (profile) => {
    const { client, from } = await called(profile);
    answer(client, 'WHEN_IDLE');
    await client.turnComplete();
    await client.turnComplete();
    expect(core(client, from)).toEqual(['audio', ...END, 'audio', ...END]);
  });

  it.each(PROFILES)('of %s, answered with SILENT: the turn ends and that is all', async (profile) => {
    const { bench, client, from } = await called(profile);
    answer(client, 'SILENT');
    await client.turnComplete();
    await bench.clock.advance(20_000);
    expect(core(client, from)).toEqual(['audio', ...END]);
  });
});
