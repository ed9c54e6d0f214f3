import { expect, test } from 'vitest';
import { createRedact, redactError, redactKnownShapes } from './redact.ts';

const redact = createRedact({
  url: 'wss://user:p%40ssword@gateway.example/live?key=query-secret&v=1',
  headers: { authorization: 'Bearer token-1234567', 'x-goog-api-key': 'not-a-google-shape' },
});

test.each(['query-secret', 'p@ssword', 'token-1234567', 'not-a-google-shape'])('removes %s', (secret) => {
  expect(redact(`Consumer 'api_key:${secret}' has been suspended. ${secret}`)).toBe(
    "Consumer 'api_key:[redacted]' has been suspended. [redacted]",
  );
});

test('removes the start of a secret that a close reason was cut in', () => {
  expect(redact('Consumer api_key:not-a-goo')).toBe('Consumer api_key:[redacted]');
});

test('keeps words that are no secrets', () => {
  expect(redact('Bearer of v1 news')).toBe('Bearer of v1 news');
});

test.each(['AIzaSyA1234567890abcdefghijklmnopqrstuv', 'ya29.a0AfB_by-C', 'eyJhbGciOi.eyJpc3Mi.c2ln'])(
  'removes what looks like a credential of Google: %s',
  (secret) => {
    expect(redactKnownShapes(`<${secret}>`)).toBe('<[redacted]>');
  },
);

test('copies of errors keep name, message and code, and nothing that a library hung on them', () => {
  const error = Object.assign(new TypeError('bad token-1234567'), { code: 'EBAD', config: { headers: 'secret' } });
  const copy = redactError(error, redact);
  expect([copy.name, copy.message, Object.entries(copy)]).toEqual([
    'TypeError',
    'bad [redacted]',
    [
      ['name', 'TypeError'],
      ['code', 'EBAD'],
    ],
  ]);
  expect(redactError('token-1234567', redact).message).toBe('[redacted]');
});
