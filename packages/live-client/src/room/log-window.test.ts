import type { LogEntry } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { entries, entry } from '../../test/room-fixtures.ts';
import { LogWindow } from './log-window.ts';

function windowAt(seq: number, options: { capacity?: number; from?: number } = {}) {
  const window = new LogWindow(options.capacity ?? 2000);
  window.reset({ epoch: 1, top: seq, hasOlder: (options.from ?? 1) > 1 });
  if (seq > 0) window.apply(entries(options.from ?? 1, seq));
  return window;
}

const seqs = (list: readonly LogEntry[]) => list.map(({ seq }) => seq);

describe('LogWindow', () => {
  it('applies the next entry, drops a known one, and holds one after a hole until the hole is filled', () => {
    const window = windowAt(3);
    expect(seqs(window.apply([entry(4)]))).toEqual([4]);
    expect(seqs(window.apply([entry(4), entry(2)]))).toEqual([]);
    expect(seqs(window.apply([entry(7), entry(6)]))).toEqual([]);
    expect(window.hasGap).toBe(true);
    expect(seqs(window.apply([entry(5)]))).toEqual([5, 6, 7]);
    expect(window.hasGap).toBe(false);
    expect(seqs(window.entries)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('begins where the first page begins, and at 1 in an empty log', () => {
    const window = new LogWindow(10);
    window.reset({ epoch: 1, top: 90, hasOlder: true });
    expect(window.position).toBeNull();
    window.apply(entries(80, 90));
    expect(window.position).toEqual({ epoch: 1, seq: 90 });
    const empty = windowAt(0);
    expect(empty.position).toEqual({ epoch: 1, seq: 0 });
    expect(seqs(empty.apply([entry(2)]))).toEqual([]);
    expect(seqs(empty.apply([entry(1)]))).toEqual([1, 2]);
  });

  it('forgets entries that were never durable, and those it held', () => {
    const window = windowAt(5);
    window.apply([entry(9)]);
    window.resume({ epoch: 2, truncateAfter: 3 });
    expect(seqs(window.entries)).toEqual([1, 2, 3]);
    expect(window.position).toEqual({ epoch: 2, seq: 3 });
    expect(window.hasGap).toBe(false);
    window.apply([entry(4, { epoch: 2 })]);
    expect(window.entries.at(-1)).toMatchObject({ seq: 4, epoch: 2 });
  });

  it('keeps what it has when nothing of it has to be forgotten', () => {
    const window = windowAt(5);
    window.resume({ epoch: 2, truncateAfter: 7 });
    expect(window.position).toEqual({ epoch: 2, seq: 5 });
  });

  it('puts an older page in front, and only what touches the oldest entry', () => {
    const window = windowAt(30, { from: 21 });
    expect(window.hasOlder).toBe(true);
    expect(window.prepend(entries(11, 22), true)).toBe(10);
    expect(window.prepend(entries(2, 9), true)).toBe(0);
    expect(window.first).toBe(11);
    expect(window.prepend(entries(1, 10), false)).toBe(10);
    expect(seqs(window.entries)).toEqual(seqs(entries(1, 30)));
    expect(window.hasOlder).toBe(false);
  });

  it('is not asked for ever for pages that bring nothing', () => {
    const window = windowAt(30, { from: 21 });
    window.prepend([], false);
    expect(window.hasOlder).toBe(false);
  });

  it('drops its oldest entries above the capacity, and loads no more than it may keep', () => {
    const window = windowAt(10, { capacity: 10 });
    window.apply(entries(11, 15));
    expect(seqs(window.entries)).toEqual(seqs(entries(6, 15)));
    expect(window.hasOlder).toBe(false);
    const roomy = windowAt(20, { from: 15, capacity: 8 });
    roomy.prepend(entries(1, 14), false);
    expect(seqs(roomy.entries)).toEqual(seqs(entries(13, 20)));
  });

  it('gives a new array only when something changed', () => {
    const window = windowAt(3);
    const before = window.entries;
    window.apply([entry(2), entry(6)]);
    expect(window.entries).toBe(before);
    window.apply([entry(4)]);
    expect(window.entries).not.toBe(before);
  });

  it('shows nothing any more of what a host took out of the log, whether it was there before or came just now', () => {
    const window = windowAt(3);
    const take = (seq: number, redacted: number) => entry(seq, { kind: 'redact', body: { seq: redacted, reason: '' } });
    window.apply([take(4, 2)]);
    window.apply([entry(5), take(6, 5)]);
    const texts = window.entries.map(({ body }) => ('text' in body ? body.text : null));
    expect(texts).toEqual(['text 1', '', 'text 3', null, '', null]);
    expect(window.entries[1]).toMatchObject({ seq: 2, body: { redacted: true } });
  });
});
