import { describe, expect, it, vi } from 'vitest';
import { Store } from './store.ts';

describe('Store', () => {
  it('keeps the same snapshot and tells nobody when nothing changed', () => {
    const store = new Store({ a: 1, b: Number.NaN });
    const before = store.snapshot;
    const listener = vi.fn();
    store.subscribe(listener);
    store.update({ a: 1, b: Number.NaN });
    store.update({});
    expect(store.snapshot).toBe(before);
    expect(listener).not.toHaveBeenCalled();
  });

  it('replaces the snapshot and leaves the old one as it was', () => {
    const store = new Store({ a: 1, b: 2 });
    const before = store.snapshot;
    const listener = vi.fn();
    const stop = store.subscribe(listener);
    store.update({ a: 3 });
    expect(store.snapshot).toEqual({ a: 3, b: 2 });
    expect(before).toEqual({ a: 1, b: 2 });
    stop();
    store.update({ a: 4 });
    expect(listener).toHaveBeenCalledTimes(1);
  });
});
