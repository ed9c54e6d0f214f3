import { parseClientFrame, parseServerMessage, type ServerEvent } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { classifyClientFrame } from '../src/continuity/client-frame.ts';
import { readServerFrame } from '../src/continuity/server-frame.ts';
import { clientMedia, modelVoice } from '../src/media/media-outlines.ts';
import { readTurnNews } from '../src/usage/turn-news.ts';
import { type JsonValue, jsonText, Members } from './support/json-text.ts';
import { randomOf } from './support/random.ts';

const seed = 20_261_128;
const random = randomOf(seed);
const chance = (share: number) => random() < share;
const rounds = 4_000;

/** Base64 of sound or a picture, short and long. */
const base64 = () => random.bytes(random.pick([0, 6, 60, 600, 1_920])).toString('base64');
const words = () =>
  random.pick([
    '',
    'hi',
    ' "goAway":{',
    'é\\',
    '{"turnComplete":true}',
    '"usageMetadata":{"a":1}',
    'word '.repeat(150),
  ]);
const mime = () =>
  random.pick(['audio/pcm;rate=24000', 'audio/pcm', 'audio/pcm;rate=16000', 'image/jpeg', 'video/mp4']);
const object = (...members: (readonly [string, JsonValue])[]) => new Members(members);
/** Something that means nothing where it stands. */
const noise = (): JsonValue =>
  random.pick<() => JsonValue>([
    () => words(),
    () => random.pick([0, -1.5e3, true, false, null]),
    () => [object(['turnComplete', true]), words()],
    () => object(['usageMetadata', object(['totalTokenCount', 99])], ['goAway', object()], ['a', [words()]]),
    () => object(['data', base64()], ['mimeType', mime()]),
  ])();

/** Some of the members, each also twice or with a senseless value, in any order. */
function some(choices: readonly (readonly [string, () => JsonValue])[], most: number): Members {
  const list = Array.from({ length: random.below(most + 1) }, () => {
    const [name, value] = random.pick(choices);
    return [name, chance(0.1) ? noise() : value()] as const;
  });
  return new Members(list);
}

const blob = () =>
  some(
    [
      ['data', base64],
      ['mimeType', mime],
      ['displayName', words],
    ],
    3,
  );
const fullBlob = () => {
  const members = [['data', base64()] as const, ['mimeType', mime()] as const];
  return new Members(chance(0.5) ? members : members.toReversed());
};
const anyBlob = () => (chance(0.8) ? fullBlob() : blob());
const part = () =>
  chance(0.6)
    ? object(['inlineData', anyBlob()])
    : some(
        [
          ['inlineData', anyBlob],
          ['text', words],
          ['thought', () => chance(0.5)],
          ['functionCall', noise],
        ],
        3,
      );
const modelTurn = () =>
  chance(0.6)
    ? object(['parts', [part()]], ...(chance(0.5) ? [['role', 'model'] as const] : []))
    : some(
        [
          ['role', () => 'model'],
          ['parts', () => Array.from({ length: random.below(4) }, part)],
        ],
        3,
      );
const transcription = () =>
  some(
    [
      ['text', words],
      ['finished', () => chance(0.5)],
    ],
    2,
  );
const serverContent = () =>
  some(
    [
      ['modelTurn', modelTurn],
      ['modelTurn', modelTurn],
      ['outputTranscription', transcription],
      ['inputTranscription', transcription],
      ['turnComplete', () => chance(0.8)],
      ['generationComplete', () => true],
      ['interrupted', () => true],
      ['groundingMetadata', noise],
    ],
    4,
  );
const spoken = () => object(['modelTurn', object(['parts', [object(['inlineData', fullBlob()])]])]);
const serverMessage = () => (chance(0.2) ? object(['serverContent', spoken()]) : anyServerMessage());
const anyServerMessage = () =>
  some(
    [
      ['serverContent', serverContent],
      ['serverContent', serverContent],
      ['usageMetadata', () => object(['totalTokenCount', random.below(100)])],
      ['goAway', () => object(['timeLeft', '50s'])],
      ['sessionResumptionUpdate', () => object(['newHandle', 'h'], ['resumable', chance(0.8)])],
      ['toolCall', () => object(['functionCalls', [object(['id', 'c'], ['name', 'f'], ['args', noise()])]])],
      ['voiceActivity', () => object(['type', 'ACTIVITY_START'])],
      ['newKind', noise],
    ],
    4,
  );
const content = () => object(['role', random.pick(['user', 'model'])], ['parts', [object(['text', words()])]]);
const realtimeInput = () =>
  some(
    [
      ['audio', fullBlob],
      ['audio', anyBlob],
      ['video', fullBlob],
      [random.pick(['mediaChunks', 'media_chunks']), () => Array.from({ length: random.below(3) }, anyBlob)],
      ['text', words],
      [random.pick(['activityStart', 'activity_end']), () => object()],
      ['audioStreamEnd', () => true],
    ],
    2,
  );
