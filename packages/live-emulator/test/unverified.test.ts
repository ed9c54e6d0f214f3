import { describe, expect, it } from 'vitest';
import type { Brain, BrainStep } from '../src/brain/brain.ts';
import { ScriptedBrain } from '../src/brain/scripted-brain.ts';
import type { Unverified } from '../src/unverified.ts';
import { Bench, type Client, MODELS } from './session-harness.ts';

const LONG = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen.';
const CALL: BrainStep = { type: 'call', calls: [{ name: 'search', args: {} }] };
const INVALID = { code: 1007, reason: 'Request contains an invalid argument.' };

function benchOf(unverified: Partial<Unverified>, ...replies: (string | readonly (string | BrainStep)[])[]): Bench {
  return new Bench({ unverified, brain: new ScriptedBrain([...replies, 'Yes.']) });
}

function thoughtfulTurn(client: Client): Promise<unknown> {
  client.say('Why?');
  return client.turnComplete();
}

describe('what nobody knows is decided by an option:', () => {
  it.each([
    ['withTurnComplete', 1, true],
    ['early', 2, false],
    ['alone', 2, false],
    ['never', 0, false],
  ] as const)('usage %s is told %i times', async (usage, times, isCounted) => {
    const client = await benchOf({ usage }).open('3.1');
    await thoughtfulTurn(client);
    const told = client.messages.flatMap((message) => message.usageMetadata ?? []);
    expect(told).toHaveLength(times);
    expect((told.at(-1)?.responseTokenCount ?? 0) > 0).toBe(isCounted);
    if (times === 2) expect(told[0]?.promptTokenCount).toBeGreaterThan(170);
  });

  it.each([
    ['whenGenerated', ['generationComplete', 'interrupted', 'turnComplete']],
    ['whenHeard', ['interrupted', 'turnComplete']],
  ] as const)('generationComplete comes %s: a turn cut while it is heard has %j', async (generationComplete, end) => {
    const bench = benchOf({ generationComplete }, LONG);
    const client = await bench.open();
    client.say('Count.');
    // Three times as fast as it sounds: everything is generated, and a part of it heard.
    await bench.clock.advance(6_000);
    client.send({ realtimeInput: { text: 'Stop.' } });
    const words = client.outline();
    expect(words.slice(words.indexOf('interrupted') - end.length + 2, words.indexOf('interrupted') + 2)).toEqual(end);
    await client.turnComplete();
    expect(client.outline().slice(-2)).toEqual(['generationComplete', 'turnComplete']);
  });

  it.each([
    ['answer', null],
    ['refuse', INVALID],
  ] as const)('clientContent behind the history of 3.1: %s', async (clientContentOn31, closed) => {
    const client = await benchOf({ clientContentOn31 }).open('3.1', {
      historyConfig: { initialHistoryInClientContent: true },
    });
    client.say('This is history.');
    expect(client.closed).toBeNull();
    client.say('And this?');
    expect(client.closed).toEqual(closed);
  });

  it.each([
    ['accept', '2.5-native', null],
    ['refuse', '2.5-native', INVALID],
    ['refuse', 'vertex-2.5-flash', INVALID],
    ['refuse', '3.8', null],
  ] as const)('search beside functions: %s, with %s', async (searchBesideFunctions, profile, closed) => {
    const bench = benchOf({ searchBesideFunctions });
    const { backend, model } = MODELS[profile];
    const tools = [{ googleSearch: {} }, { functionDeclarations: [{ name: 'search' }] }];
    const client = bench.connect(backend);
    client.send({ setup: { model, generationConfig: { responseModalities: ['AUDIO'] }, tools } });
    await bench.clock.advance(1_000);
    expect(client.closed).toEqual(closed);
  });

  it.each([
    ['TURN_INCLUDES_ONLY_ACTIVITY', 'vertex-2.5-flash', false],
    ['TURN_INCLUDES_ALL_INPUT', 'vertex-2.5-flash', true],
    ['TURN_INCLUDES_ALL_INPUT', '2.5-native', false],
  ] as const)('turns on Vertex: %s, and %s counts silence: %s', async (vertexTurnCoverage, profile, counts) => {
    const client = await benchOf({ vertexTurnCoverage }).open(profile);
    client.silence(4);
    client.say('Hello.');
    const { message } = await client.turnComplete();
    const audio = message.usageMetadata?.promptTokensDetails?.find(({ modality }) => modality === 'AUDIO');
    expect(audio?.tokenCount).toBe(counts ? 100 : undefined);
  });

  it.each([
    ['named', 'vertex', /^Invalid JSON payload received\. Unknown name "foo"/],
    ['generic', 'vertex', /^Request contains an invalid argument\.$/],
    ['generic', 'gemini', /^Invalid JSON payload received\. Unknown name "foo"/],
  ] as const)('violations are %s on %s', (vertexViolations, backend, reason) => {
    const client = benchOf({ vertexViolations }).connect(backend);
    client.send({ foo: 1 });
    expect(client.closed?.code).toBe(1007);
    expect(client.closed?.reason).toMatch(reason);
    // People are told all the same.
    expect(client.session.record.report().violations[0]?.path).toBe('foo');
  });

  it.each([false, true])('the total includes thoughts: %s', async (totalIncludesThoughts) => {
    const client = await benchOf({ totalIncludesThoughts }, [
      { type: 'thought', text: 'x'.repeat(400) },
      'Yes.',
    ]).open();
    await thoughtfulTurn(client);
    const { usageMetadata } = client.messages.find((message) => message.usageMetadata) ?? {};
    const {
      promptTokenCount = 0,
      responseTokenCount = 0,
      totalTokenCount = 0,
      thoughtsTokenCount,
    } = usageMetadata ?? {};
    expect(thoughtsTokenCount).toBe(100);
    expect(totalTokenCount - promptTokenCount - responseTokenCount).toBe(totalIncludesThoughts ? 100 : 0);
  });

  it.each([
    [null, '3.1', true],
    [null, '3.8', false],
    [true, '3.8', true],
    [false, '3.1', false],
  ] as const)('echo of live text %s with %s: %s', async (echoesRealtimeText, profile, isEchoed) => {
    const client = await benchOf({ echoesRealtimeText }).open(profile, { inputAudioTranscription: {} });
    client.send({ realtimeInput: { text: 'Hello.' } });
    await client.turnComplete();
    expect(client.outline().includes('input')).toBe(isEchoed);
  });

  it.each([
    ['ignore', null],
    ['close', INVALID],
  ] as const)('a response to no call: %s', async (unknownToolResponse, closed) => {
    const client = await benchOf({ unknownToolResponse }).open();
    client.send({ toolResponse: { functionResponses: [{ id: 'fc_1', name: 'search', response: {} }] } });
    expect(client.closed).toEqual(closed);
  });

  it.each([
    ['survive', []],
    ['cancel', [expect.stringMatching(/^fc_\d+$/)]],
  ] as const)('background calls %s an interruption of a later turn', async (backgroundCalls, cancelled) => {
    const bench = benchOf({ backgroundCalls }, [CALL], LONG);
    const client = await bench.open('3.8', { tools: [{ functionDeclarations: [{ name: 'search' }] }] });
    client.say('Search.');
    await client.turnComplete();
    client.say('And count.');
    await client.until((message) => message.serverContent?.modelTurn !== undefined);
    client.send({ realtimeInput: { text: 'Stop.' } });
    expect(client.messages.flatMap((message) => message.toolCallCancellation?.ids ?? [])).toEqual(cancelled);
  });

  it.each([
    ['afterSetup', ['0', '2']],
    ['withSetup', ['1', '3']],
    ['fromZero', ['0', '1']],
  ] as const)('the transparent index counts %s', async (transparentIndex, told) => {
    const bench = benchOf({ transparentIndex });
    const client = await bench.open('vertex-2.5-flash', { sessionResumption: { transparent: true } });
    await bench.clock.advance(100);
    client.send({ clientContent: { turns: [{ parts: [{ text: 'One.' }] }] } });
    client.say('Two.');
    await client.turnComplete();
    await bench.clock.advance(100);
    const updates = client.messages.flatMap((message) => message.sessionResumptionUpdate ?? []);
    const indices = updates.flatMap((update) => update.lastConsumedClientMessageIndex ?? []);
    expect(indices).toEqual(told);
  });

  it.each([
    ['everywhere', '3.8', null],
    ['documented', '3.8', INVALID],
  ] as const)('contextUpdate %s on %s', async (contextUpdate, profile, closed) => {
    const client = await benchOf({ contextUpdate }).open(profile);
    client.send({ contextUpdate: { systemInstruction: { parts: [{ text: 'Be brief.' }] } } });
    expect(client.closed).toEqual(closed);
  });

  it.each([
    ['documented', '3.8', 'system', INVALID],
    ['documented', 'vertex-2.5-flash', 'system', null],
    ['documented', 'vertex-2.5-flash', 'assistant', INVALID],
    ['any', '3.8', 'system', null],
    ['any', '3.8', 'assistant', null],
  ] as const)('roles %s on %s: a turn of %s', async (roles, profile, role, closed) => {
    const seen: string[] = [];
    const brain: Brain = {
      respond: ({ systemInstruction, input }) => {
        seen.push(
          systemInstruction,
          ...input.map((item) => (item.type === 'text' ? `${item.role}: ${item.text}` : '')),
        );
        return [];
      },
    };
    const client = await new Bench({ unverified: { roles }, brain }).open(profile);
    client.send({ clientContent: { turns: [{ role, parts: [{ text: 'In French.' }] }], turnComplete: false } });
    expect(client.closed).toEqual(closed);
    if (closed) return;
    client.say('Hello.');
    await client.turnComplete();
    // A system turn replaces the instruction; whoever else speaks counts as the user.
    const expected = role === 'system' ? ['In French.', 'user: Hello.'] : ['', 'user: In French.', 'user: Hello.'];
    expect(seen).toEqual(expected);
  });

  it.each([
    [['v1alpha'], 'v1beta', false],
    [['v1alpha'], 'v1', false],
    [['v1alpha'], 'v1alpha', true],
    [['v1alpha', 'v1'], 'v1', true],
  ])('proactivity of 2.5 native is known to %j: on %s %s', async (proactivityVersions, apiVersion, isTaken) => {
    const proactivity = { proactiveAudio: true };
    const opening = benchOf({ proactivityVersions }).open('2.5-native', { proactivity }, { apiVersion });
    if (isTaken) expect((await opening).closed).toBeNull();
    else await expect(opening).rejects.toThrow('Unknown name "proactivity" at \'setup\'');
  });

  it('initial history on 3.1', async () => {
    const historyConfig = { initialHistoryInClientContent: true };
    const refusing = benchOf({ initialHistoryOn31: 'refuse' });
    await expect(refusing.open('3.1', { historyConfig })).rejects.toThrow(INVALID.reason);
    expect((await refusing.open('3.8', { historyConfig })).closed).toBeNull();
    expect((await benchOf({}).open('3.1', { historyConfig })).closed).toBeNull();
  });

  it('a setup without a modality on 3.1', async () => {
    await expect(benchOf({}).open('3.1', { generationConfig: {} })).rejects.toThrow('(TEXT) is not supported');
    const client = await benchOf({ missingModality: 'AUDIO' }).open('3.1', { generationConfig: {} });
    await thoughtfulTurn(client);
    expect(client.outline()).toContain('audio');
  });

  it('versions of the API', async () => {
    await expect(benchOf({ refusedApiVersions: ['v1beta'] }).open()).rejects.toThrow(
      /^closed with 1008 models\/gemini-3.8-live is not found for API version v1beta/,
    );
  });

  it('guesses while a person still speaks come only when they are asked for', async () => {
    const client = await benchOf({}).open('3.8', { inputAudioTranscription: {} });
    client.speak(Int16Array.from({ length: 32_000 }, (_, index) => 8_000 * Math.sin(index / 8)));
    client.silence(2);
    await client.turnComplete();
    expect(client.messages.some((message) => message.serverContent?.interimInputTranscription)).toBe(false);
  });
});
