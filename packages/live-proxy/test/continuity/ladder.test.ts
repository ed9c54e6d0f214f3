import { afterEach, describe, expect, test } from 'vitest';
import {
  answer,
  audio,
  type BenchOptions,
  ContinuityBench,
  goAway,
  sentTo,
  setupOf,
  text,
  turnComplete,
  update,
} from './bench.ts';

let bench: ContinuityBench;
afterEach(() => bench.stop());

async function start(options?: BenchOptions): Promise<ContinuityBench> {
  bench = await ContinuityBench.start(options);
  return bench;
}

describe('goAway', () => {
  test('the connection is replaced at a quiet point, by the newest handle, old one first; the client sees nothing', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'), update('h2'));
    bench.client.send(text('hello'));
    await first.message(1);
    await bench.say(first, answer('Hi'), goAway);
    expect(bench.states).toEqual(['leaving']);
    let wasOpen: boolean | undefined;
    bench.upstream.onConnection = () => {
      wasOpen = first.socket.readyState === first.socket.OPEN;
    };
    await bench.say(first, turnComplete);
    first.socket.send(Buffer.from(JSON.stringify(update('h3'))));
    const second = await bench.upstream.connection(1);
    expect((await setupOf(second)).sessionResumption).toEqual({ handle: expect.stringMatching(/^h[23]$/) });
    await bench.state('resumed');
    expect(wasOpen).toBe(false);
    expect(await first.closed).toEqual({ code: 1000, reason: '' });
    await bench.say(second, answer('again'));
    expect(bench.told).toEqual([answer('Hi'), turnComplete, answer('again')]);
    expect(bench.states).toEqual(['leaving', 'reconnecting', 'resumed']);
  });

  test('it is replaced before its end when it never gets quiet, and the question that was cut is asked again', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await bench.send(0, text('hello'));
    await bench.say(first, answer('Well'), goAway);
    await bench.clock.advance(39_999);
    expect(bench.states).toEqual(['leaving']);
    await bench.clock.advance(1);
    const second = await bench.upstream.connection(1);
    await second.message(1);
    expect(sentTo(second)).toEqual([text('hello')]);
    await bench.say(second, answer('Well, hello'), turnComplete);
    const interrupted = { serverContent: { interrupted: true } };
    expect(bench.told).toEqual([answer('Well'), interrupted, turnComplete, answer('Well, hello'), turnComplete]);
  });

  test('an answer that had come whole ends, and is told to the resumed session as something said', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await bench.send(0, text('hello'));
    await bench.say(first, answer('Hi.'), { serverContent: { generationComplete: true } });
    first.socket.close(1011, 'Deadline expired before operation could complete.');
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await second.message(1);
    const said = [
      { role: 'user', parts: [{ text: 'hello' }] },
      { role: 'model', parts: [{ text: 'Hi.' }] },
    ];
    expect(sentTo(second)).toEqual([{ clientContent: { turns: said, turnComplete: false } }]);
    expect(bench.told.at(-1)).toEqual(turnComplete);
  });

  test('updates are shared with a client that asked for resumption', async () => {
    await start({ setup: { model: 'models/gemini-3.8-live', sessionResumption: {} } });
    await bench.say(await bench.upstream.connection(), update('h1'));
    expect(bench.told).toEqual([update('h1')]);
  });
});

