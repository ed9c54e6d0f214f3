import { once } from 'node:events';
import { GEMINI_CLOSES, toCloseReason } from '@colloquy/live-protocol';
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

/** Sends as the client, and resolves when the service has it. */
async function send(index: number, ...messages: object[]): Promise<void> {
  const connection = await bench.upstream.connection(index);
  const first = connection.messages.length;
  for (const message of messages) bench.client.send(message);
  await connection.message(first + messages.length - 1);
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
    await send(0, text('hello'));
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
    await send(0, text('hello'));
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

describe('what is on its way', () => {
  const told = (question: string, words: string) => ({
    clientContent: {
      turns: [
        { role: 'user', parts: [{ text: question }] },
        { role: 'model', parts: [{ text: words }] },
      ],
      turnComplete: false,
    },
  });
  /** The first handle of a connection is made before the service has read anything but the setup. */
  function hasty(handle: string): void {
    bench.upstream.onSetup = ({ socket }) => {
      socket.send(Buffer.from('{"setupComplete":{}}'));
      socket.send(Buffer.from(JSON.stringify(update(handle))));
    };
  }
  async function reconnected(times: number): Promise<void> {
    await bench.state('reconnecting', times);
    await bench.clock.advance(10_000);
  }

  test('a handle from before the history arrived is of no use: the older one is, and the history is told again', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await send(0, text('hello'));
    await bench.say(first, answer('Hi.'), turnComplete);
    hasty('h2');
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await second.message(1);
    expect(sentTo(second)).toEqual([told('hello', 'Hi.')]);
    second.socket.terminate();
    await reconnected(2);
    const third = await bench.upstream.connection(2);
    await third.message(1);
    expect((await setupOf(third)).sessionResumption).toEqual({ handle: 'h1' });
    expect(sentTo(third)).toEqual([told('hello', 'Hi.')]);
    await bench.state('resumed', 2);
    // Now it has arrived: the next handle holds it.
    await bench.say(third, update('h3'));
    third.socket.terminate();
    await reconnected(3);
    const fourth = await bench.upstream.connection(3);
    await bench.state('resumed', 3);
    await bench.say(fourth);
    expect((await setupOf(fourth)).sessionResumption).toEqual({ handle: 'h3' });
    expect(sentTo(fourth)).toEqual([]);
  });

  test('a fresh session that is cut before a handle holds its history is begun afresh once more', async () => {
    await start({ history: () => [{ role: 'user', text: 'Before' }] });
    const first = await bench.upstream.connection();
    hasty('h2');
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await second.message(1);
    second.socket.terminate();
    await reconnected(2);
    const third = await bench.upstream.connection(2);
    await third.message(1);
    expect((await setupOf(third)).sessionResumption).toEqual({});
    expect(sentTo(third)).toEqual(sentTo(second));
  });

  test('an answer that begins before a text has arrived is not its answer', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    bench.upstream.onMessage = ({ socket }) => {
      const interrupted = { serverContent: { interrupted: true } };
      for (const message of [answer('You said'), interrupted, turnComplete]) {
        socket.send(Buffer.from(JSON.stringify(message)));
      }
    };
    await send(0, text('hello'));
    bench.upstream.onMessage = () => {};
    await bench.say(first, answer('Hello, I'));
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await second.message(2);
    // What was spoken is told, and the text is asked again.
    expect(sentTo(second)).toEqual([expect.anything(), text('hello')]);
  });

  test('a service that answers no pings is believed once it has answered words', async () => {
    await start({ answersPings: false });
    const first = await bench.upstream.connection();
    await send(0, text('hello'));
    await bench.say(first, answer('Hi.'), turnComplete, update('h1'));
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await bench.state('resumed');
    await bench.say(second);
    expect((await setupOf(second)).sessionResumption).toEqual({ handle: 'h1' });
    expect(sentTo(second)).toEqual([]);
  });
});

