import type { NewEntry } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { RoomCoreError } from '../src/errors.ts';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomEngine } from '../src/ports/room-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { ForgetfulEngine } from './support/forgetful-engine.ts';
import { Stage } from './support/stage.ts';

/** What an engine does with the next appends: takes them, fails before or after they are stored, or never answers. */
type Weather = 'fine' | 'down' | 'answers lost' | 'silent';

function moodyEngine(weather: () => Weather): RoomEngine {
  const inner = memoryEngine();
  const down = () => new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The disk is gone.');
  return delegateEngine(inner, {
    append: async (...args) => {
      const now = weather();
      if (now === 'down') throw down();
      if (now === 'silent') return new Promise(() => {});
      const result = await inner.append(...args);
      if (now === 'answers lost') throw down();
      return result;
    },
  });
}

async function answering(engine: RoomEngine) {
  const stage = await Stage.open({ engine });
  const ana = await stage.join('Ana');
  const answer = async (text: string) => {
    stage.model.session.emit({ type: 'outputTranscript', text });
    stage.model.session.emit({ type: 'turnComplete', reason: null });
    await settle();
  };
  const said = async () =>
    (await stage.entries()).flatMap((entry) => (entry.kind === 'ai.message' ? [entry.body.text] : []));
  return { stage, ana, answer, said };
}

it.each(['down', 'answers lost', 'silent'] as const)(
  'LOG6 keeps what the model said while the store is %s: in order, each once, in the log of a room that closes too',
  async (trouble) => {
    let weather: Weather = 'fine';
    const { stage, answer, said } = await answering(moodyEngine(() => weather));
    await answer('before');
    weather = trouble;
    for (const text of ['one', 'two', 'three']) {
      await answer(text);
      await stage.clock.run(1_500, 100);
    }
    weather = 'fine';
    await answer('after');
    await stage.clock.run(10_000, 100);
    expect(await said()).toEqual(['before', 'one', 'two', 'three', 'after']);
    // One trouble, one complaint.
    expect(stage.errors).toMatchObject([{ stage: 'append', error: { code: 'ERR_STORE_UNAVAILABLE' } }]);
    weather = 'down';
    await answer('last');
    const closed = stage.rooms.close(stage.roomId).catch((error: unknown) => error);
    await stage.clock.run(500, 100);
    weather = 'fine';
    await stage.clock.run(5_000, 100);
    await closed;
    expect(await said()).toEqual(['before', 'one', 'two', 'three', 'after', 'last']);
    expect((await stage.kinds()).at(-1)).toBe('room.closed');
  },
);

it('LOG6 tries again after 1, 2, 4 and then every 8 s', async () => {
  const at: number[] = [];
  let weather: Weather = 'fine';
  const { stage, answer } = await answering(
    moodyEngine(() => {
      if (weather === 'down') at.push(stage.clock.monotonic());
      return weather;
    }),
  );
  weather = 'down';
  const from = stage.clock.monotonic();
  await answer('lost for now');
  await stage.clock.run(32_000, 500);
  expect(at.map((ms) => ms - from)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 23_000, 31_000]);
});

it('LOG7 says what is given up after five minutes to everybody, and goes on', async () => {
  let weather: Weather = 'fine';
  const { stage, ana, answer, said } = await answering(moodyEngine(() => weather));
  weather = 'down';
  await answer('too long ago');
  await stage.clock.run(200_000, 1_000);
  await answer('young enough');
  await stage.clock.run(110_000, 1_000);
  expect(ana.port.of('notice')).toEqual([
    { type: 'notice', code: 'ERR_ENTRIES_LOST', message: expect.stringContaining('Something that happened here') },
  ]);
  expect(stage.errors.map(({ stage: where }) => where)).toEqual(['append', 'append']);
  weather = 'fine';
  await stage.clock.run(8_000, 1_000);
  expect(await said()).toEqual(['young enough']);
});

it('LOG7 keeps at most four million characters, and says so of what comes on top', async () => {
  let weather: Weather = 'fine';
  const { stage, ana, answer, said } = await answering(moodyEngine(() => weather));
  weather = 'down';
  for (let n = 0; n < 23; n += 1) await answer('x'.repeat(190_000));
  const notices = ana.port.of('notice').length;
  expect(notices).toBe(1);
  weather = 'fine';
  await stage.clock.run(1_000, 100);
  expect(await said()).toHaveLength(22);
});

it('LOG7 gives up what an ending room could not store in time, and waits no longer', async () => {
  let weather: Weather = 'fine';
  const { stage, answer } = await answering(moodyEngine(() => weather));
  weather = 'silent';
  await answer('hangs');
  const stopped = stage.rooms.shutdown();
  await stage.clock.run(2_000, 100);
  await stopped;
  expect(stage.errors.at(-1)).toMatchObject({ stage: 'append', error: { code: 'ERR_STORE_UNAVAILABLE' } });
  expect(stage.clock.pendingTimers).toBe(0);
});

it('REC2 writes what the model said again when the engine has lost it, once', async () => {
  const engine = new ForgetfulEngine(() => Date.now());
  const { stage, ana, answer, said } = await answering(engine);
  for (const text of ['one', 'two', 'three']) await answer(text);
  await engine.forget(stage.roomId, 2);
  expect(await said()).toEqual(['one']);
  await answer('four');
  await stage.clock.run(20_000, 1_000);
  expect(await said()).toEqual(['one', 'two', 'three', 'four']);
  expect(ana.port.last('epoch')).toMatchObject({ epoch: 2 });
});

it('LOG6 takes nothing twice from an engine that has forgotten the numbers', async () => {
  const inner = memoryEngine();
  const seen: NewEntry[] = [];
  let expected = 0;
  const engine = delegateEngine(inner, {
    append: async (roomId, entry, options) => {
      seen.push(entry);
      if (expected > 0) {
        const gap = { outcome: 'gap', expected } as const;
        expected = 0;
        return gap;
      }
      return inner.append(roomId, entry, options);
    },
  });
  const { answer, said } = await answering(engine);
  await answer('one');
  expected = 1;
  await answer('two');
  expect(await said()).toEqual(['one', 'two']);
  const cids = seen.map(({ cid }) => cid);
  expect(cids.every((cid) => cid !== undefined)).toBe(true);
  expect(new Set(cids.map((cid) => cid?.split(':')[0])).size).toBe(2);
});
