import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endpoint } from '../src/index.ts';
import { InMemoryReader } from './support/in-memory-reader.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, refusalOf, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

/** OpenTelemetry's own SDK, in memory. */
let reader: InMemoryReader;
let spans: InMemorySpanExporter;
let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  reader = new InMemoryReader('colloquy.live_proxy.');
  spans = new InMemorySpanExporter();
  upstream = await ScriptedUpstream.start();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }).getTracer(
    'test',
  );
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: ({ url }) => (url.searchParams.has('nobody') ? null : { id: 'secret-identity' }),
    prices: { '*': { prompt: { text: 1 }, response: { text: 1 } } },
    telemetry: { meter, tracer },
  });
});
afterEach(async () => {
  await under.close();
  await upstream.close();
});

const collect = () => reader.points();

test('a session is counted and spanned from its beginning to its end, with what it took and no word of it', async () => {
  await refusalOf(`${under.url}?nobody`);
  const client = await TestClient.openSession(under.url, {
    ...defaultSetup,
    systemInstruction: { parts: [{ text: 'secret instruction' }] },
  });
  client.send({ realtimeInput: { text: 'secret words' } });
  const first = await upstream.connection();
  await first.message(1);
  expect(await collect()).toMatchObject({ 'sessions{state=relaying}': 1 });
  const usageMetadata = {
    promptTokenCount: 30,
    responseTokenCount: 20,
    totalTokenCount: 50,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 25 }],
    responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }],
  };
  const update = { sessionResumptionUpdate: { newHandle: 'secret-handle', resumable: true } };
  for (const message of [update, { serverContent: { turnComplete: true }, usageMetadata }]) {
    first.socket.send(Buffer.from(JSON.stringify(message)));
  }
  await under.event('usageReported');
  first.socket.close(1011, 'Internal error encountered. secret reason');
  await under.changes.until(() =>
    under.events.find((event) => event.type === 'continuityChanged' && event.state === 'resumed'),
  );
  (await upstream.connection(1)).socket.close(1008, 'models/x is not found for API version v1beta');
  await client.closed;

  const model = 'models/gemini-3.8-live';
  const points = await collect();
  expect(points).toMatchObject({
    'sessions{state=relaying}': 0,
    'upgrades.refused{code=ERR_NOT_AUTHENTICATED,status=401}': 1,
    [`upstream.connect.duration{model=${model}}`]: 1,
    [`turns{model=${model}}`]: 1,
    [`tokens{direction=prompt,modality=text,model=${model}}`]: 25,
    [`tokens{direction=prompt,modality=other,model=${model}}`]: 5,
    [`tokens{direction=response,modality=audio,model=${model}}`]: 20,
    [`cost{model=${model}}`]: 50 / 1e6,
    'continuity.changes{code=ERR_GEMINI_INTERNAL,state=reconnecting}': 1,
    'continuity.changes{state=resumed}': 1,
    'messages{direction=received}': 2,
  });
  expect(Object.keys(points)).toContainEqual(
    expect.stringMatching(/^session.duration\{close_code=1008,closed_by=upstream/),
  );
  const [span] = spans.getFinishedSpans();
  expect(span?.attributes).toMatchObject({ model, close_code: 1008, tokens: 50, turns: 1 });
  expect(span?.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['upstreamOpened', 'continuityChanged']));
  const everything = JSON.stringify([points, span?.name, span?.attributes, span?.events, span?.status]);
  expect(everything).not.toContain('secret');
});

test('errors are counted with their stage', async () => {
  upstream.refuseWith = 403;
  const client = await TestClient.open(under.url);
  client.send({ setup: defaultSetup });
  await client.closed;
  expect(await collect()).toMatchObject({ 'errors{code=ERR_UPSTREAM_REFUSED,stage=dial}': 1 });
  const [span] = spans.getFinishedSpans();
  expect(span?.status.message).toBe('ERR_UPSTREAM_REFUSED');
});

test('a proxy that is closed is observed no more', async () => {
  await under.proxy.close();
  expect(Object.keys(await collect()).filter((key) => key.startsWith('sessions'))).toEqual([]);
});
