import { describe, expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

interface Events {
  counted: { readonly n: number };
  named: { readonly name: string };
}

describe('Emitter', () => {
  it('delivers an event to the listeners of its type only', () => {
    const emitter = new Emitter<Events>();
    const seen: unknown[] = [];
    emitter.on('counted', (event) => seen.push(event));
    emitter.on('named', (event) => seen.push(event));
    emitter.emit('counted', { n: 1 });
    expect(seen).toEqual([{ n: 1 }]);
  });

  it('gives an undo that removes that registration only and may be called twice', () => {
    const emitter = new Emitter<Events>();
    let calls = 0;
    const listener = () => calls++;
    const undo = emitter.on('counted', listener);
    emitter.on('counted', listener);
    undo();
    undo();
    emitter.emit('counted', { n: 1 });
    expect(calls).toBe(1);
    expect(emitter.listenerCount('counted')).toBe(1);
  });

  it('reports a listener that throws and still runs the rest', () => {
    const failures: unknown[] = [];
    const emitter = new Emitter<Events>({ onListenerError: (error, type) => failures.push([error, type]) });
    const problem = new Error('listener');
    const seen: number[] = [];
    emitter.on('counted', () => {
      throw problem;
    });
    emitter.on('counted', ({ n }) => seen.push(n));
    emitter.emit('counted', { n: 7 });
    expect(failures).toEqual([[problem, 'counted']]);
    expect(seen).toEqual([7]);
  });

  it('does not call a listener that an earlier one removed during the same event', () => {
    const emitter = new Emitter<Events>();
    let called = false;
    let undo = () => {};
    emitter.on('counted', () => undo());
    undo = emitter.on('counted', () => {
      called = true;
    });
    emitter.emit('counted', { n: 1 });
    expect(called).toBe(false);
  });

  it('lets a listener that is added during an event hear the next one only', () => {
    const emitter = new Emitter<Events>();
    const seen: number[] = [];
    emitter.on('counted', ({ n }) => {
      if (n === 1) emitter.on('counted', (event) => seen.push(event.n));
    });
    emitter.emit('counted', { n: 1 });
    emitter.emit('counted', { n: 2 });
    expect(seen).toEqual([2]);
  });

  it('forgets every listener on clear', () => {
    const emitter = new Emitter<Events>();
    emitter.on('counted', () => expect.unreachable());
    emitter.clear();
    emitter.emit('counted', { n: 1 });
    expect(emitter.listenerCount('counted')).toBe(0);
  });
});