describe('while there is no connection', () => {
  async function cut(): Promise<void> {
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    first.socket.terminate();
    await bench.state('reconnecting');
  }

  test('what the client sends waits and arrives in its order, after setupComplete', async () => {
    await start();
    await cut();
    bench.client.send(text('one'));
    bench.client.send(audio('A'));
    bench.client.send(text('two'));
    await bench.settled();
    let setUp: (() => void) | undefined;
    bench.upstream.onSetup = ({ socket }) => {
      setUp = () => socket.send(Buffer.from('{"setupComplete":{}}'));
    };
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await second.message(0);
    expect(second.messages).toHaveLength(1);
    setUp?.();
    await second.message(3);
    expect(sentTo(second)).toEqual([text('one'), audio('A'), text('two')]);
    expect(bench.told).toEqual([]);
  });

  test('what waits keeps its type', async () => {
    await start();
    await cut();
    for (const binary of [true, false]) bench.client.socket.send(JSON.stringify(text('hi')), { binary });
    await bench.settled();
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await second.message(2);
    expect(second.messages.slice(1).map(({ isBinary }) => isBinary)).toEqual([true, false]);
  });

  test('above maxWaitingBytes the oldest audio goes, and no word', async () => {
    await start({ maxWaitingBytes: 2_500 });
    await cut();
    bench.client.send(text('one'));
    for (const fill of ['A', 'B', 'C', 'D']) bench.client.send(audio(fill));
    await bench.settled();
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await second.message(3);
    expect(sentTo(second)).toEqual([text('one'), audio('C'), audio('D')]);
  });

  test('a client whose words alone are more is closed with 4529', async () => {
    await start({ maxWaitingBytes: 200 });
    await cut();
    for (let index = 0; index < 4; index += 1) bench.client.send(text(`words ${index}`));
    expect((await bench.client.closed).code).toBe(4529);
  });

  test('a client that leaves ends it, and nobody dials any more', async () => {
    await start();
    await cut();
    bench.client.socket.close();
    await bench.under.event('sessionClosed');
    await bench.clock.advance(200_000);
    expect(bench.upstream.connections).toHaveLength(1);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('an upstream that is away', () => {
  test('for 60 s: the client stays, and its words arrive', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    bench.upstream.refuseWith = 503;
    first.socket.terminate();
    await bench.state('reconnecting');
    bench.client.send(text('are you there?'));
    await bench.settled();
    while (bench.clock.monotonic() < 60_000) {
      const { length } = bench.under.errors;
      await bench.clock.advance(1_000);
      await bench.settled();
      expect(bench.under.errors.length).toBeLessThanOrEqual(length + 1);
    }
    expect(bench.under.errors.length).toBeGreaterThan(3);
    bench.upstream.refuseWith = null;
    for (let seconds = 0; seconds < 40 && !bench.states.includes('resumed'); seconds += 1) {
      await bench.clock.advance(1_000);
      await bench.settled();
    }
    await bench.state('resumed');
    const second = await bench.upstream.connection(1);
    await second.message(1);
    expect(sentTo(second)).toEqual([text('are you there?')]);
    expect(bench.client.socket.readyState).toBe(bench.client.socket.OPEN);
  });

  test('for longer than maxOutageMs: the session fails with the last reason', async () => {
    await start({ maxOutageMs: 5_000, protocols: ['colloquy.live.v1'] });
    const first = await bench.upstream.connection();
    bench.upstream.refuseWith = 503;
    first.socket.terminate();
    for (let seconds = 0; seconds < 30 && !bench.states.includes('failed'); seconds += 1) {
      await bench.settled();
      await bench.clock.advance(1_000);
    }
    expect(await bench.client.closed).toMatchObject({ code: 1011 });
    expect(bench.told.at(-1)).toEqual({
      colloquy: { state: 'failed', code: 'ERR_UPSTREAM_REFUSED', reason: expect.any(String) },
    });
  });
});

test('clients of our own subprotocol are told each state', async () => {
  await start({ protocols: ['ticket.x', 'colloquy.live.v1'] });
  const first = await bench.upstream.connection();
  await bench.say(first, update('h1'), goAway);
  await bench.state('resumed');
  await bench.say(await bench.upstream.connection(1));
  expect(bench.told.map((message) => (message as { colloquy: { state: string } }).colloquy.state)).toEqual([
    'leaving',
    'reconnecting',
    'resumed',
  ]);
});

test('calls that are cut off are cancelled, and their answers are for nobody', async () => {
  await start();
  const first = await bench.upstream.connection();
  await bench.say(first, update('h1'));
  await bench.send(0, text('weather?'));
  await bench.say(first, { toolCall: { functionCalls: [{ id: 'c1', name: 'get', args: {} }] } });
  first.socket.terminate();
  await bench.state('reconnecting');
  bench.client.send({ toolResponse: { functionResponses: [{ id: 'c1', name: 'get', response: {} }] } });
  await bench.settled();
  await bench.clock.advance(1_000);
  const second = await bench.upstream.connection(1);
  await second.message(1);
  await bench.state('resumed');
  expect(sentTo(second)).toEqual([text('weather?')]);
  expect(bench.told).toContainEqual({ toolCallCancellation: { ids: ['c1'] } });
});