const single = () => object([random.pick(['audio', 'video']), fullBlob()]);
const clientMessage = () =>
  chance(0.3) ? object([random.pick(['realtimeInput', 'realtime_input']), single()]) : anyClientMessage();
const anyClientMessage = () =>
  some(
    [
      [random.pick(['realtimeInput', 'realtime_input']), realtimeInput],
      [random.pick(['realtimeInput', 'realtime_input']), realtimeInput],
      [
        random.pick(['clientContent', 'client_content']),
        () => object(['turns', [content()]], [random.pick(['turnComplete', 'turn_complete']), chance(0.5)]),
      ],
      [
        'toolResponse',
        () => object(['functionResponses', [object(['id', 'c'], ['response', object(['a', noise()])])]]),
      ],
    ],
    2,
  );

/** Sound is told by its being there; whether its base64 is good is for those who play it. */
function withoutSound(events: readonly ServerEvent[]): readonly unknown[] {
  return events.map((event) => {
    if (event.type === 'audio') return { type: 'media' };
    return event.type === 'part' && 'inlineData' in event.part ? { type: 'media' } : event;
  });
}

const isSound = (type: unknown) => typeof type === 'string' && /^audio\//i.test(type);
const bytesOf = (data: unknown) =>
  typeof data === 'string' ? Math.floor((data.replace(/=+$/, '').length * 3) / 4) : 0;
const rateOf = (type: string) => Number(/rate=(\d+)/.exec(type)?.[1] ?? 24_000);

/** Read as a loosely typed value. */
// biome-ignore lint/suspicious/noExplicitAny: the text may hold anything
const parsed = (text: string): any => JSON.parse(text);

function secondsIn(message: ReturnType<typeof parsed>): number {
  const parts = message.serverContent?.modelTurn?.parts;
  if (!Array.isArray(parts)) return 0;
  return parts.reduce((sum, one) => {
    const { data, mimeType } = one?.inlineData ?? {};
    return isSound(mimeType) ? sum + bytesOf(data) / 2 / rateOf(mimeType) : sum;
  }, 0);
}

test(`what JSON.parse finds in a message of the service is found without parsing (seed ${seed})`, () => {
  let voices = 0;
  let longOnes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const text = jsonText(serverMessage(), random);
    const data = Buffer.from(text);
    const message = parsed(text);
    const events = parseServerMessage(text);
    if (data.byteLength > 512) longOnes += 1;
    expect(withoutSound(readServerFrame(data)), text).toEqual(withoutSound(events));
    const news = readTurnNews(data);
    expect(news?.usage ?? null, text).toEqual(message.usageMetadata ?? null);
    expect(news?.isEnd, text).toBe(message.serverContent?.turnComplete === true);
    const seconds = secondsIn(message);
    expect(news?.audioSeconds, text).toBeCloseTo(seconds, 9);
    const media = modelVoice.read(data);
    if (media === null) continue;
    voices += 1;
    expect(withoutSound(events), text).toEqual([{ type: 'media' }]);
    expect(Object.keys(message), text).toEqual(['serverContent']);
    expect(media.audioSeconds, text).toBeCloseTo(seconds, 9);
  }
  expect(voices).toBeGreaterThan(rounds / 100);
  expect(longOnes).toBeGreaterThan(rounds / 10);
});

/** As slowly as can be, and by rules of its own. */
function kindOf(text: string): string {
  const result = parseClientFrame(text, { backend: 'gemini' });
  if (!result.ok) return 'other';
  const { clientContent, realtimeInput: input, toolResponse } = result.message;
  if (clientContent !== undefined) return clientContent.turnComplete === true ? 'ask' : 'note';
  if (toolResponse !== undefined) return 'toolResponse';
  if (input?.text !== undefined) return 'ask';
  if (input?.activityStart !== undefined || input?.activityEnd !== undefined) return 'activity';
  const types = [
    ...(input?.audio === undefined ? [] : ['audio/pcm']),
    ...(input?.video === undefined ? [] : ['image/']),
  ];
  types.push(...(input?.mediaChunks ?? []).map(({ mimeType = '' }) => mimeType));
  if (types.length === 0) return 'other';
  return types.every((type) => /^(?:image|video)\//.test(type)) ? 'picture' : 'audio';
}

test(`what JSON.parse finds in a client’s message is found without parsing (seed ${seed})`, () => {
  let media = 0;
  for (let round = 0; round < rounds; round += 1) {
    const text = jsonText(clientMessage(), random);
    const data = Buffer.from(text);
    const found = classifyClientFrame(data, 'gemini').type;
    expect(found, text).toBe(kindOf(text));
    const known = clientMedia.read(data);
    if (known === null) continue;
    media += 1;
    expect(known.kind, text).toBe(found);
    const [[kind, input] = ['', {}], ...others] = Object.entries<object>(parsed(text));
    expect([others, /^realtime_?[iI]nput$/.test(kind), Object.keys(input).length], text).toEqual([[], true, 1]);
  }
  expect(media).toBeGreaterThan(rounds / 20);
});
