import { expect, test } from 'vitest';
import { readTurnNews } from './turn-news.ts';

const counts = { totalTokenCount: 7, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 7 }] };
const read = (message: unknown) =>
  readTurnNews(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));

test.each([
  [{ usageMetadata: counts }, counts],
  [{ serverContent: { turnComplete: true }, usageMetadata: counts }, counts],
  [{ usageMetadata: {} }, {}],
  ['{"usage\\u004detadata":{"totalTokenCount":7}}', { totalTokenCount: 7 }],
  ['{"usageMetadata":{"totalTokenCount":9},"usageMetadata":{"totalTokenCount":7}}', { totalTokenCount: 7 }],
  ['{"usageMetadata":{"serviceTier":"}","totalTokenCount":7}}', { serviceTier: '}', totalTokenCount: 7 }],
  [{ serverContent: { outputTranscription: { text: '"usageMetadata":{"totalTokenCount":9}' } } }, null],
  [{ toolCall: { functionCalls: [{ id: 'a', name: 'b', args: { usageMetadata: counts } }] } }, null],
  [{ serverContent: { turnComplete: true } }, null],
  [{ text: 'usageMetadata', rest: { a: 1 } }, null],
])('finds the counts and nothing else (%#)', (message, expected) => {
  expect(read(message)?.usage).toEqual(expected);
});

test.each([
  ['{"serverContent":{"turnComplete":true}}', true],
  ['{"serverContent":{"turn\\u0043omplete" : true }}', true],
  ['{"serverContent":{"turnComplete":false}}', false],
  ['{"serverContent":{"turnComplete":true,"turnComplete":false}}', false],
  ['{"serverContent":{"turnComplete":true},"serverContent":{}}', false],
  ['{"toolCall":{"functionCalls":[{"args":{"serverContent":{"turnComplete":true},"turnComplete":true}}]}}', false],
  ['{"serverContent":{"outputTranscription":{"text":"\\"turnComplete\\":true"}}}', false],
])('the end of a turn is where it is said: %s', (message, expected) => {
  expect(read(message)?.isEnd).toBe(expected);
});

test('sound beside words counts, pictures do not', () => {
  const second = Buffer.alloc(48_000, 1).toString('base64');
  const part = (mimeType: string, data: unknown = second) => ({ inlineData: { mimeType, data } });
  const parts = [part('audio/pcm;rate=24000'), { text: 'hi' }, part('audio/pcm'), part('video/mp4')];
  expect(read({ serverContent: { modelTurn: { parts }, outputTranscription: { text: 'hi' } } })?.audioSeconds).toBe(2);
});

test.each(['{"usageMetadata":{"a":{', '{"usageMetadata"', '{}{"usageMetadata":{}}', '[{"usageMetadata":{}}]', ''])(
  'what is no whole object says nothing: %j',
  (message) => {
    expect(read(message)).toBeNull();
  },
);
