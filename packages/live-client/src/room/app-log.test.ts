import type { AppEntriesPage, LogEntry, LogEntryOf } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { entry } from '../../test/room-fixtures.ts';
import { settle } from '../testing/scripted-network.ts';
import { AppLog } from './app-log.ts';

const card = (seq: number, topic = 'board', epoch = 1): LogEntryOf<'app'> =>
  entry(seq, { kind: 'app', body: { topic, data: { seq } }, epoch }) as LogEntryOf<'app'>;

/** A log whose server and connection are the test's. */
function scene() {
  const pages: { after: number; answer: (page: AppEntriesPage) => void; fail: (error: Error) => void }[] = [];
  let joined = () => {};
  let came = (_: LogEntry) => {};
  let stops = 0;
  const log = new AppLog('board', {
    read: (_, after) => new Promise((answer, fail) => pages.push({ after, answer, fail })),
    isOpen: () => true,
    onJoined: (listener) => {
      joined = listener;
      return () => {
        stops += 1;
      };
    },
    onEntry: (listener) => {
      came = listener;
      return () => {
        stops += 1;
      };
    },
  });
  const seqs = () => log.getSnapshot().entries.map(({ seq }) => seq);
  return { log, pages, seqs, join: () => joined(), come: (one: LogEntry) => came(one), stops: () => stops };
}

describe('AppLog', () => {
  it('reads the whole topic page by page, and takes what comes meanwhile once', async () => {
    const { log, pages, seqs, come } = scene();
    log.subscribe(() => {});
    come(card(9));
    come(card(10, 'other'));
    pages[0]?.answer({ entries: [card(2), card(4)], readUpTo: 4, hasMore: true });
    await settle();
    expect(log.getSnapshot().isComplete).toBe(false);
    expect(pages[1]?.after).toBe(4);
    pages[1]?.answer({ entries: [card(9)], readUpTo: 10, hasMore: false });
    await settle();
    expect(seqs()).toEqual([2, 4, 9]);
    expect(log.getSnapshot().isComplete).toBe(true);
  });

  it('reads on from where it was after a broken connection', async () => {
    const { log, pages, seqs, join } = scene();
    log.subscribe(() => {});
    pages[0]?.answer({ entries: [card(2)], readUpTo: 3, hasMore: true });
    await settle();
    pages[1]?.fail(new Error('the connection broke'));
    await settle();
    join();
    expect(pages[2]?.after).toBe(3);
    pages[2]?.answer({ entries: [card(5)], readUpTo: 5, hasMore: false });
    await settle();
    expect(seqs()).toEqual([2, 5]);
  });

  it('forgets entries that the store lost', async () => {
    const { log, pages, seqs, come, join } = scene();
    log.subscribe(() => {});
    pages[0]?.answer({ entries: [card(2), card(6)], readUpTo: 6, hasMore: false });
    await settle();
    come(entry(5, { kind: 'log.discontinuity', body: { epoch: 2, after: 4 }, epoch: 2 }));
    expect(seqs()).toEqual([2]);
    join();
    expect(pages[1]?.after).toBe(4);
  });

  it('listens only while somebody is subscribed', () => {
    const { log, stops } = scene();
    const undo = [log.subscribe(() => {}), log.subscribe(() => {})];
    for (const stop of undo) stop();
    undo[0]?.();
    expect(stops()).toBe(2);
  });
});
