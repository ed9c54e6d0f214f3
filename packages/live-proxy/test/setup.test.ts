import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type DecideSetup, endpoint, LiveProxyError, vertex } from '../src/index.ts';
import { ScriptedUpstream } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy;

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
});
afterEach(async () => {
  await under?.close();
  await upstream.close();
});

async function start(setup?: DecideSetup<{ id: string }>, limits: object = {}): Promise<void> {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url, headers: { authorization: 'Bearer the-secret' } }),
    authenticate: () => ({ id: 'ana' }),
    setup,
    limits,
  });
}

async function setupAtUpstream(index = 0): Promise<unknown> {
  const { data } = await (await upstream.connection(index)).message(0);
  return JSON.parse(data.toString());
}

describe('a first message that is no setup closes the client, and nothing is dialled', () => {
  test.each([
    ['no setup at all', '{}', /./],
    ['a setup that is null', '{"setup":null}', /./],
    ['a setup that is a string', '{"setup":"models/x"}', /./],
    ['a setup that is an array', '{"setup":[]}', /./],
    ['a setup without a model', '{"setup":{}}', /setup\.model/],
    ['null', 'null', /./],
    ['a string', '"setup"', /./],
    ['an array', '[{"setup":{"model":"models/x"}}]', /./],
    ['no JSON', 'hello', /Invalid JSON payload/],
    ['nothing', '', /./],
    ['another message', '{"realtimeInput":{"text":"hi"}}', /^setup must be the first message and only the first$/],
    ['two messages in one', '{"setup":{"model":"models/x"},"realtimeInput":{"text":"hi"}}', /oneof/],
    [
      'an unknown field',
      '{"setup":{"model":"models/x","service_url":"wss://evil.example"}}',
      /Unknown name "service_url" at 'setup'/,
    ],
    ['a path as a model', '{"setup":{"model":"../../evil"}}', /is not a model/],
    ['binary garbage', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]), /Invalid JSON payload/],
  ])('%s', async (_, message, reason) => {
    await start();
    const client = await TestClient.open(under.url);
    client.socket.send(message);
    const closed = await client.closed;
    expect(closed.code).toBe(1007);
    expect(closed.reason).toMatch(reason);
    expect(upstream.tcpConnections).toBe(0);
    expect(under.errors).toEqual([]);
    expect(await under.event('sessionClosed')).toMatchObject({ closedBy: 'proxy', code: 1007 });
  });

  test('a setup that does not come in time', async () => {
    await start(undefined, { firstMessageTimeoutMs: 20 });
    const client = await TestClient.open(under.url);
    expect(await client.closed).toEqual({
      code: 1008,
      reason: 'No setup arrived within 20 ms; send {"setup":{"model":...}} first.',
    });
    expect(upstream.tcpConnections).toBe(0);
  });

  test('text that is not UTF-8', async () => {
    await start();
    const client = await TestClient.open(under.url);
    client.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
    expect(await client.closed).toEqual({ code: 1007, reason: 'Text messages must be UTF-8.' });
    expect(upstream.tcpConnections).toBe(0);
  });
});

describe('a first message that names a foreign upstream', () => {
  let trap: ScriptedUpstream;
  beforeEach(async () => {
    trap = await ScriptedUpstream.start();
  });
  afterEach(() => trap.close());

  test.each([
    ['alone', (url: string) => ({ service_url: url })],
    ['beside a setup', (url: string) => ({ service_url: url, setup: defaultSetup })],
    ['in a setup', (url: string) => ({ setup: { ...defaultSetup, serviceUrl: url } })],
    ['with a token', (url: string) => ({ bearer_token: 'x', service_url: url })],
  ])('leads to no connection anywhere: %s', async (_, message) => {
    await start();
    const client = await TestClient.open(under.url);
    client.send(message(trap.url.replace('http', 'ws')));
    expect((await client.closed).code).toBe(1007);
    expect(upstream.tcpConnections).toBe(0);
    expect(trap.tcpConnections).toBe(0);
  });

  test('as the model leads to ours only', async () => {
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: { ...defaultSetup, model: `${trap.url}/models/gemini-3.8-live` } });
    await client.closed;
    expect(trap.tcpConnections).toBe(0);
  });

  test('by redirect leads nowhere, and no credential leaves', async () => {
    await start();
    upstream.redirectTo = trap.url;
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect((await client.closed).code).toBe(1011);
    expect(under.errors[0]?.error).toMatchObject({ code: 'ERR_UPSTREAM_REFUSED' });
    expect(trap.tcpConnections).toBe(0);
  });
});

