import type { EngineBench, Vitest } from './engine-bench.ts';
import { ana, roomRecord } from './entries.ts';

/** The index of words, where an engine has one. */
export function testSearch(bench: EngineBench, { afterEach, beforeEach, describe, expect, it }: Vitest): void {
  describe('search', () => {
    beforeEach(bench.open);
    afterEach(bench.close);

    const find = async (words: readonly string[], options: { before?: number; limit?: number } = {}) =>
      (await bench.engine.search?.('r', { words, limit: 10, ...options }))?.map(({ seq }) => seq);

    it('ENG19 finds entries of one room by all of the words, the last as a beginning, newest first', async (context) => {
      if (!bench.engine.search) return context.skip('this engine has no index; the room reads its log through instead');
      for (const id of ['r', 'other']) await bench.engine.rooms.create(roomRecord(id));
      await bench.appendText('other', 'The river is elsewhere');
      await bench.appendText('r', 'The RIVER is wide');
      await bench.appendText('r', 'Étude for a wide river-bed');
      await bench.appendText('r', '東京タワーへ行きました');
      const speech = { messageId: 'm', turn: 1, text: 'A river, says the model.' };
      await bench.engine.append('r', { kind: 'ai.message', actor: ana, body: speech });
      expect(await find(['river'])).toEqual([4, 2, 1]);
      expect(await find(['wide', 'riv'])).toEqual([2, 1]);
      expect(await find(['riv', 'wide'])).toEqual([]);
      expect(await find(['etude'])).toEqual([2]);
      expect(await find(['タ ワ ー'])).toEqual([3]);
      expect(await find(['river'], { limit: 2 })).toEqual([4, 2]);
      expect(await find(['river'], { before: 2 })).toEqual([1]);
      await bench.reopen();
      expect(await find(['river'])).toEqual([4, 2, 1]);
      await bench.engine.rooms.delete('r');
      await expect(find(['river'])).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    });

    it('ENG19 takes any text for words, never for a query language', async (context) => {
      if (!bench.engine.search) return context.skip('this engine has no index; the room reads its log through instead');
      await bench.engine.rooms.create(roomRecord('r'));
      await bench.appendText('r', 'NOT near OR AND "quoted" col:umn');
      for (const word of ['not', 'or', 'and', 'near', 'col']) expect(await find([word])).toEqual([1]);
      for (const limit of [0, 201]) {
        await expect(find(['x'], { limit })).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
      }
      await expect(find([])).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
    });
  });
}
