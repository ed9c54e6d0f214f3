import type { LogEntry } from '@colloquy/live-protocol';
import type { EngineBench, Vitest } from './engine-bench.ts';
import { roomRecord, textEntry } from './entries.ts';

/** Epochs, and what a caller expects of the log. */
export function testEpochs(bench: EngineBench, { afterEach, beforeEach, describe, expect, it }: Vitest): void {
  describe('epochs', () => {
    beforeEach(bench.open);
    afterEach(bench.close);

    it('ENG17 begins a new epoch once, with an entry that says so, and goes on counting', async () => {
      await bench.engine.rooms.create(roomRecord('r'));
      await bench.appendText('r', 'one', 'tab:1');
      const heard: LogEntry[] = [];
      bench.engine.subscribe('r', (entry) => heard.push(entry));
      const wanted = {
        epoch: 2,
        top: 2,
        epochs: [
          { epoch: 1, firstSeq: 1 },
          { epoch: 2, firstSeq: 2 },
        ],
      };
      expect(await Promise.all([bench.engine.startEpoch('r', 1), bench.engine.startEpoch('r', 1)])).toEqual([
        wanted,
        wanted,
      ]);
      expect(heard).toMatchObject([{ seq: 2, epoch: 2, kind: 'log.discontinuity', body: { epoch: 2, after: 1 } }]);
      expect(await bench.engine.read('r', { from: 2, limit: 5 })).toEqual(heard);
      expect(await bench.appendText('r', 'two', 'tab:2')).toMatchObject({ seq: 3, epoch: 2 });
      await bench.reopen();
      expect(await bench.engine.position('r')).toEqual({ ...wanted, top: 3 });
      await expect(bench.engine.startEpoch('nowhere', 1)).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    });

    it('ENG17 appends nothing for a caller who is in another epoch, and uses up no number', async () => {
      await bench.engine.rooms.create(roomRecord('r'));
      await bench.engine.startEpoch('r', 1);
      const entry = textEntry('x', 'tab:1');
      expect(await bench.engine.append('r', entry, { epoch: 1 })).toEqual({ outcome: 'epoch', epoch: 2 });
      expect((await bench.engine.position('r')).top).toBe(1);
      expect(await bench.engine.append('r', entry, { epoch: 2 })).toMatchObject({
        outcome: 'appended',
        entry: { seq: 2 },
      });
    });
  });

  describe('expectations', () => {
    beforeEach(bench.open);
    afterEach(bench.close);

    it('ENG17 appends nothing for a caller who has seen more of the log than there is', async () => {
      await bench.engine.rooms.create(roomRecord('r'));
      await bench.appendText('r', 'one');
      const entry = textEntry('x', 'tab:1');
      const wish = { epoch: 1, minSeq: 2 };
      expect(await bench.engine.append('r', entry, wish)).toEqual({ outcome: 'regressed', top: 1 });
      expect(await bench.engine.append('r', entry, { ...wish, minSeq: 1 })).toMatchObject({ outcome: 'appended' });
    });
  });
}
