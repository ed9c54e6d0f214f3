import { expect, test } from 'vitest';
import type { ClientRequest } from './client-request.ts';
import { createOriginCheck } from './same-origin.ts';

function requestOf(headers: Record<string, string>): ClientRequest {
  return { headers: new Headers(headers) } as ClientRequest;
}

test.each([
  ['the same host', 'https://app.example', 'app.example'],
  ['the same host and port', 'http://localhost:8080', 'localhost:8080'],
  ['a default port that one side spells out', 'https://app.example', 'app.example:443'],
  ['another case', 'https://App.Example', 'APP.example'],
])('a page of %s may connect by default', (_, origin, host) => {
  expect(createOriginCheck(undefined)(requestOf({ origin, host }))).toBe(true);
});

test.each([
  ['another host', 'https://evil.example', 'app.example'],
  ['another port', 'http://localhost:3000', 'localhost:8080'],
  ['a host that only begins alike', 'https://app.example.evil.example', 'app.example'],
  ['no origin that can be named', 'null', 'app.example'],
  ['a broken origin', 'https://', 'app.example'],
  ['a request without Host', 'https://app.example', ''],
])('a page of %s may not connect by default', (_, origin, host) => {
  expect(createOriginCheck(undefined)(requestOf({ origin, host }))).toBe(false);
});

test('a client that sends no Origin is no browser and passes', () => {
  expect(createOriginCheck(undefined)(requestOf({ host: 'app.example' }))).toBe(true);
});

test('a list replaces the default', () => {
  const check = createOriginCheck(['https://studio.example']);
  expect(check(requestOf({ origin: 'https://studio.example', host: 'api.example' }))).toBe(true);
  expect(check(requestOf({ origin: 'https://api.example', host: 'api.example' }))).toBe(false);
});
