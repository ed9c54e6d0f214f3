import { describe, expect, it } from 'vitest';
import { DEFAULT_GEMINI_API_MODEL, DEFAULT_VERTEX_MODEL, readSettings, SettingsError } from './settings.ts';

describe('settings', () => {
  it('needs nothing: an empty environment means loopback, port 8080, ./data and the embedded emulator', () => {
    expect(readSettings({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      publicOrigin: null,
      dataDirectory: './data',
      secret: null,
      source: { kind: 'emulator', model: DEFAULT_GEMINI_API_MODEL },
      auth: { kind: 'guest' },
      metricsToken: null,
      store: null,
      redis: null,
    });
  });

  it.each([
    '/projects/123456789/global/backendServices/987654321',
    '/projects/123456789/locations/europe-west1/services/colloquy-studio',
    '/projects/123456789/apps/my-project-1',
  ])('takes %s for the audience of Identity-Aware Proxy', (audience) => {
    const environment = { COLLOQUY_AUTH: 'iap', COLLOQUY_IAP_AUDIENCE: audience };
    expect(readSettings(environment).auth).toEqual({ kind: 'iap', audience });
  });

  it.each([
    [{ COLLOQUY_AUTH: 'IAP' }, /^COLLOQUY_AUTH is "IAP"\. Give guest or iap/],
    [{ COLLOQUY_AUTH: 'iap' }, /^COLLOQUY_IAP_AUDIENCE is not set\. .* such as \/projects\//],
    [{ COLLOQUY_AUTH: 'iap', COLLOQUY_IAP_AUDIENCE: 'studio' }, /^COLLOQUY_IAP_AUDIENCE is "studio"/],
    [{ COLLOQUY_METRICS_TOKEN: 'short' }, /^COLLOQUY_METRICS_TOKEN has 5 characters/],
  ])('refuses %o with a remedy', (environment, words) => {
    expect(() => readSettings(environment)).toThrow(words);
  });

  it.each([
    ['gcs://my-rooms', { bucket: 'my-rooms', prefix: '', apiEndpoint: null }],
    ['gs://my-rooms/', { bucket: 'my-rooms', prefix: '', apiEndpoint: null }],
    ['gcs://my.rooms/studio', { bucket: 'my.rooms', prefix: 'studio/', apiEndpoint: null }],
    ['gcs://my-rooms/a/b/', { bucket: 'my-rooms', prefix: 'a/b/', apiEndpoint: null }],
  ])('takes COLLOQUY_STORE %j for a bucket and a prefix', (text, store) => {
    expect(readSettings({ COLLOQUY_STORE: text }).store).toEqual(store);
  });

  it('takes another address of the storage service', () => {
    const environment = { COLLOQUY_STORE: 'gcs://my-rooms', GCS_API_ENDPOINT: 'http://127.0.0.1:4443' };
    expect(readSettings(environment).store?.apiEndpoint).toBe('http://127.0.0.1:4443');
  });

  it.each(['my-rooms', 's3://my-rooms', 'gcs://', 'gcs://My-Rooms', 'gcs://my-rooms//x', 'gcs://my-rooms/a b'])(
    'refuses COLLOQUY_STORE %j with an example',
    (text) => {
      expect(() => readSettings({ COLLOQUY_STORE: text })).toThrow(
        /COLLOQUY_STORE is .*such as gcs:\/\/my-rooms\/studio/,
      );
    },
  );

  it('treats an empty variable as one that is not set', () => {
    expect(readSettings({ PORT: '', GEMINI_API_KEY: ' ', GOOGLE_CLOUD_PROJECT: '' })).toEqual(readSettings({}));
  });

  it.each([
    [{ GEMINI_API_KEY: 'AIza-test' }, { kind: 'gemini-api', apiKey: 'AIza-test', model: DEFAULT_GEMINI_API_MODEL }],
    [
      { GOOGLE_CLOUD_PROJECT: 'my-project', GOOGLE_CLOUD_LOCATION: 'europe-west4' },
      { kind: 'vertex', project: 'my-project', location: 'europe-west4', model: DEFAULT_VERTEX_MODEL },
    ],
    [
      { GEMINI_LIVE_URL: 'ws://127.0.0.1:9090' },
      { kind: 'endpoint', url: 'ws://127.0.0.1:9090', model: DEFAULT_GEMINI_API_MODEL },
    ],
  ])('chooses the model source from %o', (environment, source) => {
    expect(readSettings(environment).source).toEqual(source);
  });

  it('prefers the most specific source: a given URL, then a key, then a project', () => {
    const project = { GOOGLE_CLOUD_PROJECT: 'my-project', GOOGLE_CLOUD_LOCATION: 'us-central1' };
    const key = { ...project, GEMINI_API_KEY: 'k' };
    expect(readSettings(key).source.kind).toBe('gemini-api');
    expect(readSettings({ ...key, GEMINI_LIVE_URL: 'wss://live.example' }).source.kind).toBe('endpoint');
  });

  it.each(['models/gemini-x', 'publishers/google/models/gemini-x', 'gemini-x'])(
    'takes GEMINI_MODEL=%s as an id',
    (name) => {
      expect(readSettings({ GEMINI_MODEL: name }).source.model).toBe('gemini-x');
    },
  );

  it('keeps only the origin of PUBLIC_ORIGIN', () => {
    expect(readSettings({ PUBLIC_ORIGIN: 'https://Studio.example/' }).publicOrigin).toBe('https://studio.example');
  });

  it.each([
    ['PORT', '80a', '80a'],
    ['PORT', '70000', '70000'],
    ['PORT', '-1', '-1'],
    ['PORT', '0x50', '0x50'],
    ['HOST', 'http://localhost', 'http://localhost'],
    ['HOST', 'localhost:80', 'localhost:80'],
    ['PUBLIC_ORIGIN', 'studio.example', 'studio.example'],
    ['PUBLIC_ORIGIN', 'https://studio.example/app', 'https://studio.example/app'],
    ['PUBLIC_ORIGIN', 'ftp://studio.example', 'ftp://studio.example'],
    ['GEMINI_LIVE_URL', 'localhost', 'localhost'],
    ['GEMINI_LIVE_URL', 'ftp://x', 'ftp://x'],
    ['GEMINI_MODEL', 'a model', 'a model'],
    ['GOOGLE_CLOUD_PROJECT', 'my-project', 'my-project', 'GOOGLE_CLOUD_LOCATION'],
    ['GOOGLE_CLOUD_LOCATION', 'us-central1', 'us-central1', 'GOOGLE_CLOUD_PROJECT'],
  ])('refuses %s=%s and names variable, value and remedy', (name, value, shown, culprit = name) => {
    const error = problem({ [name]: value });
    expect(error.variable).toBe(culprit);
    expect(error.message).toContain(culprit);
    expect(error.message).toContain(shown);
    expect(error.message).toMatch(/[Gg]ive /);
  });

  it('never shows a secret or a key that it refuses', () => {
    expect(problem({ COLLOQUY_SECRET: 'hunter2' }).message).not.toContain('hunter2');
    expect(problem({ GEMINI_API_KEY: 'AIza secret' }).message).not.toContain('secret');
  });

  it.each(['redis://127.0.0.1:6379', 'rediss://:hunter2@redis.example:6380/1'])('takes COLLOQUY_ENGINE %s', (text) => {
    expect(readSettings({ COLLOQUY_ENGINE: text, COLLOQUY_SECRET: 's'.repeat(32) }).redis).toBe(text);
  });

  it.each([
    [{ COLLOQUY_ENGINE: 'http://:hunter2@example' }, /^COLLOQUY_ENGINE is no address of a Redis/],
    [{ COLLOQUY_ENGINE: '127.0.0.1:6379' }, /^COLLOQUY_ENGINE is no address of a Redis/],
    [{ COLLOQUY_ENGINE: 'redis://:hunter2@a' }, /^COLLOQUY_SECRET is not set/],
  ])('refuses %j with a remedy, and without the password', (environment, wanted) => {
    const { message } = problem(environment);
    expect(message).toMatch(wanted);
    expect(message).not.toContain('hunter2');
  });
});

function problem(environment: Record<string, string>): SettingsError {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(environment)} was accepted`);
}
