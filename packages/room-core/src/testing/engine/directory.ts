import type { EngineBench, Vitest } from './engine-bench.ts';
import { roomRecord, texts } from './entries.ts';

/** The list of rooms, and what becomes of one that is deleted. */
export function testDirectory(bench: EngineBench, { afterEach, beforeEach, describe, expect, it }: Vitest): void {
  describe('directory', () => {
    beforeEach(bench.open);
    afterEach(bench.close);

    it('ENG11 knows nothing of rooms that were never created', async () => {
      const unknown = { code: 'ERR_ROOM_NOT_FOUND' };
      await expect(bench.engine.position('nowhere')).rejects.toMatchObject(unknown);
      await expect(bench.appendText('nowhere', 'x')).rejects.toMatchObject(unknown);
      await expect(bench.engine.skip('nowhere', 'ana', 'tab:1')).rejects.toMatchObject(unknown);
      await expect(bench.engine.read('nowhere', { from: 1, limit: 1 })).rejects.toMatchObject(unknown);
      await expect(bench.engine.rooms.update(roomRecord('nowhere', { version: 2 }))).rejects.toMatchObject(unknown);
      expect(await bench.engine.rooms.get('nowhere')).toBeNull();
    });

    it('ENG11 creates a room once', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 5 }, () => bench.engine.rooms.create(roomRecord('r'))),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(bench.engine.rooms.create(roomRecord('r'))).rejects.toMatchObject({ code: 'ERR_ROOM_EXISTS' });
    });

    it('ENG12 lets one of several simultaneous updates win', async () => {
      const record = roomRecord('r');
      await bench.engine.rooms.create(record);
      const updates = ['a', 'b', 'c'].map((name) => bench.engine.rooms.update({ ...record, name, version: 2 }));
      const settled = await Promise.allSettled(updates);
      const won = settled.findIndex(({ status }) => status === 'fulfilled');
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'ERR_ROOM_CONFLICT' },
      });
      expect(await bench.engine.rooms.get('r')).toEqual({ ...record, name: ['a', 'b', 'c'][won], version: 2 });
    });

    it('ENG13 lists the newest rooms first, in pages, by status', async () => {
      // Two rooms share a time: a page may end between them.
      const times = [10, 20, 20, 30, 40];
      for (const [index, createdAt] of times.entries()) {
        await bench.engine.rooms.create(
          roomRecord(`r${index}`, { createdAt, status: index === 3 ? 'closed' : 'open' }),
        );
      }
      const ids = async (status?: 'open' | 'closed') => {
        const pages: string[][] = [];
        let cursor: string | null = null;
        do {
          const page = await bench.engine.rooms.list({
            limit: 2,
            ...(status && { status }),
            ...(cursor && { cursor }),
          });
          pages.push(page.rooms.map(({ id }) => id));
          cursor = page.cursor;
        } while (cursor !== null);
        return pages;
      };
      expect(await ids()).toEqual([['r4', 'r3'], ['r2', 'r1'], ['r0']]);
      expect(await ids('open')).toEqual([
        ['r4', 'r2'],
        ['r1', 'r0'],
      ]);
      expect(await ids('closed')).toEqual([['r3']]);
    });

    it('ENG18 deletes a room with everything of it, and never gives its id again', async () => {
      for (const id of ['r', 'other']) await bench.engine.rooms.create(roomRecord(id));
      for (let n = 1; n <= 30; n += 1) await bench.appendText('r', `text ${n}`, `tab:${n}`);
      await bench.appendText('other', 'stays');
      await bench.engine.rooms.delete('r');
      const check = async () => {
        const unknown = { code: 'ERR_ROOM_NOT_FOUND' };
        expect(await bench.engine.rooms.get('r')).toBeNull();
        await expect(bench.engine.position('r')).rejects.toMatchObject(unknown);
        await expect(bench.engine.read('r', { from: 1, limit: 1 })).rejects.toMatchObject(unknown);
        await expect(bench.appendText('r', 'late')).rejects.toMatchObject(unknown);
        await expect(bench.engine.rooms.delete('r')).rejects.toMatchObject(unknown);
        await expect(bench.engine.rooms.update(roomRecord('r', { version: 1 }))).rejects.toMatchObject(unknown);
        await expect(bench.engine.rooms.create(roomRecord('r'))).rejects.toMatchObject({ code: 'ERR_ROOM_EXISTS' });
        expect((await bench.engine.rooms.list({ limit: 10 })).rooms.map(({ id }) => id)).toEqual(['other']);
        expect(texts(await bench.engine.read('other', { from: 1, limit: 10 }))).toEqual(['stays']);
      };
      await check();
      if (!bench.keeps) return;
      await bench.reopen();
      // An id that was deleted is unknown, but a restart does not make it free.
      await check();
    });

    it('ENG13 lists rooms by how long nothing was written in them', async () => {
      await bench.engine.rooms.create(roomRecord('empty', { createdAt: 100 }));
      await bench.engine.rooms.create(roomRecord('old', { createdAt: 50 }));
      await bench.engine.rooms.create(roomRecord('busy', { createdAt: 60 }));
      const { ts } = await bench.appendText('busy', 'now');
      const idle = async (idleSince: number) =>
        (await bench.engine.rooms.list({ limit: 10, idleSince })).rooms.map(({ id }) => id);
      expect(await idle(50)).toEqual([]);
      expect(await idle(101)).toEqual(['empty', 'old']);
      expect(await idle(ts + 1)).toEqual(['empty', 'busy', 'old']);
      await expect(idle(-1)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
    });

    it('ENG13 moves a room between the lists when its status changes', async () => {
      const record = roomRecord('r');
      await bench.engine.rooms.create(record);
      await bench.engine.rooms.update({ ...record, status: 'closed', closedAt: 5, version: 2 });
      expect((await bench.engine.rooms.list({ limit: 10, status: 'open' })).rooms).toEqual([]);
      expect((await bench.engine.rooms.list({ limit: 10, status: 'closed' })).rooms).toMatchObject([
        { id: 'r', closedAt: 5 },
      ]);
    });
  });
}
