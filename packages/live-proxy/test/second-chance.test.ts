import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endpoint } from '../src/index.ts';
import { ScriptedUpstream, type UpstreamConnection } from './support/scripted-upstream.ts';
import { defaultSetup, TestClient } from './support/test-client.ts';
import { startTestProxy, type TestProxy } from './support/test-proxy.ts';

let upstream: ScriptedUpstream;
let under: TestProxy | undefined;

/** Connections that got a setup, in this order. */
let spokenTo: UpstreamConnection[];

beforeEach(async () => {
  upstream = await ScriptedUpstream.start();
  spokenTo = [];
});
afterEach(async () => {
  await under?.close();
  under = undefined;
  await upstream.close();
});

const words = ({ messages }: UpstreamConnection) => messages.map(({ data }) => JSON.parse(data.toString()));

/** What the service does on the connection that gets the first setup, the second one, and so on; then it answers. */
function onSetups(...manners: ((connection: UpstreamConnection) => unknown)[]): void {
  const answer = upstream.onSetup;
  upstream.onSetup = (connection) => (manners[spokenTo.push(connection) - 1] ?? answer)(connection);
}

async function startProxy(continuity: false | undefined, limits?: { handshakeTimeoutMs: number }): Promise<string> {
  under = await startTestProxy({
    upstream: endpoint({ url: upstream.url }),
    authenticate: () => ({ id: 'ana' }),
    warm: { size: 1 },
    ...(continuity === false && { continuity }),
    ...(limits && { limits }),
  });
  await upstream.connection(0);
  return under.url;
}

async function join(url: string): Promise<TestClient> {
  const client = await TestClient.open(url);
  client.send({ setup: defaultSetup });
  client.send({ realtimeInput: { text: 'hello' } });
  return client;
}

describe.each([
  ['with continuity', undefined],
  ['without continuity', false],
] as const)('a connection that waited, %s', (_, continuity) => {
  test.each([1000, 1001, 1006, 1011])(
    'and that its service ends with %i at the first word is replaced, and all is said again',
    async (code) => {
      onSetups(({ socket }) => (code === 1006 ? socket.terminate() : socket.close(code, 'idle')));
      const client = await join(await startProxy(continuity));
      expect(JSON.parse(String((await client.message(0)).data))).toEqual({ setupComplete: {} });
      const [first, second] = spokenTo as [UpstreamConnection, UpstreamConnection];
      await second.message(1);
      expect(words(second)).toEqual([
        { setup: expect.objectContaining({ model: defaultSetup.model }) },
        { realtimeInput: { text: 'hello' } },
      ]);
      expect(words(second)[0]).toEqual(words(first)[0]);
      client.send({ realtimeInput: { text: 'more' } });
      await second.message(2);
      expect(spokenTo).toHaveLength(2);
    },
  );

  test('is replaced once: the end of the next one is the client’s to know', async () => {
    onSetups(
      ({ socket }) => socket.close(1001, 'idle'),
      ({ socket }) => socket.close(1011, 'overloaded'),
    );
    const client = await join(await startProxy(continuity));
    expect(await client.closed).toEqual({ code: 1011, reason: 'overloaded' });
    expect(spokenTo).toHaveLength(2);
  });

  test('and whose service refuses the setup is not: the refusal is the client’s to know', async () => {
    onSetups(({ socket }) => socket.close(1007, 'Request contains an invalid argument.'));
    const client = await join(await startProxy(continuity));
    expect((await client.closed).code).toBe(1007);
    expect(spokenTo).toHaveLength(1);
  });

  test('and that has answered is not: what follows is the session’s', async () => {
    onSetups(({ socket }) => {
      socket.send(Buffer.from('{"setupComplete":{}}'));
      socket.close(1007, 'Request contains an invalid argument.');
    });
    const client = await join(await startProxy(continuity));
    expect((await client.closed).code).toBe(1007);
    expect(spokenTo).toHaveLength(1);
  });

  test('and that cannot be replaced ends as its service ended it', async () => {
    onSetups(({ socket }) => {
      upstream.refuseWith = 503;
      socket.close(1011, 'idle');
    });
    const client = await join(await startProxy(continuity));
    expect(await client.closed).toEqual({ code: 1011, reason: 'idle' });
  });

  test('leaves nothing behind when its client goes while another one is dialled', async () => {
    onSetups(async ({ socket }) => {
      // The connection that waits next is not what is dialled then.
      await upstream.connection(1);
      upstream.mute = true;
      socket.close(1001, 'idle');
    });
    const client = await join(await startProxy(continuity, { handshakeTimeoutMs: 0 }));
    await expect.poll(() => upstream.handshakes).toBe(3);
    client.socket.terminate();
    await expect.poll(() => under?.proxy.sessions()).toEqual([]);
    await under?.close();
    under = undefined;
    await upstream.deserted();
  });
});
