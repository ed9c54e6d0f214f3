import { expect, test } from 'vitest';
import { classifyClientFrame } from './client-frame.ts';

const kindOf = (text: string) => classifyClientFrame(Buffer.from(text), 'gemini');
const user = (text: string) => [{ role: 'user', text }];

test.each([
  ['{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"AAAA"}}}', 'audio'],
  ['{ "realtime_input" : {"audio":{"data":"AAAA","mime_type":"audio/pcm"} } }', 'audio'],
  ['{"realtimeInput":{"mediaChunks":[{"mimeType":"audio/pcm","data":"AAAA"}]}}', 'audio'],
  ['{"realtimeInput":{"mediaChunks":[{"mimeType":"image/jpeg","data":"AAAA"}]}}', 'picture'],
  ['{"realtimeInput":{"video":{"mimeType":"image/jpeg","data":"AAAA"}}}', 'picture'],
  ['{"realtimeInput":{"audioStreamEnd":true}}', 'other'],
  ['not json', 'other'],
  ['', 'other'],
])('%s is %s', (text, type) => expect(kindOf(text).type).toBe(type));

test('media is told without parsing: what stands between its head and its tail is not looked at', () => {
  const broken = `{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"${'{'.repeat(1_000)}"}}}`;
  expect(kindOf(broken)).toEqual({ type: 'audio' });
});

test.each([
  [
    'between audio and a picture',
    `"audio":{"data":"${'A'.repeat(400)}"},"text":"hi","video":{"data":"${'A'.repeat(400)}"}`,
  ],
  ['before them', `"text":"hi","audio":{"mimeType":"audio/pcm","data":"${'A'.repeat(400)}"}`],
])('a text that is hidden %s is a text', (_, members) => {
  expect(kindOf(`{"realtimeInput":{${members}}}`)).toEqual({ type: 'ask', turns: user('hi'), isRealtime: true });
});

test('words beside audio in one message are words, for they must not be dropped', () => {
  expect(kindOf('{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"AAAA"},"text":"hi"}}')).toEqual({
    type: 'ask',
    turns: user('hi'),
    isRealtime: true,
  });
});

test('a text that asks, one that does not, and an answer to a call', () => {
  const turns = '"turns":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]},{"role":"model","parts":[{"text":"c"}]}]';
  const said = [...user('ab'), { role: 'model', text: 'c' }];
  expect(kindOf(`{"clientContent":{${turns},"turnComplete":true}}`)).toEqual({
    type: 'ask',
    turns: said,
    isRealtime: false,
  });
  expect(kindOf(`{"client_content":{${turns}}}`)).toEqual({ type: 'note', turns: said });
  expect(kindOf('{"clientContent":{"turnComplete":true}}')).toMatchObject({ type: 'ask', turns: [] });
  expect(kindOf('{"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{}}]}}')).toEqual({
    type: 'toolResponse',
    callIds: ['c1'],
  });
});
