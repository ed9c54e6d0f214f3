import { afterEach, describe, expect, test } from 'vitest';
import {
  answer,
  audio,
  type BenchOptions,
  ContinuityBench,
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
    await bench.send(0, text('hello'));
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
    await bench.send(0, text('hello'));
    bench.upstream.onMessage = () => {};
    await bench.say(first, answer('Hello, I'));
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await second.message(2);
    // What was spoken is told, and the text is asked again.
    expect(sentTo(second)).toEqual([expect.anything(), text('hello')]);
  });

  test('a text to which the model says nothing is not waited for, and not asked again', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await bench.send(0, text('hello'));
    await bench.say(first, turnComplete);
    bench.clock.advance(60_000);
    expect(bench.states).toEqual([]);
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await bench.state('resumed');
    await bench.say(second);
    const turns = [{ role: 'user', parts: [{ text: 'hello' }] }];
    expect(sentTo(second)).toEqual([{ clientContent: { turns, turnComplete: false } }]);
  });

  test('a text that interrupts a turn in which nothing was said yet is still to be answered', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    await bench.send(0, text('hello'));
    await bench.send(0, text('no, wait'));
    await bench.say(first, { serverContent: { interrupted: true } }, turnComplete);
    first.socket.terminate();
    await reconnected(1);
    const second = await bench.upstream.connection(1);
    await second.message(2);
    expect(sentTo(second)).toEqual([text('hello'), text('no, wait')]);
  });

  test('a service that answers no pings is believed once it has answered words', async () => {
    await start({ answersPings: false });
    const first = await bench.upstream.connection();
    await bench.send(0, text('hello'));
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
      await bench.send(0, audio('A'), audio('B'), audio('C'), text('hello'));
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
    await bench.send(0, audio('A'), audio('B'));
    await bench.say(first, update('h1', 1));
    first.socket.terminate();
    await bench.state('reconnecting');
    await bench.clock.advance(10_000);
    await bench.state('resumed');
    await bench.send(1, audio('C'));
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
    await bench.send(0, audio('A'), text('hello'), audio('B'));
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
    await bench.send(0, audio('A'), text('hello'));
    const voice = {
      serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } }] } },
    };
    await bench.say(first, voice, answer('Hi.'), turnComplete);
    await bench.send(0, audio('B'));
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
