import { readFileSync } from 'node:fs';
import { modelProfile, type ServerMessage } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { BrainStep } from '../src/brain/brain.ts';
import { ScriptedBrain } from '../src/brain/scripted-brain.ts';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import type { EmulatorOptions } from '../src/options.ts';
import { PhraseTranscriber } from '../src/transcriber/phrase-transcriber.ts';
import { Bench, type Client, MODELS, serverViolation } from './session-harness.ts';

interface Line {
  readonly dir: 'client' | 'server';
  readonly backend: 'gemini' | 'vertex' | 'both';
  readonly name: string;
  readonly message: ServerMessage;
}

/** Every model whose messages differ; `vertex-3.8` has avatars. */
const TARGETS = {
  ...MODELS,
  'vertex-3.8': { backend: 'vertex', model: 'publishers/google/models/gemini-3.8-live' },
} as const;
type Target = keyof typeof TARGETS;

/** How one kind of message is brought about. */
interface Provocation {
  readonly targets: readonly Target[];
  readonly options?: EmulatorOptions;
  readonly setup?: Record<string, unknown>;
  /** Steps of the first turn, which a typed text brings about; without them the client does what `act` does. */
  readonly steps?: (line: Line) => readonly (string | BrainStep)[];
  readonly act?: (client: Client, bench: Bench) => Promise<unknown> | unknown;
}

const GEMINI = ['2.5-native', '3.1', '3.8', '3.8-et'] as const;
const THIRD = ['3.1', '3.8', '3.8-et'] as const;
const VERTEX = ['vertex-2.5-flash', 'vertex-3.8'] as const;
const ALL = [...GEMINI, ...VERTEX] as const;

