import { expect, test } from 'vitest';
import { endpoint } from './endpoint.ts';
import { geminiApi } from './gemini-api.ts';
import { vertex } from './vertex.ts';

const auth = { getAccessToken: async () => ({ token: 'token' }), credentials: { expiry_date: Date.now() + 3_600_000 } };

test('the Gemini API gets its key in a header and never in the URL', async () => {
  expect(await geminiApi({ apiKey: 'secret-key' }).target()).toEqual({
    url: 'wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
    headers: { 'x-goog-api-key': 'secret-key' },
  });
});

test('a key function is asked for every connection', async () => {
  let count = 0;
  const upstream = geminiApi({ apiKey: async () => `key-${++count}`, apiVersion: 'v1alpha' });
  expect((await upstream.target()).headers).toEqual({ 'x-goog-api-key': 'key-1' });
  const second = await upstream.target();
  expect(second.headers).toEqual({ 'x-goog-api-key': 'key-2' });
  expect(second.url).toContain('.v1alpha.');
});

test.each([
  ['us-central1', 'wss://us-central1-aiplatform.googleapis.com'],
  ['global', 'wss://aiplatform.googleapis.com'],
  ['eu', 'wss://aiplatform.eu.rep.googleapis.com'],
])('Vertex in %s is reached at %s', async (location, origin) => {
  expect(await vertex({ project: 'my-project', location, auth }).target()).toEqual({
    url: `${origin}/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent`,
    headers: { authorization: 'Bearer token' },
  });
});

test('a quota project of the credential is named', async () => {
  const upstream = vertex({ project: 'p1', location: 'us-central1', auth: { ...auth, quotaProjectId: 'payer' } });
  expect((await upstream.target()).headers).toMatchObject({ 'x-goog-user-project': 'payer' });
});

test.each([
  [
    'http://127.0.0.1:9090',
    'ws://127.0.0.1:9090/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
  ],
  ['https://gateway.example/live', 'wss://gateway.example/live'],
  ['wss://gateway.example/x?key=1', 'wss://gateway.example/x?key=1'],
])('the endpoint %s is dialled as %s', async (url, expected) => {
  expect((await endpoint({ url, headers: () => ({ a: 'b' }) }).target()).url).toBe(expected);
});

test('an endpoint without a path gets the one of its backend, and a path tells the backend', async () => {
  expect((await endpoint({ url: 'ws://h', backend: 'vertex' }).target()).url).toMatch(
    /LlmBidiService\/BidiGenerateContent$/,
  );
  expect(endpoint({ url: 'ws://h/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent' }).backend).toBe(
    'vertex',
  );
});

test('descriptions hold no credential', () => {
  const texts = [
    geminiApi({ apiKey: 'secret-key', baseUrl: 'wss://user:secret-pw@h/base?key=secret-query' }).describe(),
    endpoint({ url: 'wss://user:secret-pw@h/x?key=secret-query', headers: { authorization: 'secret-key' } }).describe(),
    vertex({ project: 'p1', location: 'us-central1', auth }).describe(),
  ];
  expect(texts.join('\n')).not.toContain('secret');
});

test.each([
  ['gemini-3.8-live'],
  ['models/gemini-3.8-live'],
  ['publishers/google/models/gemini-3.8-live'],
  ['projects/foreign/locations/europe-west4/publishers/google/models/gemini-3.8-live'],
])('%s gets the name that the upstream knows', (model) => {
  const own = 'projects/p1/locations/us-central1/publishers/google/models/gemini-3.8-live';
  expect(vertex({ project: 'p1', location: 'us-central1', auth }).modelResource(model)).toBe(own);
  expect(geminiApi({ apiKey: 'k' }).modelResource(model)).toBe('models/gemini-3.8-live');
});

test.each(['', 'a/b', 'models/', 'models/a/b', '../x', 'projects/p/locations/l/endpoints/1', 'x?y'])(
  'the model %j is refused with the remedy',
  (model) => {
    expect(() => geminiApi({ apiKey: 'k' }).modelResource(model)).toThrow(
      /is not a model; write an id or "models\/<id>"/,
    );
  },
);

test('a tuned model keeps its name on the Gemini API', () => {
  expect(geminiApi({ apiKey: 'k' }).modelResource('tunedModels/mine')).toBe('tunedModels/mine');
});

test.each([
  [() => geminiApi({} as never), 'geminiApi: apiKey is missing'],
  [() => geminiApi({ apiKey: '' }), 'geminiApi: apiKey is empty'],
  [() => geminiApi({ apiKey: 'key\n' }), 'geminiApi: apiKey is empty or holds white space'],
  [() => geminiApi({ apiKey: 'k', apiVersion: '../x' }), 'geminiApi: apiVersion "../x" is not an API version'],
  [() => vertex({ project: '', location: 'us-central1' }), 'vertex: project "" is not valid'],
  [() => vertex({ project: 'p/q', location: 'us-central1' }), 'vertex: project "p/q" is not valid'],
  [() => vertex({ project: 'p', location: 'evil.example/' }), 'vertex: location "evil.example/" is not valid'],
  [() => vertex({ project: 'p' } as never), 'vertex: location undefined is not valid'],
  [() => endpoint({ url: 'ftp://h' }), 'endpoint: url is not a WebSocket URL'],
  [() => endpoint({} as never), 'endpoint: url is not a WebSocket URL'],
])('wrong options are refused where they are given (%#)', (make, message) => {
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

test('a credential that cannot be had is an error that names the option and not the credential', async () => {
  const leaky = Object.assign(new Error('refused for AIzaSyA1234567890abcdefghijklmnopqrstuv'), { config: 'secret' });
  const failing = async () => {
    throw leaky;
  };
  const cases = [
    geminiApi({ apiKey: failing }),
    endpoint({ url: 'ws://h', headers: failing }),
    vertex({ project: 'p', location: 'us-central1', auth: { getAccessToken: failing } }),
  ];
  for (const upstream of cases) {
    const error = await upstream.target().then(
      () => null,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'LiveProxyError', code: 'ERR_UPSTREAM_CREDENTIALS' });
    expect(`${error.message} ${error.cause.message} ${JSON.stringify(error.cause)}`).not.toMatch(/AIza|secret/);
  }
});
