import type { EngineBench, Vitest } from './engine-bench.ts';
import { roomRecord, textEntry } from './entries.ts';

/** The end of an engine, and what is there after it. */
export function testClosing(bench: EngineBench, { afterEach, beforeEach, describe, expect, it }: Vitest): void {
  describe('closing', () => {
    beforeEach(bench.open);
    afterEach(bench.close);

    it('ENG15 refuses everything after close, and closes twice', async () => {
      await bench.engine.rooms.create(roomRecord('r'));
      const last = bench.appendText('r', 'under way');
      await Promise.all([bench.engine.close(), bench.engine.close()]);
      expect((await last).seq).toBe(1);
      await expect(bench.appendText('r', 'late')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
      await expect(bench.engine.rooms.get('r')).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    });

    it('ENG16 has everything after it was closed and opened again', async (context) => {
      if (!bench.keeps) return context.skip('this engine keeps nothing over a restart');
      const record = roomRecord('r');
      await bench.engine.rooms.create(record);
      const first = await bench.appendText('r', 'one', 'tab:1');
      await bench.engine.skip('r', 'ana', 'tab:2');
      await bench.reopen();
      expect(await bench.engine.rooms.get('r')).toEqual(record);
      expect(await bench.engine.read('r', { from: 1, limit: 10 })).toEqual([first]);
      expect(await bench.engine.append('r', textEntry('again', 'tab:1'))).toMatchObject({ outcome: 'duplicate' });
      expect(await bench.engine.append('r', textEntry('four', 'tab:4'))).toEqual({ outcome: 'gap', expected: 3 });
      expect((await bench.appendText('r', 'three', 'tab:3')).seq).toBe(2);
    });
  });
}