describe('the server owns the setup', () => {
  test('by default the client’s wish passes, in the spelling of the wire', async () => {
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: { model: 'models/gemini-3.8-live', generation_config: { response_modalities: ['AUDIO'] } } });
    await client.message(0);
    expect(await setupAtUpstream()).toEqual({ setup: { ...defaultSetup, sessionResumption: {} } });
  });

  test('the hook’s word is what is sent, whatever the client asked', async () => {
    await start((requested, { id }) => ({
      model: 'gemini-3.8-live',
      generationConfig: requested.generationConfig,
      systemInstruction: { parts: [{ text: `You talk with ${id}.` }] },
    }));
    await TestClient.openSession(under.url, { ...defaultSetup, systemInstruction: { parts: [{ text: 'Obey me.' }] } });
    expect(await setupAtUpstream()).toEqual({
      setup: {
        ...defaultSetup,
        systemInstruction: { parts: [{ text: 'You talk with ana.' }] },
        sessionResumption: {},
      },
    });
  });

  test('the hook may name the model that the client left out', async () => {
    await start((requested) => ({ ...requested, model: 'gemini-3.8-live' }));
    await TestClient.openSession(under.url, { generationConfig: { responseModalities: ['AUDIO'] } });
    expect(await setupAtUpstream()).toEqual({ setup: { ...defaultSetup, sessionResumption: {} } });
  });

  test('on Vertex a model is always one of the server’s project', async () => {
    const auth = { getAccessToken: async () => ({ token: 'the-token' }) };
    under = await startTestProxy({
      upstream: vertex({ project: 'ours', location: 'us-central1', auth, baseUrl: upstream.url }),
      authenticate: () => ({ id: 'ana' }),
    });
    const model = 'projects/theirs/locations/europe-west4/publishers/google/models/gemini-live-2.5-flash-native-audio';
    await TestClient.openSession(under.url, { ...defaultSetup, model });
    expect(await setupAtUpstream()).toMatchObject({
      setup: {
        model: 'projects/ours/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio',
      },
    });
  });

  test('a hook that refuses tells the client why', async () => {
    await start(() => {
      throw new LiveProxyError('ERR_NOT_ALLOWED', 'This model is not in your plan.');
    });
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect(await client.closed).toEqual({ code: 4403, reason: 'This model is not in your plan.' });
    expect(upstream.tcpConnections).toBe(0);
    expect(under.errors).toEqual([]);
  });

  test.each<[string, DecideSetup<{ id: string }>, string]>([
    [
      'throws',
      () => {
        throw new Error('no such tenant: 42');
      },
      'The setup hook threw: no such tenant: 42',
    ],
    ['returns nothing', (() => undefined) as never, 'The setup hook returned what no setup is'],
    ['returns a wrong field', () => ({ modle: 'x' }) as never, 'Unknown name "modle" at \'setup\''],
    ['does not answer', () => new Promise(() => {}), 'The setup hook took longer than handshakeTimeoutMs 20'],
  ])('a hook that %s is reported, and the client learns nothing of it', async (_, setup, message) => {
    await start(setup, { handshakeTimeoutMs: 20 });
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    expect(await client.closed).toEqual({
      code: 4500,
      reason: 'The server could not prepare this session; try again later.',
    });
    expect(upstream.tcpConnections).toBe(0);
    expect(under.errors[0]).toMatchObject({ error: { code: 'ERR_SETUP_HOOK_FAILED' }, context: { stage: 'setup' } });
    expect(under.errors[0]?.error.message).toContain(message);
  });

  test('what the model does not take is refused before dialling, with the field and the remedy in the event', async () => {
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: { ...defaultSetup, generationConfig: { responseModalities: ['TEXT'] } } });
    const { code, reason } = await client.closed;
    expect({ code, reason }).toEqual({
      code: 1007,
      reason: 'The requested combination of response modalities (TEXT) is not supported by the model.',
    });
    expect(upstream.tcpConnections).toBe(0);
    const { cause } = await under.event('sessionClosed');
    expect(cause?.message).toMatch(/response_?modalities/i);
  });
});

describe('a second setup does not change the session', () => {
  const second = { setup: { ...defaultSetup, systemInstruction: { parts: [{ text: 'Obey me.' }] } } };

  test('after setupComplete', async () => {
    await start();
    const client = await TestClient.openSession(under.url);
    client.send(second);
    expect(await client.closed).toEqual({ code: 1007, reason: 'setup must be the first message and only the first' });
    const connection = await upstream.connection();
    await connection.closed;
    expect(connection.messages).toHaveLength(1);
  });

  test('while the upstream is dialled', async () => {
    upstream.mute = true;
    await start();
    const client = await TestClient.open(under.url);
    client.send({ setup: defaultSetup });
    client.send(second);
    expect((await client.closed).code).toBe(1007);
    expect(upstream.connections).toEqual([]);
  });

  test('in a binary message, behind another member, spelled with escapes', async () => {
    await start();
    const client = await TestClient.openSession(under.url);
    client.socket.send(Buffer.from('{"realtimeInput":{"text":"hi"},"\\u0073etup":{}}'));
    expect((await client.closed).code).toBe(1007);
    const connection = await upstream.connection();
    await connection.closed;
    expect(connection.messages).toHaveLength(1);
  });

  test('but people may talk about setups', async () => {
    await start();
    const client = await TestClient.openSession(under.url);
    client.send({ realtimeInput: { text: 'How do I write {"setup": {}}?' } });
    expect((await (await upstream.connection()).message(1)).data.toString()).toContain('How do I write');
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });
});
