import type { LogEntry } from '@colloquy/live-protocol';
import type { EngineBench, Vitest } from './engine-bench.ts';
import { roomRecord, textEntry, texts } from './entries.ts';

const WORDLESS = { text: '', toModel: false, redacted: true } as const;
const UNABLE = 'this engine cannot take words out of its logs';

/** Taking words out of a log, where an engine can. */
export function testRedaction(bench: EngineBench, { afterEach, beforeEach, describe, expect, it }: Vitest): void {
  describe('taking words out', () => {
    const all = () => bench.engine.read('r', { from: 1, limit: 100 });
    const write = async (count: number) => {
      const written: LogEntry[] = [];
      for (let n = 1; n <= count; n += 1) written.push(await bench.appendText('r', `text ${n}`, `tab:${n}`));
      return written;
    };
    beforeEach(async () => {
      await bench.open();
      await bench.engine.rooms.create(roomRecord('r'));
    });
    afterEach(bench.close);

    it('ENG22 replaces the body of an entry for good, wherever it stands and in any order, and changes nothing else', async (context) => {
      if (!bench.engine.redact) return context.skip(UNABLE);
      const wanted: LogEntry[] = await write(6);
      for (const seq of [4, 1, 6]) {
        await bench.engine.redact('r', seq, WORDLESS);
        wanted[seq - 1] = { ...wanted[seq - 1], body: WORDLESS } as LogEntry;
        expect(await all()).toEqual(wanted);
      }
      // Once more is the same.
      await bench.engine.redact('r', 4, WORDLESS);
      expect(await all()).toEqual(wanted);
      expect(await bench.engine.read('r', { from: 4, to: 5, limit: 10 })).toEqual(wanted.slice(3, 5));
      expect(await bench.engine.read('r', { from: 3, limit: 2 })).toEqual(wanted.slice(2, 4));
      expect(await bench.engine.read('r', { from: 7, limit: 2 })).toEqual([]);
      expect(await bench.engine.position('r')).toMatchObject({ epoch: 1, top: 6 });
      await bench.reopen();
      expect(await all()).toEqual(wanted);
      expect(await bench.engine.append('r', textEntry('text 6', 'tab:6'))).toMatchObject({ outcome: 'duplicate' });
      expect(await bench.appendText('r', 'next', 'tab:7')).toMatchObject({ seq: 7 });
      expect(texts(await all())).toEqual(['', 'text 2', 'text 3', '', 'text 5', '', 'next']);
    });

    it('ENG22 tells no subscriber, and keeps a copy of the body', async (context) => {
      if (!bench.engine.redact) return context.skip(UNABLE);
      await write(2);
      const heard: LogEntry[] = [];
      bench.engine.subscribe('r', (entry) => heard.push(entry));
      const body = { text: '', toModel: false };
      const redacted = bench.engine.redact('r', 1, body);
      body.text = 'changed later';
      await redacted;
      expect(texts(await all())).toEqual(['', 'text 2']);
      expect(heard).toEqual([]);
    });

    it('ENG22 does not find what was taken out', async (context) => {
      if (!bench.engine.redact || !bench.engine.search) return context.skip('this engine does not do both');
      await write(2);
      const find = async (word: string) =>
        (await bench.engine.search?.('r', { words: [word], limit: 10 }))?.map(({ seq }) => seq);
      expect(await find('text')).toEqual([2, 1]);
      await bench.engine.redact('r', 1, WORDLESS);
      expect(await find('text')).toEqual([2]);
    });

    it('ENG22 refuses an entry and a room that are not there', async (context) => {
      if (!bench.engine.redact) return context.skip(UNABLE);
      await write(1);
      for (const seq of [0, 2, -1]) {
        await expect(bench.engine.redact('r', seq, WORDLESS)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
      }
      await expect(bench.engine.redact('nowhere', 1, WORDLESS)).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    });

    it('ENG22 ENG18 a room that is deleted leaves nothing of what was taken out of it either', async (context) => {
      if (!bench.engine.redact) return context.skip(UNABLE);
      await write(1);
      await bench.engine.redact('r', 1, WORDLESS);
      await bench.engine.rooms.delete('r');
      await expect(all()).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
    });
  });
}
