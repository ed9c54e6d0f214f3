import { expect, test } from 'vitest';
import { readUsage } from './read-usage.ts';

const usage = { totalTokenCount: 7, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 7 }] };
const read = (message: unknown) => readUsage(Buffer.from(JSON.stringify(message)));

test.each([
  [{ usageMetadata: usage }, usage],
  [{ serverContent: { turnComplete: true }, usageMetadata: usage }, usage],
  [{ usageMetadata: {} }, {}],
  [{ serverContent: { outputTranscription: { text: '"usageMetadata":{"totalTokenCount":9}' } } }, null],
  [{ serverContent: { turnComplete: true } }, null],
  [{ text: 'usageMetadata', rest: { a: 1 } }, null],
])('finds the counts and nothing else (%#)', (message, expected) => {
  expect(read(message)).toEqual(expected);
});

test('what is cut off is no count', () => {
  expect(readUsage(Buffer.from('{"usageMetadata":{"a":{'))).toBeNull();
  expect(readUsage(Buffer.from('{"usageMetadata"'))).toBeNull();
});