describe('Gemini’s closes decide', () => {
  async function closeWith(code: number, reason: string): Promise<void> {
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    first.socket.close(code, reason);
  }

  test.each([
    [1011, 'Deadline expired before operation could complete.'],
    [1011, 'Internal error encountered.'],
    [1011, 'You exceeded your current quota'],
    [1008, 'The operation was aborted.'],
    [1000, ''],
    [1001, ''],
  ])('%i %s: it goes on with the handle', async (code, reason) => {
    await start();
    await closeWith(code, reason);
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    expect((await setupOf(await bench.upstream.connection(1))).sessionResumption).toEqual({ handle: 'h1' });
    await bench.state('resumed');
  });

  test.each([
    [1008, 'BidiGenerateContent session not found'],
    [1008, 'BidiGenerateContent session expired'],
  ])('%i %s: the handle is dropped at once, and a fresh session gets what was said', async (code, reason) => {
    await start();
    const first = await bench.upstream.connection();
    await send(0, text('hello'));
    await bench.say(first, answer('Hi.'), turnComplete, update('h1'));
    bench.upstream.onSetup = ({ socket, messages }) => {
      const isResumed = JSON.parse(String(messages[0]?.data)).setup.sessionResumption.handle !== undefined;
      if (isResumed) socket.close(code, reason);
      else socket.send(Buffer.from('{"setupComplete":{}}'));
    };
    first.socket.terminate();
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    await bench.state('reconnecting', 2);
    await bench.clock.advance(0);
    const third = await bench.upstream.connection(2);
    expect((await setupOf(third)).sessionResumption).toEqual({});
    await third.message(1);
    const turns = [
      { role: 'user', parts: [{ text: 'hello' }] },
      { role: 'model', parts: [{ text: 'Hi.' }] },
    ];
    expect(sentTo(third)).toEqual([{ clientContent: { turns, turnComplete: false } }]);
    await bench.state('restarted');
  });

  const fatal = GEMINI_CLOSES.filter((close) => close.class === 'fatal');
  test.each(fatal)('$name is fatal and reaches the client as it is', async ({ closeCode, reason: whole }) => {
    const reason = toCloseReason(whole);
    await start();
    await closeWith(closeCode, reason);
    expect(await bench.client.closed).toEqual({ code: closeCode, reason });
    expect(bench.states).toEqual(['failed']);
    expect(bench.upstream.connections).toHaveLength(1);
  });

  test('a handle that is refused with 1011 is tried for 15 s and then dropped', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    let refused = 0;
    bench.upstream.onSetup = ({ socket, messages }) => {
      const isResumed = JSON.parse(String(messages[0]?.data)).setup.sessionResumption.handle !== undefined;
      if (isResumed) {
        refused += 1;
        socket.close(1011, '');
      } else socket.send(Buffer.from('{"setupComplete":{}}'));
    };
    first.socket.terminate();
    await bench.state('reconnecting');
    for (let times = 2; !bench.states.includes('restarted') && times < 20; times += 1) {
      await bench.clock.advance(4_000);
      await Promise.race([bench.state('reconnecting', times), bench.state('restarted')]);
    }
    expect(refused).toBeGreaterThan(3);
    expect(bench.clock.monotonic()).toBeGreaterThanOrEqual(15_000);
    expect(bench.clock.monotonic()).toBeLessThan(30_000);
    expect(bench.client.socket.readyState).toBe(bench.client.socket.OPEN);
  });

  test('audio that was refused is not sent again; refused twice, only text passes', async () => {
    await start();
    const reason = 'error when processing input audio, please check if the inputaudio is in valid format';
    await closeWith(1007, reason);
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await bench.state('resumed');
    await send(1, audio('A'));
    second.socket.close(1007, reason);
    await bench.state('reconnecting', 2);
    bench.client.send(audio('B'));
    bench.client.send(text('hello'));
    await bench.settled();
    await bench.clock.advance(1_000);
    const third = await bench.upstream.connection(2);
    await bench.state('degraded');
    await third.message(1);
    expect(sentTo(third)).toEqual([text('hello')]);
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

describe('a resumed session that is deaf', () => {
  async function resume(): Promise<void> {
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'), goAway);
    await bench.state('resumed');
  }

  test('is begun again after 8 s with the history of the application, and asked again', async () => {
    const asked: unknown[] = [];
    await start({
      history: (identity, session) => {
        asked.push(identity, session.model);
        return [
          { role: 'user', text: 'Before' },
          { role: 'model', text: 'Yes' },
          { role: 'user', text: 'hello' },
        ];
      },
    });
    await resume();
    await send(1, text('hello'));
    await bench.clock.advance(7_999);
    expect(bench.states.at(-1)).toBe('resumed');
    await bench.clock.advance(1);
    await bench.state('reconnecting', 2);
    await bench.clock.advance(1_000);
    const third = await bench.upstream.connection(2);
    await third.message(2);
    expect(asked).toEqual([{ id: 'ana' }, 'models/gemini-3.8-live']);
    const turns = [
      { role: 'user', parts: [{ text: 'Before' }] },
      { role: 'model', parts: [{ text: 'Yes' }] },
    ];
    expect(sentTo(third)).toEqual([{ clientContent: { turns, turnComplete: false } }, text('hello')]);
    await bench.state('restarted');
  });

  test('is not begun again when it shows life', async () => {
    await start();
    await resume();
    await send(1, text('hello'));
    await bench.say(await bench.upstream.connection(1), answer('Hi'));
    await bench.clock.advance(60_000);
    expect(bench.states.at(-1)).toBe('resumed');
  });

  test('history goes in before everything else for a model that takes it only then', async () => {
    const setup = {
      model: 'models/gemini-3.1-flash-live-preview',
      generationConfig: { responseModalities: ['AUDIO' as const] },
    };
    await start({ setup, history: () => [{ role: 'user', text: 'Before' }] });
    await resume();
    await send(1, { realtimeInput: { text: 'hello' } });
    await bench.clock.advance(8_000);
    await bench.state('reconnecting', 2);
    await bench.clock.advance(1_000);
    const third = await bench.upstream.connection(2);
    await third.message(2);
    expect((await setupOf(third)).historyConfig).toEqual({ initialHistoryInClientContent: true });
    expect(sentTo(third)).toEqual([
      { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Before' }] }], turnComplete: true } },
      { realtimeInput: { text: 'hello' } },
    ]);
  });
});

describe('a session that falls silent', () => {
  test('when it was asked, is resumed on another connection and asked again', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await send(0, text('hello'));
    // Empty messages are life, and no answer.
    await bench.clock.advance(31_000);
    await bench.say(first, {});
    await bench.clock.advance(31_999);
    expect(bench.states).toEqual([]);
    await bench.clock.advance(1);
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await second.message(1);
    expect((await setupOf(second)).sessionResumption).toEqual({ handle: 'h1' });
    expect(sentTo(second)).toEqual([text('hello')]);
  });

  test('for a network that swallows everything, is left after 45 s without an answer to a ping', async () => {
    await start({ keepAliveMs: 45_000, answersPings: false });
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await bench.clock.advance(45_000);
    expect(bench.states).toEqual([]);
    await bench.clock.advance(15_000);
    await bench.state('reconnecting');
    expect(bench.under.events).toContainEqual(expect.objectContaining({ code: 'ERR_UPSTREAM_TIMEOUT' }));
  });

  test('is left alone while it answers pings', async () => {
    await start({ keepAliveMs: 45_000 });
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    for (let pings = 0; pings < 10; pings += 1) {
      const pinged = once(first.socket, 'ping');
      await bench.clock.advance(15_000);
      await pinged;
      await bench.settled();
    }
    expect(bench.states).toEqual([]);
  });
});

describe('on Vertex', () => {
  const setup = {
    model: 'gemini-live-2.5-flash-native-audio',
    generationConfig: { responseModalities: ['AUDIO' as const] },
  };

  test.each([
    [1, 2],
    [0, 1],
  ] as const)(
    'what the service has not consumed is sent again, counted from %i',
    async (firstMessageIndex, consumed) => {
      await start({ backend: 'vertex', setup, firstMessageIndex });
      const first = await bench.upstream.connection();
      expect((await setupOf(first)).sessionResumption).toEqual({ transparent: true });
      await send(0, audio('A'), audio('B'), audio('C'), text('hello'));
      await bench.say(first, update('h1', consumed));
      first.socket.terminate();
      await bench.state('reconnecting');
      await bench.clock.advance(1_000);
      const second = await bench.upstream.connection(1);
      await second.message(2);
      expect(sentTo(second)).toEqual([audio('C'), text('hello')]);
      expect((await setupOf(second)).sessionResumption).toEqual({ transparent: true, handle: 'h1' });
    },
  );

  test('administrators see on how many connections a session was, and what the service calls it', async () => {
    await start({ backend: 'vertex', setup });
    const seen = () => {
      const [session] = bench.under.proxy.sessions();
      return { connections: session?.upstreamConnections, id: session?.upstreamSessionId };
    };
    bench.upstream.onSetup = ({ socket }) => socket.send(Buffer.from('{"setupComplete":{"sessionId":"second"}}'));
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1', 1));
    expect(seen()).toEqual({ connections: 1, id: null });
    first.socket.terminate();
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    await bench.state('resumed');
    expect(seen()).toEqual({ connections: 2, id: 'second' });
  });

  test('what was sent on a connection that gave no handle is sent on the one after it', async () => {
    await start({ backend: 'vertex', setup });
    const first = await bench.upstream.connection();
    await send(0, audio('A'), audio('B'));
    await bench.say(first, update('h1', 1));
    first.socket.terminate();
    await bench.state('reconnecting');
    await bench.clock.advance(10_000);
    await bench.state('resumed');
    await send(1, audio('C'));
    const second = await bench.upstream.connection(1);
    await second.message(2);
    expect(sentTo(second)).toEqual([audio('B'), audio('C')]);
    second.socket.terminate();
    await bench.state('reconnecting', 2);
    await bench.clock.advance(10_000);
    const third = await bench.upstream.connection(2);
    await third.message(2);
    expect(sentTo(third)).toEqual([audio('B'), audio('C')]);
  });

  test('no audio is sent again after 1007', async () => {
    await start({ backend: 'vertex', setup });
    const first = await bench.upstream.connection();
    await send(0, audio('A'), text('hello'), audio('B'));
    await bench.say(first, update('h1', 0));
    first.socket.close(1007, 'error when processing input audio, please check if the inputaudio is in valid format');
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await bench.state('resumed');
    bench.client.send(audio('D'));
    await expect.poll(() => sentTo(second).at(-1)).toEqual(audio('D'));
    expect(sentTo(second)).toEqual([text('hello'), audio('D')]);
  });

  test('what has been answered is told as something said, and not asked or heard again', async () => {
    await start({ backend: 'vertex', setup });
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1', 0));
    await send(0, audio('A'), text('hello'));
    const voice = {
      serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } }] } },
    };
    await bench.say(first, voice, answer('Hi.'), turnComplete);
    await send(0, audio('B'));
    first.socket.terminate();
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await bench.state('resumed');
    bench.client.send(audio('D'));
    await expect.poll(() => sentTo(second).at(-1)).toEqual(audio('D'));
    const turns = [
      { role: 'user', parts: [{ text: 'hello' }] },
      { role: 'model', parts: [{ text: 'Hi.' }] },
    ];
    expect(sentTo(second)).toEqual([{ clientContent: { turns, turnComplete: false } }, audio('B'), audio('D')]);
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
  await send(0, text('weather?'));
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
