import { expect, test } from 'vitest';
import { inspectLaterMessage } from './setup-guard.ts';

function inspect(text: string): string {
  return inspectLaterMessage(Buffer.from(text));
}

test('audio passes', () => {
  expect(inspect('{"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm;rate=16000"}}}')).toBe('harmless');
});

test('the word in what somebody said passes', () => {
  expect(inspect('{"realtimeInput":{"text":"how do I \\"setup\\" this? {\\"setup\\":{}}"}}')).toBe('harmless');
});

test('a nested member of that name passes', () => {
  expect(inspect('{"toolResponse":{"functionResponses":[{"response":{"setup":{}}}]}}')).toBe('harmless');
});

test('escapes that spell no letter of it pass without being parsed', () => {
  expect(inspect('{"realtimeInput":{"audio":{"data":"AA\\u002BA","mimeType":"\\u00e9"}} no json')).toBe('harmless');
});

test.each([
  ['alone', '{"setup":{"model":"models/x"}}'],
  ['with white space', ' \n{ "setup" : {} }'],
  ['behind another member', '{"realtimeInput":{"text":"hi"},"setup":{}}'],
  ['spelled with escapes', '{"\\u0073\\u0065tup":{}}'],
  ['spelled with escapes throughout', '{"\\u0073\\u0065\\u0074\\u0075\\u0070":{}}'],
  ['with its first letter escaped', '{"\\u0073etup":{}}'],
  ['with its second letter escaped', '{"s\\u0065tup":{}}'],
  ['with its third letter escaped', '{"se\\u0074up":{}}'],
  ['with its fourth letter escaped', '{"set\\u0075p":{}}'],
  ['with its last letter escaped', '{"setu\\u0070":{}}'],
  ['as null', '{"setup":null}'],
])('a setup is found %s', (_, text) => {
  expect(inspect(text)).toBe('setup');
});

test.each([
  ['a byte order mark', '\ufeff{"setup":{}}'],
  ['a trailing comma', '{"setup":{},}'],
  ['a comment', '/**/{"setup":{}}'],
  ['an array around it', '[{"setup":{}}]'],
  ['two objects', '{"realtimeInput":{}}{"setup":{}}'],
])('what a lenient reader might take for a setup does not pass: %s', (_, text) => {
  expect(inspect(text)).toBe('unreadable');
});
