import { GeminiCloseReason } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { vertex } from '../src/index.ts';
import { type GoogleTokenEndpoint, startGoogleTokenEndpoint } from './support/google-token-endpoint.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let google: GoogleTokenEndpoint;
let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  google = await startGoogleTokenEndpoint();
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await under?.close();
  await upstream.close();
  google.close();
});

const setup = { ...defaultSetup, model: 'gemini-live-2.5-flash-native-audio' };

async function start(): Promise<void> {
  under = await startTestProxy({
    upstream: vertex({ project: 'ours', location: 'us-central1', auth: google.auth(), baseUrl: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
  });
}

test('Vertex is dialled with a token of the service account, at its path', async () => {
  await start();
  await TestClient.openSession(under.url, setup);
  const { request } = await upstream.connection();
  expect(request.url).toBe('/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent');
  expect(google.tokens).toHaveLength(1);
  expect(request.headers.authorization).toBe(`Bearer ${google.tokens[0]}`);
});

test('twenty clients at once cost one token, and so does the next hour', async () => {
  await start();
  await Promise.all(Array.from({ length: 20 }, () => TestClient.openSession(under.url, setup)));
  await TestClient.openSession(under.url, setup);
  expect(upstream.connections).toHaveLength(21);
  expect(google.assertions).toHaveLength(1);
});

test('a token near its end is replaced without anybody waiting for it', async () => {
  google.lifetimeSeconds = 200;
  await start();
  await TestClient.openSession(under.url, setup);
  google.lifetimeSeconds = 3_600;
  await TestClient.openSession(under.url, setup);
  await expect.poll(() => google.tokens).toHaveLength(2);
  await expect
    .poll(async () => {
      await TestClient.openSession(under.url, setup);
      return upstream.connections.at(-1)?.request.headers.authorization;
    })
    .toBe(`Bearer ${google.tokens[1]}`);
  expect(google.tokens).toHaveLength(2);
});

test('a refresh that fails while the old token works is told to the proxy’s observers, and costs nobody anything', async () => {
  google.lifetimeSeconds = 200;
  await start();
  await TestClient.openSession(under.url, setup);
  google.failing = true;
  await TestClient.openSession(under.url, setup);
  await under.changes.until(() => under.errors.length > 0 || undefined);
  expect(under.errors).toMatchObject([
    { error: { code: 'ERR_UPSTREAM_CREDENTIALS' }, context: { stage: 'dial', sessionId: null } },
  ]);
  expect(under.logLines.join('\n')).toContain('invalid_grant');
  expect(under.logLines.join('\n')).not.toContain(google.assertions[1]);
  expect(under.proxy.sessions()).toHaveLength(2);
});

test('many clients without a token ask Google once, and again after a moment', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  google.failing = true;
  await start();
  for (let count = 0; count < 4; count += 1) {
    const client = await TestClient.open(under.url);
    client.send({ setup });
    expect((await client.closed).code).toBe(4500);
  }
  expect(google.assertions).toHaveLength(1);
  google.failing = false;
  vi.setSystemTime(Date.now() + 1_000);
  await TestClient.openSession(under.url, setup);
  expect(google.assertions).toHaveLength(2);
});

test('without a token the client is closed with 4500, the error helps, and the next client may succeed', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  google.failing = true;
  await start();
  const client = await TestClient.open(under.url);
  client.send({ setup });
  expect(await client.closed).toEqual({
    code: 4500,
    reason: 'The server could not prepare this session; try again later.',
  });
  expect(under.errors[0]).toMatchObject({ error: { code: 'ERR_UPSTREAM_CREDENTIALS' }, context: { stage: 'dial' } });
  expect(under.errors[0]?.error.message).toMatch(/invalid_grant.*Set up application default credentials, or pass auth/);
  expect(upstream.tcpConnections).toBe(0);
  google.failing = false;
  vi.setSystemTime(Date.now() + 1_000);
  expect((await TestClient.openSession(under.url, setup)).received).toHaveLength(1);
});

describe('a token that Google refuses before its end', () => {
  /** The library believes in its token for an hour, and so does the proxy. */
  async function revoke(): Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'] });
    await start();
    await TestClient.openSession(under.url, setup);
    vi.setSystemTime(Date.now() + 600_000);
    upstream.refuseWith = ({ headers }) => (headers.authorization === `Bearer ${google.tokens[0]}` ? 401 : null);
  }

  test('is replaced, and the client notices nothing', async () => {
    await revoke();
    await Promise.all([TestClient.openSession(under.url, setup), TestClient.openSession(under.url, setup)]);
    expect(upstream.connections.at(-1)?.request.headers.authorization).toBe(`Bearer ${google.tokens[1]}`);
    expect(google.tokens).toHaveLength(2);
    expect(under.errors).toEqual([]);
  });

  test('is replaced once and no more, where another one is refused as well', async () => {
    await revoke();
    upstream.refuseWith = 403;
    const { handshakes } = upstream;
    for (let index = 0; index < 3; index += 1) {
      const client = await TestClient.open(under.url);
      client.send({ setup });
      expect((await client.closed).code).toBe(1011);
    }
    expect(google.tokens).toHaveLength(2);
    expect(upstream.handshakes - handshakes).toBe(4);
    expect(under.errors.at(-1)?.error.message).toContain('HTTP status 403; check the credential');
  });

  test('by closing, does not end a session that has begun', async () => {
    await revoke();
    upstream.refuseWith = null;
    const client = await TestClient.openSession(under.url, setup);
    const { length } = upstream.connections;
    const connection = upstream.connections[length - 1];
    connection?.socket.close(1008, GeminiCloseReason.credentialsInvalid.slice(0, 120));
    const next = await upstream.connection(length);
    expect(next.request.headers.authorization).toBe(`Bearer ${google.tokens[1]}`);
    client.send({ realtimeInput: { text: 'still here' } });
    await next.message(1);
    // A new one that is refused as well is the end, in Gemini's words.
    next.socket.close(1008, GeminiCloseReason.credentialsInvalid.slice(0, 120));
    expect((await client.closed).code).toBe(1008);
  });
});
