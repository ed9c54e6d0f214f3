import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomClient } from '../src/room/room-client.ts';
import { FakeMedia } from '../src/testing/fake-media.ts';
import { ScriptedNetwork, settle } from '../src/testing/scripted-network.ts';
import { SimulatedRoom, seededRandom } from './simulated-room.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function scene(seed: number) {
  const random = seededRandom(seed);
  const room = new SimulatedRoom(random);
  const network = new ScriptedNetwork();
  const client = new RoomClient({
    url: 'ws://host/rooms/panel',
    webSocket: network.WebSocket,
    media: new FakeMedia().factory,
    maxTimelineItems: 60,
    maxConnectAttempts: 0,
    random,
  });
  let accepted = 0;
  const step = async () => {
    if (network.sockets.length > accepted) {
      accepted = network.sockets.length;
      room.accept(network.socket);
    }
    room.step();
    await settle();
  };
  /** The timeline's own copy of the log. */
  const seen = () => client.getSnapshot().timeline.flatMap(({ entry }) => (entry ? [entry] : []));
  return { random, room, network, client, step, seen };
}

/** Fails unless the entries are one contiguous run, and at the current epoch the run of the server's log. */
function expectSlice(seed: number, { client, room, seen }: ReturnType<typeof scene>): void {
  const applied = seen();
  const first = applied[0]?.seq ?? 0;
  applied.forEach((entry, index) => {
    expect(entry.seq, `seed ${seed}: position ${index}`).toBe(first + index);
  });
  if (client.getSnapshot().connection.status !== 'open' || !room.isJoined) return;
  expect(applied, `seed ${seed}`).toEqual(room.log.slice(first - 1, first - 1 + applied.length));
}

describe('RoomClient over a bad line', () => {
  const seeds = Array.from({ length: 30 }, (_, seed) => seed + 1);
  it.each(seeds)('shows one contiguous slice of the log and stores each text exactly once (seed %i)', async (seed) => {
    const it = scene(seed);
    const { random, room, client, step, seen } = it;
    const written: string[] = [];
    const connected = client.connect();
    for (let i = 0; i < 250; i += 1) {
      const dice = random();
      if (dice < 0.3) room.write();
      else if (dice < 0.4) {
        written.push(`mine ${written.length}`);
        client.sendText(written.at(-1) ?? '');
        if (random() < 0.2) client.sendText('bad');
      } else if (dice < 0.44) room.cut();
      else if (dice < 0.46) room.lose(Math.floor(random() * 6));
      else if (dice < 0.5) for (let n = 0; n < 15; n += 1) room.write();
      else if (dice < 0.55) void client.loadOlder().catch(() => {});
      else if (dice < 0.6) await vi.advanceTimersByTimeAsync(Math.floor(random() * 12_000));
      await step();
      expectSlice(seed, it);
    }

    room.isFaulty = false;
    for (let i = 0; i < 80; i += 1) {
      await vi.advanceTimersByTimeAsync(3000);
      await step();
    }
    await connected;
    expectSlice(seed, it);
    expect(seen().at(-1)?.seq ?? 0, `seed ${seed}: newest`).toBe(room.top);
    const stored = room.log.filter(({ cid }) => cid !== undefined).map(({ body }) => (body as { text: string }).text);
    expect(stored, `seed ${seed}: own texts`).toEqual(written);
    const unfinished = client.getSnapshot().timeline.filter(({ state, text }) => state !== 'final' && text !== 'bad');
    expect(unfinished).toEqual([]);

    const disposed = client.dispose();
    await vi.advanceTimersByTimeAsync(1000);
    await disposed;
    expect(vi.getTimerCount()).toBe(0);
  });
});