const lines = readFileSync(new URL('../../live-protocol/fixtures/examples.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((text) => text !== '')
  .map((text) => JSON.parse(text) as Line);
const serverLines = lines.filter(({ dir }) => dir === 'server');
const phrases = await loadFixturePhrases();
const [phrase] = phrases;
const transcriber = new PhraseTranscriber({ phrases });

const TRANSCRIBED = { inputAudioTranscription: {}, outputAudioTranscription: {} };
const SAY = (): string[] => ['Hello there. This is what I wanted to tell you.'];
const LONG = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen.';
const UNTOLD: EmulatorOptions = { unverified: { usage: 'never' } };
const call = (...names: string[]): BrainStep => ({
  type: 'call',
  calls: names.map((name) => ({ name, args: name === 'hang_up' ? {} : { order_id: 'AB1234' } })),
});

async function speak(client: Client, bench: Bench): Promise<void> {
  client.speak(new Int16Array(8_000));
  const samples = phrase?.samples ?? new Int16Array(0);
  for (let start = 0; start < samples.length; start += 3_200) {
    client.speak(samples.slice(start, start + 3_200));
    await bench.clock.advance(200);
  }
  client.silence(2);
  await bench.clock.advance(3_000);
}

async function interrupt(client: Client, bench: Bench): Promise<void> {
  await bench.clock.advance(1_000);
  client.send({ realtimeInput: { text: 'Stop.' } });
}

function metadata(line: Line): Required<NonNullable<ServerMessage['serverContent']>> {
  return line.message.serverContent as Required<NonNullable<ServerMessage['serverContent']>>;
}

const SETUP_OF_CONSENT = lines.find(({ name }) => name === 'setup.replicatedVoice')?.message as unknown as {
  setup: { generationConfig: object };
};

/** By name of the line, and by backend where both have a line of that name. */
const PROVOCATIONS: Readonly<Record<string, Provocation>> = {
  'setupComplete gemini': { targets: GEMINI },
  'setupComplete vertex': { targets: VERTEX },
  'setupComplete.voiceConsent': {
    targets: GEMINI,
    setup: { generationConfig: SETUP_OF_CONSENT.setup.generationConfig },
  },
  'noise.emptyMessage': { targets: THIRD, steps: SAY },
  'noise.emptyServerContent': { targets: THIRD, steps: SAY },
  'serverContent.thought': {
    targets: ['2.5-native', '3.1', '3.8-et'],
    setup: { generationConfig: { responseModalities: ['AUDIO'], thinkingConfig: { includeThoughts: true } } },
    steps: () => [{ type: 'thought', text: '**Choosing a greeting**' }, 'Hello.'],
  },
  'serverContent.audio gemini': { targets: GEMINI, steps: SAY },
  'serverContent.audio vertex': { targets: VERTEX, steps: SAY },
  'serverContent.audioWithTranscript': { targets: THIRD, setup: TRANSCRIBED, steps: SAY },
  'serverContent.avatarVideo': {
    targets: ['vertex-3.8'],
    setup: { generationConfig: { responseModalities: ['VIDEO'] }, avatarConfig: { avatarName: 'Kira' } },
    steps: SAY,
  },
  'serverContent.text': { targets: ALL, steps: () => [{ type: 'parts', parts: [{ text: 'It is foggy.' }] }] },
  'serverContent.codeExecution': {
    targets: GEMINI,
    steps: () => [
      {
        type: 'parts',
        parts: [
          { executableCode: { id: 'ce1', language: 'PYTHON', code: 'print(6*7)' } },
          { codeExecutionResult: { id: 'ce1', outcome: 'OUTCOME_OK', output: '42\n' } },
        ],
      },
    ],
  },
  'serverContent.signedPart': {
    targets: GEMINI,
    steps: () => [{ type: 'parts', parts: [{ text: 'Checking.', thoughtSignature: 'c2lnbmVk' }] }],
  },
  'serverContent.partAudioTranscription': {
    targets: GEMINI,
    steps: (line) => [{ type: 'parts', parts: metadata(line).modelTurn.parts ?? [] }],
  },
  'serverContent.inputTranscriptionPiece': { targets: ['2.5-native'], setup: TRANSCRIBED, act: speak },
  'serverContent.inputTranscriptionWhole': { targets: THIRD, setup: TRANSCRIBED, act: speak },
  'serverContent.inputTranscriptionDetailed': {
    targets: GEMINI,
    setup: { inputAudioTranscription: { wordTimestamp: true, diarization: true, languageCodes: ['en-US'] } },
    act: speak,
  },
  'serverContent.interimInputTranscription': {
    targets: ALL,
    options: { unverified: { interimInputTranscription: true } },
    setup: TRANSCRIBED,
    act: speak,
  },
  'serverContent.outputTranscriptionOpen': { targets: VERTEX, setup: TRANSCRIBED, steps: SAY },
  'serverContent.outputTranscription': {
    targets: ['2.5-native', 'vertex-2.5-flash', 'vertex-3.8'],
    setup: TRANSCRIBED,
    steps: SAY,
  },
  'serverContent.outputTranscriptionFinished': { targets: VERTEX, setup: TRANSCRIBED, steps: SAY },
  'serverContent.generationComplete': { targets: ALL, steps: SAY },
  'serverContent.turnCompleteUsage gemini': {
    targets: GEMINI,
    steps: () => [{ type: 'thought', text: 'I think.' }, 'Hello.'],
  },
  'serverContent.turnCompleteUsage vertex': { targets: ['vertex-2.5-flash'], steps: SAY },
  'serverContent.turnCompleteEmptyUsage': {
    targets: GEMINI,
    options: { unverified: { usage: 'early' } },
    steps: SAY,
  },
  'serverContent.interrupted': { targets: ALL, steps: () => [LONG], act: interrupt },
  'serverContent.turnCompleteReason': {
    targets: ALL,
    options: UNTOLD,
    steps: () => [{ type: 'endReason', reason: 'RESPONSE_REJECTED' }],
  },
  'serverContent.waitingForInput': { targets: ALL, steps: () => [{ type: 'waitForInput' }] },
  'serverContent.interactionInProgress': {
    targets: ['3.8-et'],
    options: UNTOLD,
    setup: { tools: [{ functionDeclarations: [{ name: 'lookup_order' }] }] },
    steps: () => [call('lookup_order'), 'One moment.'],
  },
  'serverContent.interactionIdle': { targets: ['3.8-et'], options: UNTOLD, steps: SAY },
  'serverContent.grounding': {
    targets: ALL,
    options: UNTOLD,
    steps: (line) => ['Four degrees.', { type: 'grounding', metadata: metadata(line).groundingMetadata }],
  },
  'serverContent.mapsGrounding': {
    targets: ALL,
    steps: (line) => [{ type: 'grounding', metadata: metadata(line).groundingMetadata, when: 'now' }],
  },
  'serverContent.urlContext': {
    targets: GEMINI,
    steps: (line) => [{ type: 'urlContext', metadata: metadata(line).urlContextMetadata }],
  },
  // Nobody knows when the service puts so much into one message: a brain that wants it writes it out.
  'serverContent.combined': {
    targets: ['2.5-native', '3.1'],
    steps: (line) => [{ type: 'message', message: line.message }],
  },
  'toolCall.gemini25': { targets: ['2.5-native'], steps: () => [call('lookup_order')] },
  'toolCall.gemini31': { targets: THIRD, steps: () => [call('lookup_order')] },
  toolCall: { targets: VERTEX, steps: () => [call('lookup_order')] },
  'toolCall.parallelNoArgs': { targets: ALL, steps: () => [call('lookup_order', 'hang_up')] },
  'toolCall.partialArgs': {
    targets: VERTEX,
    steps: (line) => {
      const [{ name = '', partialArgs = [] } = {}] = line.message.toolCall?.functionCalls ?? [];
      const last = [{ jsonPath: '$.body', stringValue: 'Ada.' }];
      return [{ type: 'call', calls: [{ name, args: {}, partialArgs: [partialArgs, last] }] }];
    },
  },
  toolCallCancellation: {
    targets: ALL,
    steps: () => [call('lookup_order', 'lookup_order'), LONG],
    act: interrupt,
  },
  'goAway gemini': { targets: GEMINI, act: (_, bench) => bench.clock.advance(590_000) },
  'goAway vertex': { targets: VERTEX, act: (_, bench) => bench.clock.advance(590_000) },
  'goAway.fractional': { targets: ALL, act: (client) => client.session.goAway(9.5) },
  'sessionResumptionUpdate.resumable': { targets: ALL, setup: { sessionResumption: {} }, steps: SAY },
  'sessionResumptionUpdate.notResumable': { targets: ALL, setup: { sessionResumption: {} }, steps: SAY },
  'sessionResumptionUpdate.transparent': {
    targets: VERTEX,
    setup: { sessionResumption: { transparent: true } },
    steps: SAY,
  },
  'usageMetadata.alone': { targets: GEMINI, options: { unverified: { usage: 'alone' } }, steps: SAY },
  'usageMetadata.allFields gemini': {
    targets: GEMINI,
    steps: ({ message: { usageMetadata = {} } }) => ['Hello.', { type: 'usage', usage: usageMetadata }],
  },
  'usageMetadata.allFields vertex': {
    targets: VERTEX,
    steps: ({ message: { usageMetadata = {} } }) => ['Hello.', { type: 'usage', usage: usageMetadata }],
  },
  'voiceActivity.start': { targets: ['3.8', '3.8-et', 'vertex-3.8'], act: speak },
  'voiceActivity.end': { targets: ['3.8', '3.8-et', 'vertex-3.8'], act: speak },
  'voiceActivityDetectionSignal.sos': { targets: VERTEX, setup: { explicitVadSignal: true }, act: speak },
  'voiceActivityDetectionSignal.eos': { targets: VERTEX, setup: { explicitVadSignal: true }, act: speak },
};

function provocationOf(line: Line): Provocation | undefined {
  return PROVOCATIONS[`${line.name} ${line.backend}`] ?? PROVOCATIONS[line.name];
}

/** Every profile of the backend of a line. */
function targetsOf({ backend }: Line): Target[] {
  return ALL.filter((target) => backend === 'both' || TARGETS[target].backend === backend);
}

/** Everything that `target` sends when the message of `line` is provoked. */
async function provoke(line: Line, target: Target): Promise<readonly ServerMessage[]> {
  const { options = {}, setup = {}, steps, act } = provocationOf(line) ?? raise(`${line.name} is not provoked`);
  const reply = [...(steps?.(line) ?? ['Yes.'])];
  const bench = new Bench({ transcriber, ...options, brain: new ScriptedBrain([reply, 'Yes.']) });
  const { backend, model } = TARGETS[target];
  const client = bench.connect(backend);
  client.send({ setup: { model, generationConfig: { responseModalities: ['AUDIO'] }, ...setup } });
  await bench.clock.advance(500);
  if (steps) client.say('What is it?');
  if (act) await act(client, bench);
  await bench.clock.advance(act ? 1_000 : 15_000);
  if (client.closed) throw new Error(`${target} closed with ${client.closed.code} ${client.closed.reason}`);
  return client.messages;
}

/** Names of all fields, with `[]` for the elements of a list. Arguments of functions are anybody's. */
function keyPaths(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [`${path}[]`, ...value.flatMap((item) => keyPaths(item, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = path === '' ? key : `${path}.${key}`;
    return key === 'args' ? [here] : [here, ...keyPaths(child, here)];
  });
}

function shapeOf(message: ServerMessage): string {
  return [...new Set(keyPaths(message))].sort().join(' ');
}

/** The line as `target` sends it: profiles differ in the role, empty grounding and the interaction's status. */
function asSentBy(target: Target, { message }: Line): ServerMessage {
  const { wire } = modelProfile(TARGETS[target].model, TARGETS[target].backend);
  if (!message.serverContent) return message;
  const { modelTurn, ...content } = structuredClone(message.serverContent);
  if (content.turnComplete && wire.interactionStatus) content.interactionStatus ??= 'IDLE';
  if (content.turnComplete && wire.emptyGrounding) content.groundingMetadata ??= {};
  const turn = modelTurn && { modelTurn: { parts: modelTurn.parts, ...(wire.turnRole ? { role: 'model' } : {}) } };
  return { ...message, serverContent: { ...turn, ...content } };
}

/** Values that are part of the shape: where they stand, and what they look like. */
function constants(message: ServerMessage, line: Line): Record<string, unknown> {
  const content = message.serverContent ?? {};
  const blob = content.modelTurn?.parts?.[0]?.inlineData;
  const id = message.toolCall?.functionCalls?.[0]?.id;
  return {
    mimeType: blob?.mimeType,
    ...Object.fromEntries(Object.entries(content).filter(([, value]) => value === true)),
    // Which modalities an answer names, and of which it says how much: part of the shape, though all are elements of one list.
    answer: line.name === 'serverContent.turnCompleteUsage' ? modalitiesOf(message.usageMetadata) : undefined,
    status: content.interactionStatus,
    reason: content.turnCompleteReason,
    activity: message.voiceActivity?.type ?? message.voiceActivityDetectionSignal?.vadSignalType,
    resumable: message.sessionResumptionUpdate?.resumable,
    timeLeft: message.goAway?.timeLeft,
    // Word by word, or all at once: the fields are the same.
    transcribed: /inputTranscription(Piece|Whole)/.test(line.name) && wordsOf(content.inputTranscription?.text),
    // The example of parallel calls has ids that no profile has.
    id: line.name === 'toolCall.parallelNoArgs' ? undefined : idShape(id),
  };
}

function modalitiesOf(usage: ServerMessage['usageMetadata'] = {}): string[] {
  const details = usage.candidatesTokensDetails ?? usage.responseTokensDetails ?? [];
  return details.map(({ modality = '', tokenCount }) => `${modality}${tokenCount === undefined ? '' : ' n'}`);
}

function wordsOf(text = ''): 'one' | 'many' {
  return text.trim().includes(' ') ? 'many' : 'one';
}

function idShape(id: string | undefined): string | undefined {
  return id?.replace(/\d{19}/, '#').replace(/^[0-9a-f-]{36}$/, 'uuid');
}

function raise(message: string): never {
  throw new Error(message);
}

describe('a server message like', () => {
  const cases = serverLines.flatMap((line) => targetsOf(line).map((target) => ({ line, target })));
  const sends = ({ line, target }: { line: Line; target: Target }): boolean =>
    provocationOf(line)?.targets.includes(target) ?? false;

  it.each(cases.filter(sends).map(({ line, target }) => [line.backend, line.name, target, line] as const))(
    'the %s example %s is sent by %s',
    async (_, __, target, line) => {
      const messages = await provoke(line, target);
      const expected = asSentBy(target, line);
      const alike = messages.filter((message) => shapeOf(message) === shapeOf(expected));
      expect(
        alike.map((message) => constants(message, line)),
        `no message is ${shapeOf(expected)}`,
      ).toContainEqual(constants(expected, line));
      for (const message of messages) expect(serverViolation(message, TARGETS[target].backend)).toBeNull();
    },
  );

  it.each(
    cases.filter((each) => !sends(each)).map(({ line, target }) => [line.backend, line.name, target, line] as const),
  )(
    'the %s example %s is never sent by %s, whose messages of that kind look otherwise',
    async (_, __, target, line) => {
      // A setup that the model refuses is one way of not sending it.
      const messages = await provoke(line, target).catch(() => []);
      const expected = asSentBy(target, line);
      const alike = messages.filter((message) => shapeOf(message) === shapeOf(expected));
      expect(alike.map((message) => constants(message, line))).not.toContainEqual(constants(expected, line));
    },
  );

  it('every example is looked at with every profile of its backend', () => {
    const missing = serverLines.filter((line) => provocationOf(line) === undefined).map(({ name }) => name);
    expect(missing).toEqual([]);
    const names = new Set(serverLines.flatMap(({ name, backend }) => [name, `${name} ${backend}`]));
    expect(Object.keys(PROVOCATIONS).filter((name) => !names.has(name))).toEqual([]);
    for (const line of serverLines) {
      const targets = provocationOf(line)?.targets ?? [];
      const strangers = targets.filter((target) => !targetsOf(line).includes(target));
      expect([line.name, strangers]).toEqual([line.name, []]);
      const backends = targets.map((target) => TARGETS[target].backend);
      const wanted = line.backend === 'both' ? ['gemini', 'vertex'] : [line.backend];
      expect([line.name, [...new Set(backends)].sort()]).toEqual([line.name, wanted]);
    }
    expect(cases.length).toBe(
      serverLines.reduce((sum, { backend }) => sum + { gemini: 4, vertex: 2, both: 6 }[backend], 0),
    );
  });
});
