import { GEMINI_CLOSES, toCloseReason } from '@colloquy/live-protocol';
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
    await bench.send(0, text('hello'));
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
    expect(bench.client.socket.readyState).toBe(bench.client.socket.OPEN);
  });

  test('a clean close of a fresh session that has no handle yet: it is begun again', async () => {
    await start();
    await closeWith(1008, 'BidiGenerateContent session expired');
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await bench.state('restarted');
    second.socket.close(1000);
    await bench.state('reconnecting', 2);
    await bench.clock.advance(1_000);
    await bench.upstream.connection(2);
    await bench.state('restarted', 2);
    expect(bench.client.socket.readyState).toBe(bench.client.socket.OPEN);
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

  test.each([
    ['is taken', []],
    ['is taken and renewed', ['poisoned too']],
  ])('a handle that %s, and whose session ends at once each time, is dropped after 15 s', async (_, renewed) => {
    await start();
    const first = await bench.upstream.connection();
    await bench.send(0, text('hello'));
    await bench.say(first, answer('Hi.'), turnComplete, update('poisoned'));
    let poisoned = 0;
    bench.upstream.onSetup = ({ socket, messages }) => {
      socket.send(Buffer.from('{"setupComplete":{}}'));
      if (JSON.parse(String(messages[0]?.data)).setup.sessionResumption.handle === undefined) return;
      poisoned += 1;
      for (const handle of renewed) socket.send(Buffer.from(JSON.stringify(update(`${handle} ${poisoned}`))));
      socket.close(1011, 'Internal error encountered.');
    };
    first.socket.terminate();
    await bench.state('reconnecting');
    for (let times = 2; !bench.states.includes('restarted') && times < 30; times += 1) {
      await bench.clock.advance(4_000);
      await Promise.race([bench.state('reconnecting', times), bench.state('restarted')]);
    }
    expect(poisoned).toBeGreaterThan(2);
    expect(bench.clock.monotonic()).toBeLessThan(40_000);
    const fresh = bench.upstream.connections.at(-1);
    await fresh?.message(1);
    const turns = [
      { role: 'user', parts: [{ text: 'hello' }] },
      { role: 'model', parts: [{ text: 'Hi.' }] },
    ];
    expect(fresh === undefined ? [] : sentTo(fresh)).toEqual([{ clientContent: { turns, turnComplete: false } }]);
    expect(bench.client.socket.readyState).toBe(bench.client.socket.OPEN);
  });

  test('a handle of a session that lasts is not to blame for its end, however often', async () => {
    await start();
    const first = await bench.upstream.connection();
    await bench.say(first, update('h1'));
    for (let cuts = 1; cuts <= 4; cuts += 1) {
      bench.clock.advance(60_000);
      bench.upstream.connections.at(-1)?.socket.close(1011, 'Deadline expired before operation could complete.');
      await bench.state('reconnecting', cuts);
      bench.clock.advance(10_000);
      await bench.state('resumed', cuts);
    }
    expect(bench.states).not.toContain('restarted');
  });

  test('audio that was refused is not sent again; refused twice, only text passes', async () => {
    await start();
    const reason = 'error when processing input audio, please check if the inputaudio is in valid format';
    await closeWith(1007, reason);
    await bench.state('reconnecting');
    await bench.clock.advance(1_000);
    const second = await bench.upstream.connection(1);
    await bench.state('resumed');
    await bench.send(1, audio('A'));
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
