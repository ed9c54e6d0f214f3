import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.ts';
import { iterateEvents } from './event-iterator.ts';

interface Events {
  counted: { readonly n: number };
  other: object;
}

const scene = () => new Emitter<Events>();

describe('iterateEvents', () => {
  it('gives what comes while the loop is busy, and nothing of another type', async () => {
    const emitter = scene();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { n } of iterateEvents(emitter, 'counted')) {
        seen.push(n);
        await Promise.resolve();
        if (n === 4) break;
      }
    })();
    for (let n = 1; n <= 6; n++) {
      emitter.emit('counted', { n });
      emitter.emit('other', {});
    }
    await loop;
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(emitter.listenerCount('counted')).toBe(0);
  });

  it.each(['before', 'while it waits', 'with events waiting'])('ends when its signal fires: %s', async (when) => {
    const emitter = scene();
    const controller = new AbortController();
    if (when === 'before') controller.abort();
    const events = iterateEvents(emitter, 'counted', { signal: controller.signal });
    const next = when === 'while it waits' ? events.next() : null;
    if (when === 'with events waiting') emitter.emit('counted', { n: 1 });
    controller.abort();
    expect(await (next ?? events.next())).toEqual({ done: true, value: undefined });
    expect(emitter.listenerCount('counted')).toBe(0);
  });

  it('answers each of several calls that wait with an event of its own, in order, and ends all of them', async () => {
    const emitter = scene();
    const events = iterateEvents(emitter, 'counted');
    const calls = [events.next(), events.next(), events.next(), events.next()];
    emitter.emit('counted', { n: 1 });
    // Asked after the first event came and before anybody has taken it.
    calls.push(events.next());
    emitter.emit('counted', { n: 2 });
    emitter.emit('counted', { n: 3 });
    emitter.clear();
    const results = await Promise.all(calls);
    expect(results.map(({ done, value }) => (done ? 'done' : value?.n))).toEqual([1, 2, 3, 'done', 'done']);
  });

  it('gives what was there and ends when the emitter is cleared', async () => {
    const emitter = scene();
    const events = iterateEvents(emitter, 'counted');
    emitter.emit('counted', { n: 1 });
    emitter.clear();
    expect(await events.next()).toEqual({ done: false, value: { n: 1 } });
    expect((await events.next()).done).toBe(true);
  });

  it('drops the oldest when the loop is too slow', async () => {
    const emitter = scene();
    const events = iterateEvents(emitter, 'counted', { maxWaiting: 2 });
    for (let n = 1; n <= 5; n++) emitter.emit('counted', { n });
    expect([(await events.next()).value, (await events.next()).value]).toEqual([{ n: 4 }, { n: 5 }]);
  });
});
