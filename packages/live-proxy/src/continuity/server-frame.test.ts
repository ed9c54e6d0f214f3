import { expect, test } from 'vitest';
import { readServerFrame } from './server-frame.ts';

const read = (text: string) => readServerFrame(Buffer.from(text)).map(({ type }) => type);
const voice = (data: string, beside = '') =>
  `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"${data}"}}]}${beside}}}`;

test('audio is told without decoding it, with the words that stand beside it', () => {
  const broken = '{'.repeat(4_000);
  expect(read(voice(broken))).toEqual(['audio']);
  expect(
    readServerFrame(Buffer.from(voice(broken, ',"outputTranscription":{"text":" {héllo} \\"you\\""}')))[1],
  ).toEqual({
    type: 'outputTranscription',
    text: ' {héllo} "you"',
    finished: false,
  });
});

test('the end of a turn is seen beside audio', () => {
  expect(read(voice('A'.repeat(4_000), ',"turnComplete":true'))).toContain('turnComplete');
  expect(read(voice('A'.repeat(4_000), ',"interrupted":true'))).toContain('interrupted');
});

test.each([
  ['before the audio', `{"goAway":{"timeLeft":"50s"},${voice('A'.repeat(4_000)).slice(1)}`, 'goAway'],
  [
    'far behind it',
    `${voice('A'.repeat(4_000)).slice(0, -1)},"sessionResumptionUpdate":{"newHandle":"h","resumable":true},"usageMetadata":{"x":"${'y'.repeat(600)}"}}`,
    'sessionResumptionUpdate',
  ],
  ['with letters as escapes', voice('A'.repeat(4_000), ',"\\u0069nterrupted":true'), 'interrupted'],
  [
    'before the turn of the model',
    `{"serverContent":{"turnComplete":true,${voice('A'.repeat(4_000)).slice(18)}`,
    'turnComplete',
  ],
])('what stands beside audio is seen wherever it stands: %s', (_, text, type) => {
  expect(read(text)).toContain(type);
  expect(read(text)).toContain('audio');
});

test('words of a long turn are all there', () => {
  const text = 'word '.repeat(400);
  const message = { serverContent: { modelTurn: { parts: [{ text }] } } };
  expect(readServerFrame(Buffer.from(JSON.stringify(message)))).toEqual([{ type: 'text', text, thought: false }]);
});

test('long messages that are no audio are read whole', () => {
  const calls = `{"toolCall":{"functionCalls":[{"id":"c","name":"f","args":{"text":"${'A'.repeat(4_000)}"}}]}}`;
  expect(read(calls)).toEqual(['toolCall']);
});

test.each(['{"goAway":{"timeLeft":"50s"}}', '{\n  "goAway": {\n    "timeLeft": "50s"\n  }\n}'])('%j is read', (text) =>
  expect(read(text)).toEqual(['goAway']),
);

test.each(['', 'no json', '[]', 'null', '{"serverContent"'])('what cannot be read means nothing: %j', (text) =>
  expect(read(text)).toEqual([]),
);
