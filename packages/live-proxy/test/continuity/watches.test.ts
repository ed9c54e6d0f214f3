import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { answer, type BenchOptions, ContinuityBench, goAway, sentTo, setupOf, text, update } from './bench.ts';

let bench: ContinuityBench;
afterEach(() => bench.stop());

async function start(options?: BenchOptions): Promise<ContinuityBench> {
  bench = await ContinuityBench.start(options);
  return bench;
}

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
    await bench.send(1, text('hello'));
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
    expect(bench.client.socket.readyState).toBe(bench.client.socket.OPEN);
  });

  test('is not begun again when it shows life', async () => {
    await start();
    await resume();
    await bench.send(1, text('hello'));
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
    await bench.send(1, { realtimeInput: { text: 'hello' } });
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
    await bench.send(0, text('hello'));
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

  test('is asked one text a few times, whatever it says on the wire, and then the session fails', async () => {
    await start({ maxOutageMs: 120_000 });
    await bench.say(await bench.upstream.connection(), update('h1'));
    bench.upstream.onMessage = ({ socket }) => socket.send(Buffer.from(JSON.stringify(update('h2'))));
    await bench.send(0, text('hello'));
    for (let silences = 1; !bench.states.includes('failed') && silences < 30; silences += 1) {
      await bench.clock.advance(32_000);
      await Promise.race([bench.state('reconnecting', silences), bench.state('failed')]);
      if (bench.states.includes('failed')) break;
      await bench.clock.advance(8_000);
      const connection = await bench.upstream.connection(silences);
      await connection.message(1);
      await bench.settled();
    }
    expect(bench.states.at(-1)).toBe('failed');
    expect((await bench.client.closed).code).toBe(1011);
    const asked = bench.upstream.connections.filter((one) => JSON.stringify(sentTo(one)).includes('hello'));
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(8);
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
