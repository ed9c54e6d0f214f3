import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { vertex } from '../../src/index.ts';
import { type GoogleTokenEndpoint, startGoogleTokenEndpoint } from '../support/google-token-endpoint.ts';
import { ScriptedUpstream, type UpstreamConnection } from '../support/scripted-upstream.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestProxy, type TestProxy } from '../support/test-proxy.ts';
import { update } from './bench.ts';

/** Sessions on Vertex, with Google's tokens as google-auth-library gets them, over the end of a token. */
let google: GoogleTokenEndpoint;
let upstream: ScriptedUpstream;
let under: TestProxy;
let client: TestClient;
let isClosed: boolean;

const minute = 60_000;
const setup = {
  model: 'gemini-live-2.5-flash-native-audio',
  generationConfig: { responseModalities: ['AUDIO'] },
};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  google = await startGoogleTokenEndpoint();
  upstream = await ScriptedUpstream.start();
  const endOf = new Map<string, number>();
  // Google lets in who has a token that has not ended.
  upstream.refuseWith = ({ headers }) => {
    for (const token of google.tokens) {
      const key = `Bearer ${token}`;
      if (!endOf.has(key)) endOf.set(key, Date.now() + google.lifetimeSeconds * 1_000);
    }
    return (endOf.get(headers.authorization ?? '') ?? 0) > Date.now() ? null : 401;
  };
  under = await startTestProxy({
    upstream: vertex({ project: 'ours', location: 'us-central1', auth: google.auth(), baseUrl: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
    // Without pauses: only the date passes here.
    continuity: { random: () => 0 },
  });
  client = await TestClient.openSession(under.url, setup);
  isClosed = false;
  client.socket.on('close', () => {
    isClosed = true;
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await under.close();
  await upstream.close();
  google.close();
});

function pass(minutes: number): void {
  vi.setSystemTime(Date.now() + minutes * minute);
}

/** The service gives a handle and ends the connection, as it does every ten minutes; resolves with the next one. */
async function cut(connection: UpstreamConnection, handle: string): Promise<UpstreamConnection> {
  connection.socket.send(Buffer.from(JSON.stringify(update(handle, 0))));
  connection.socket.close(1011, 'Deadline expired before operation could complete.');
  return upstream.connection(upstream.connections.indexOf(connection) + 1);
}

/** The client's words arrive there, and its socket is the one with which it began. */
async function expectTalk(connection: UpstreamConnection, words: string): Promise<void> {
  const from = connection.messages.length;
  client.send({ realtimeInput: { text: words } });
  await connection.message(from);
  await expect.poll(() => connection.messages.at(-1)?.data.toString()).toContain(words);
  const answer = Buffer.from(JSON.stringify({ serverContent: { outputTranscription: { text: `re: ${words}` } } }));
  connection.socket.send(answer);
  connection.socket.send(Buffer.from('{"serverContent":{"turnComplete":true}}'));
  await client.until(() => client.received.some(({ data }) => data.equals(answer)) || undefined);
  expect(isClosed).toBe(false);
}

test('a session of three hours goes on over the ends of its tokens; each is fetched once', async () => {
  let connection = await upstream.connection();
  for (let cuts = 1; cuts <= 18; cuts += 1) {
    pass(10);
    connection = await cut(connection, `h${cuts}`);
    await expectTalk(connection, `words ${cuts}`);
  }
  const tokens = upstream.connections.map(({ request }) => request.headers.authorization);
  expect(new Set(tokens).size).toBe(google.tokens.length);
  expect(google.tokens.length).toBeGreaterThanOrEqual(3);
  expect(google.tokens.length).toBeLessThanOrEqual(5);
  expect(under.errors).toEqual([]);
});

test('a token that has ended while nobody dialled is not dialled with', async () => {
  const first = await upstream.connection();
  pass(61);
  const { handshakes } = upstream;
  const second = await cut(first, 'h1');
  await expectTalk(second, 'after an hour');
  expect(second.request.headers.authorization).toBe(`Bearer ${google.tokens[1]}`);
  expect(upstream.handshakes - handshakes).toBe(1);
});

test('a token endpoint that is away for a while costs a pause and not the session', async () => {
  const first = await upstream.connection();
  pass(61);
  google.failing = true;
  const second = cut(first, 'h1');
  await under.changes.until(() => under.errors.length >= 2 || undefined);
  expect(under.errors.map(({ error }) => error.code)).toContain('ERR_UPSTREAM_CREDENTIALS');
  client.send({ realtimeInput: { text: 'meanwhile' } });
  google.failing = false;
  pass(1);
  const connection = await second;
  await connection.message(1);
  await expectTalk(connection, 'and on');
});
