import { inspect } from 'node:util';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { geminiApi, type Upstream, vertex } from '../src/index.ts';
import { type GoogleTokenEndpoint, startGoogleTokenEndpoint } from './support/google-token-endpoint.ts';
import { ScriptedUpstream, type UpstreamConnection } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let google: GoogleTokenEndpoint;
let upstream: ScriptedUpstream;
/** All that the upstream got in the run before. */
let connections: UpstreamConnection[];

async function prepare(): Promise<void> {
  upstream = await ScriptedUpstream.start();
}
beforeEach(async () => {
  google = await startGoogleTokenEndpoint();
  await prepare();
});
afterEach(async () => {
  await upstream.close();
  google.close();
});

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

const apiKey = 'AIzaSyTheSecretKeyOfTheServer0123456789';

/** Runs a proxy through everything that can happen to it, and returns every text that left it. */
async function texts(made: Upstream, secretNow: () => string): Promise<string> {
  const seen: string[] = [];
  const reader = new Reader();
  const spans = new InMemorySpanExporter();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }).getTracer('t');
  const under: TestProxy = await startTestProxy({
    telemetry: { meter, tracer },
    warm: { size: 1 },
    ...(made.tokenTarget === undefined ? {} : { ephemeralTokens: true }),
    upstream: made,
    authenticate: ({ url }) => (url.searchParams.has('nobody') ? null : { id: 'ana' }),
    limits: { handshakeTimeoutMs: 200, firstMessageTimeoutMs: 200, maxUpstreamMessageBytes: 10_000 },
  });
  const run = async (act: (client: TestClient) => void): Promise<void> => {
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    act(client);
    const closed = await client.closed;
    seen.push(JSON.stringify(closed), ...client.received.map(({ data }) => data.toString()));
  };
  const nothing = () => {};

  seen.push(JSON.stringify(await refusalOf(`${under.url}?nobody`)));
  await run((client) => client.socket.send('{"setup":{}}'));
  upstream.onSetup = ({ socket }) => {
    socket.send('{"setupComplete":{}}');
    // Google has been seen to name the key of a suspended project in a close reason.
    socket.close(1008, `Permission denied: Consumer 'api_key:${secretNow()}' has been suspended.`.slice(0, 123));
  };
  await run(nothing);
  upstream.onSetup = ({ socket }) => socket.close(1008, `${'x'.repeat(100)}${secretNow()}`.slice(0, 123));
  await run(nothing);
  upstream.onSetup = ({ socket }) => socket.terminate();
  await run(nothing);
  upstream.onSetup = ({ socket }) => socket.send(Buffer.alloc(20_000));
  await run(nothing);
  upstream.onSetup = () => {};
  await run(nothing);
  upstream.refuseWith = 401;
  await run(nothing);
  upstream.refuseWith = null;
  upstream.mute = true;
  await run(nothing);
  const url = 'http://host/live/ephemeral-tokens';
  const body = JSON.stringify({ setup: defaultSetup });
  const asked = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
  seen.push(await (await under.proxy.fetch(new Request(url, asked))).text());
  connections = upstream.connections;
  await upstream.close();
  await run(nothing);
  await prepare();

  seen.push(...under.logLines);
  seen.push(inspect(await reader.collect(), { depth: 12 }), inspect(spans.getFinishedSpans(), { depth: 8 }));
  seen.push(inspect(under.events, { depth: 10 }), inspect(under.errors, { depth: 10, showHidden: true }));
  seen.push(inspect(under.proxy, { depth: 10, showHidden: true }), inspect(made, { depth: 10, showHidden: true }));
  for (const { error } of under.errors) seen.push(String(error), String(error.stack), JSON.stringify(error));
  expect(under.errors.length).toBeGreaterThan(5);
  expect(under.logLines.length).toBeGreaterThan(20);
  await under.close();
  return seen.join('\n');
}

/** The secret, and any part of it that is long enough to help somebody. */
function partsOf(secret: string): string[] {
  return Array.from({ length: secret.length - 11 }, (_, index) => secret.slice(index, index + 12));
}

test('the API key is in no log line, error, event, metric, span or answer, and in no frame to the client', async () => {
  const text = await texts(geminiApi({ apiKey, baseUrl: upstream.url }), () => apiKey);
  for (const part of partsOf(apiKey)) expect(text).not.toContain(part);
  expect(text).toContain('[redacted]');
  expect(connections[0]?.request.headers['x-goog-api-key']).toBe(apiKey);
  for (const { request } of connections) expect(request.url).not.toContain(apiKey);
});

test('no token, assertion or private key is in them either', async () => {
  const made = vertex({ project: 'ours', location: 'us-central1', auth: google.auth(), baseUrl: upstream.url });
  const text = await texts(made, () => google.tokens.at(-1) ?? '');
  google.failing = true;
  const failing = await texts(
    vertex({ project: 'ours', location: 'us-central1', auth: google.auth(), baseUrl: upstream.url }),
    () => '',
  );
  const secrets = [...google.tokens, ...google.assertions, google.privateKey.split('\n')[5] ?? ''];
  expect(google.tokens.length).toBeGreaterThan(0);
  expect(google.assertions.length).toBeGreaterThan(1);
  for (const secret of secrets) for (const part of partsOf(secret)) expect(`${text}\n${failing}`).not.toContain(part);
});
