import type { LogEntry } from '@colloquy/live-protocol';
import type { RestoredRoom } from '../../ports/room-engine.ts';
import type { EngineBench, Vitest } from './engine-bench.ts';
import { roomRecord, textEntry, texts } from './entries.ts';

/** Taking over a room whose log lies elsewhere. */
export function testRestoring(bench: EngineBench, { afterEach, beforeEach, describe, expect, it }: Vitest): void {
  describe('restoring', () => {
    beforeEach(bench.open);
    afterEach(bench.close);
    const entryAt = (seq: number, epoch: number): LogEntry =>
      ({ ...textEntry(`text ${seq}`), room: 'r', epoch, seq, ts: 1000 + seq }) as LogEntry;
    const restored: RestoredRoom = {
      record: roomRecord('r', { name: 'Restored', version: 3 }),
      epochs: [
        { epoch: 1, firstSeq: 1 },
        { epoch: 2, firstSeq: 9 },
      ],
      top: 12,
      entries: [entryAt(11, 2), entryAt(12, 2)],
      clients: [{ participantId: 'ana', clientId: 'tab', n: 7, ts: 1000 }],
    };

    it('ENG21 goes on from a log that lies elsewhere: numbers, epochs, clients, newest entries', async (context) => {
      if (!bench.engine.restore) return context.skip('this engine is the only keeper of its logs');
      await bench.engine.restore(restored);
      const { epochs } = restored;
      expect(await bench.engine.position('r')).toEqual({ epoch: 2, top: 12, oldest: 11, epochs });
      expect(await bench.engine.rooms.get('r')).toEqual(restored.record);
      expect(await bench.engine.append('r', textEntry('again', 'tab:7'))).toEqual({ outcome: 'duplicate', seq: null });
      expect(await bench.engine.append('r', textEntry('early', 'tab:9'))).toEqual({ outcome: 'gap', expected: 8 });
      expect(await bench.appendText('r', 'next', 'tab:8')).toMatchObject({ seq: 13, epoch: 2 });
      expect(texts(await bench.engine.read('r', { from: 1, limit: 10 }))).toEqual(['text 11', 'text 12', 'next']);
      expect(texts(await bench.engine.read('r', { from: 12, to: 12, limit: 10 }))).toEqual(['text 12']);
      expect(await bench.engine.startEpoch('r', 2)).toMatchObject({ epoch: 3, top: 14 });
      await bench.reopen();
      expect(await bench.engine.position('r')).toMatchObject({ epoch: 3, top: 14, oldest: 11 });
    });

    it('ENG23 unloads a room that lies elsewhere, and takes it over again as it is there then', async (context) => {
      const { engine } = bench;
      if (!engine.restore || !engine.unload) return context.skip('this engine unloads nothing');
      await engine.restore(restored);
      await bench.appendText('r', 'next', 'tab:8');
      await engine.unload('r');
      await engine.unload('r');
      expect(await engine.rooms.get('r')).toBeNull();
      expect((await engine.rooms.list({ limit: 10 })).rooms).toEqual([]);
      await expect(engine.position('r')).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
      await engine.restore({ ...restored, entries: [], top: 40 });
      expect(await engine.read('r', { from: 1, limit: 100 })).toEqual([]);
      expect(await bench.appendText('r', 'back', 'tab:8')).toMatchObject({ seq: 41, epoch: 2 });
    });

    it('ENG21 an empty tail and an empty log are restored; a room that is there is not', async (context) => {
      if (!bench.engine.restore) return context.skip('this engine is the only keeper of its logs');
      await bench.engine.restore({ ...restored, entries: [] });
      expect(await bench.engine.position('r')).toMatchObject({ top: 12, oldest: 13 });
      expect((await bench.appendText('r', 'next')).seq).toBe(13);
      await expect(bench.engine.restore(restored)).rejects.toMatchObject({ code: 'ERR_ROOM_EXISTS' });
      const empty = {
        record: roomRecord('e'),
        epochs: [{ epoch: 1, firstSeq: 1 }],
        top: 0,
        entries: [],
        clients: [],
      };
      await bench.engine.restore(empty);
      expect((await bench.appendText('e', 'first')).seq).toBe(1);
    });
  });
}
