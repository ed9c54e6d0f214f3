import { expect, test } from 'vitest';
import { readServerFrame } from './server-frame.ts';

const read = (text: string) => readServerFrame(Buffer.from(text)).map(({ type }) => type);
const voice = (data: string, beside = '') =>
  `{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"${data}"}}]}${beside}}}`;

test('audio is told without parsing, with the words that stand behind it', () => {
  const broken = '{'.repeat(4_000);
  expect(read(voice(broken))).toEqual(['part']);
  expect(readServerFrame(Buffer.from(voice(broken, ',"outputTranscription":{"text":" héllo \\"you\\""}')))[1]).toEqual({
    type: 'outputTranscription',
    text: ' héllo "you"',
    finished: false,
  });
});

test('the end of a turn is seen beside audio', () => {
  expect(read(voice('A'.repeat(4_000), ',"turnComplete":true'))).toContain('turnComplete');
  expect(read(voice('A'.repeat(4_000), ',"interrupted":true'))).toContain('interrupted');
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
