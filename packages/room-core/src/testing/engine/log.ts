import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import type { SkipOptions } from '../../ports/room-engine.ts';
import type { EngineBench, Vitest } from './engine-bench.ts';
import { ana, roomRecord, textEntry, texts, weirdTexts } from './entries.ts';

/** Entries and numbers of one room, and how its name is kept. */
export function testLog(bench: EngineBench, { afterAll, beforeAll, beforeEach, describe, expect, it }: Vitest): void {
  describe('log and records', () => {
    // One engine for all of these, and a room of its own for each.
    let room = '';
    let other = '';
    let count = 0;
    beforeAll(bench.open);
    afterAll(bench.close);
    beforeEach(async () => {
      count += 1;
      room = `r${count}`;
      other = `other${count}`;
      await bench.engine.rooms.create(roomRecord(room));
    });

    it('ENG1 numbers entries from 1 without a gap and gives them back as they were appended', async () => {
      expect(await bench.engine.position(room)).toEqual({ epoch: 1, top: 0, epochs: [{ epoch: 1, firstSeq: 1 }] });
      const first = await bench.appendText(room, 'one', 'tab:1');
      const second = await bench.engine.append(room, { kind: 'room.closed', actor: ana, body: { reason: 'done' } });
      expect(first).toMatchObject({ room, epoch: 1, seq: 1, kind: 'msg.text', cid: 'tab:1', actor: ana });
      expect(first.ts).toBeGreaterThan(0);
      expect(await bench.engine.position(room)).toMatchObject({ epoch: 1, top: 2 });
      const read = await bench.engine.read(room, { from: 1, limit: 10 });
      expect(read).toEqual([first, second.outcome === 'appended' ? second.entry : null]);
      expect(read[1]).not.toHaveProperty('cid');
    });

    it('ENG1 keeps numbers contiguous and in the order of the calls when fifty appends run at once', async () => {
      const wanted = Array.from({ length: 50 }, (_, index) => `text ${index}`);
      const entries = await Promise.all(wanted.map((text) => bench.appendText(room, text)));
      expect(entries.map(({ seq }) => seq)).toEqual(wanted.map((_, index) => index + 1));
      expect(texts(await bench.engine.read(room, { from: 1, limit: 100 }))).toEqual(wanted);
    });

    it('ENG1 counts every room by itself', async () => {
      await bench.engine.rooms.create(roomRecord(other));
      await bench.appendText(room, 'here');
      expect((await bench.appendText(other, 'there')).seq).toBe(1);
      expect(texts(await bench.engine.read(other, { from: 1, limit: 10 }))).toEqual(['there']);
    });

    it('ENG2 appends one message of a client once, however often it is sent', async () => {
      await bench.appendText(room, 'one', 'tab:1');
      const { seq } = await bench.appendText(room, 'two', 'tab:2');
      expect(await bench.engine.append(room, textEntry('two', 'tab:2'))).toEqual({ outcome: 'duplicate', seq });
      expect(await bench.engine.append(room, textEntry('one', 'tab:1'))).toMatchObject({ outcome: 'duplicate' });
      expect(await bench.engine.position(room)).toMatchObject({ epoch: 1, top: 2 });
    });

    it('ENG2 appends one of many simultaneous repeats', async () => {
      const results = await Promise.all(
        Array.from({ length: 10 }, () => bench.engine.append(room, textEntry('once', 'tab:1'))),
      );
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['appended', ...Array(9).fill('duplicate')]);
      expect(results.every((result) => result.outcome !== 'duplicate' || result.seq === 1)).toBe(true);
    });

    it('ENG3 refuses a number that skips others and says which is next', async () => {
      await bench.appendText(room, 'one', 'tab:7');
      expect(await bench.engine.append(room, textEntry('three', 'tab:9'))).toEqual({ outcome: 'gap', expected: 8 });
      expect(await bench.engine.position(room)).toMatchObject({ epoch: 1, top: 1 });
      expect((await bench.appendText(room, 'two', 'tab:8')).seq).toBe(2);
    });

    it('ENG3 takes any first number of a client it has never seen', async () => {
      expect((await bench.appendText(room, 'late', 'tab:900')).seq).toBe(1);
    });

    it('ENG4 keeps the numbers of two people apart, also under the same client id', async () => {
      await bench.appendText(room, 'mine', 'tab:5', 'ana');
      expect(await bench.engine.append(room, textEntry('theirs', 'tab:1', 'ben'))).toMatchObject({
        outcome: 'appended',
      });
      expect(await bench.engine.append(room, textEntry('mine', 'tab:6', 'ana'))).toMatchObject({ outcome: 'appended' });
    });

    it('ENG5 uses up the number of a refused message without an entry', async () => {
      await bench.appendText(room, 'one', 'tab:1');
      expect(await bench.engine.skip(room, 'ana', 'tab:3')).toEqual({ outcome: 'gap', expected: 2 });
      expect(await bench.engine.skip(room, 'ana', 'tab:2')).toEqual({ outcome: 'skipped' });
      expect(await bench.engine.skip(room, 'ana', 'tab:2')).toEqual({ outcome: 'duplicate', seq: null });
      expect(await bench.engine.skip(room, 'ana', 'tab:1')).toMatchObject({ outcome: 'duplicate' });
      expect((await bench.appendText(room, 'three', 'tab:3')).seq).toBe(2);
      expect(await bench.engine.skip(room, 'ana', 'tab:3')).toEqual({ outcome: 'duplicate', seq: 2 });
    });

    it('ENG5 uses up no number in another epoch than the caller knows, nor where entries that it has seen are missing', async () => {
      const skip = (options: SkipOptions) => bench.engine.skip(room, 'ana', 'tab:2', options);
      expect(await skip({ epoch: 2 })).toEqual({ outcome: 'epoch', epoch: 1 });
      expect(await skip({ epoch: 1, minSeq: 1 })).toEqual({ outcome: 'regressed', top: 0 });
      expect((await bench.appendText(room, 'one', 'tab:1')).seq).toBe(1);
      expect(await skip({ epoch: 1, minSeq: 1 })).toEqual({ outcome: 'skipped' });
    });

    it('ENG6 reads pages by number, both ends inclusive', async () => {
      for (let n = 1; n <= 10; n += 1) await bench.appendText(room, String(n));
      const page = async (from: number, limit: number, to?: number) =>
        texts(await bench.engine.read(room, to === undefined ? { from, limit } : { from, to, limit }));
      expect(await page(1, 3)).toEqual(['1', '2', '3']);
      expect(await page(4, 1000, 6)).toEqual(['4', '5', '6']);
      expect(await page(9, 1000)).toEqual(['9', '10']);
      expect(await page(11, 1000)).toEqual([]);
      expect(await page(5, 1000, 4)).toEqual([]);
    });

    it.each([
      { from: 0, limit: 1 },
      { from: 1, limit: 0 },
      { from: 1, limit: 1001 },
      { from: 1.5, limit: 1 },
      { from: 1, limit: Number.NaN },
    ])('ENG6 refuses to read %o', async (options) => {
      await expect(bench.engine.read(room, options)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
    });

    it('ENG7 tells a subscriber of every later entry, in order, before the append is answered', async () => {
      await bench.appendText(room, 'before');
      const heard: string[] = [];
      const stop = bench.engine.subscribe(room, (entry) => heard.push(...texts([entry])));
      await Promise.all(['a', 'b', 'c'].map((text) => bench.appendText(room, text)));
      expect(heard).toEqual(['a', 'b', 'c']);
      stop();
      stop();
      await bench.appendText(room, 'after');
      expect(heard).toEqual(['a', 'b', 'c']);
    });

    it('ENG7 tells a subscriber of one room nothing of another', async () => {
      await bench.engine.rooms.create(roomRecord(other));
      const heard: LogEntry[] = [];
      bench.engine.subscribe(room, (entry) => heard.push(entry));
      await bench.appendText(other, 'elsewhere');
      await bench.appendText(room, 'here');
      expect(texts(heard)).toEqual(['here']);
    });

    it('ENG8 survives listeners that throw and listeners that append', async () => {
      const heard: string[] = [];
      const answers: Promise<unknown>[] = [];
      bench.engine.subscribe(room, () => {
        throw new Error('a listener at fault');
      });
      bench.engine.subscribe(room, (entry) => {
        if (entry.seq === 1) answers.push(bench.appendText(room, 'answer'));
      });
      bench.engine.subscribe(room, (entry) => heard.push(...texts([entry])));
      await bench.appendText(room, 'question');
      await Promise.all(answers);
      expect(heard).toEqual(['question', 'answer']);
    });

    it('ENG9 refuses an entry that is too large and goes on', async () => {
      await expect(bench.appendText(room, 'x'.repeat(1_100_000), 'tab:1')).rejects.toMatchObject({
        code: 'ERR_ROOM_INPUT',
      });
      expect((await bench.appendText(room, 'x'.repeat(500_000), 'tab:1')).seq).toBe(1);
    });

    it.each(['', 'tab', 'tab:0', 'tab:-1', 'tab:1.5', ':1', 'tab:01', `${'x'.repeat(65)}:1`, "tab';--:1"])(
      'ENG9 refuses the cid %j',
      async (cid) => {
        await expect(bench.engine.append(room, textEntry('x', cid))).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
        await expect(bench.engine.skip(room, 'ana', cid)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
      },
    );

    it.each(weirdTexts)('ENG10 stores %j without changing it', async (text) => {
      const actor = { participantId: text, name: text };
      const entry: NewEntry = { kind: 'msg.text', actor, cid: 'tab:1', body: { text, toModel: true } };
      await bench.engine.append(room, entry);
      expect(await bench.engine.append(room, entry)).toEqual({ outcome: 'duplicate', seq: 1 });
      expect(await bench.engine.read(room, { from: 1, limit: 1 })).toMatchObject([entry]);
    });

    it('ENG10 keeps a copy: changing the object after the call changes nothing', async () => {
      const body = { text: 'as it was', toModel: true };
      const appended = bench.engine.append(room, { kind: 'msg.text', actor: ana, body });
      body.text = 'changed';
      await appended;
      expect(texts(await bench.engine.read(room, { from: 1, limit: 1 }))).toEqual(['as it was']);
    });

    it.each(['', 'x', '../..', "1-1'; DROP TABLE rooms; --", 'zzzzzzzzzzzzzzzzz-1', '1-'])(
      'ENG13 refuses the foreign cursor %j',
      async (cursor) => {
        await expect(bench.engine.rooms.list({ limit: 1, cursor })).rejects.toMatchObject({ code: 'ERR_ROOM_CURSOR' });
      },
    );

    it.each([0, 201, 1.5, Number.NaN])('ENG13 refuses a page of %d rooms', async (limit) => {
      await expect(bench.engine.rooms.list({ limit })).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
    });

    it.each(weirdTexts)('ENG14 keeps a room named %j', async (text) => {
      const record = roomRecord(other, { name: text });
      await bench.engine.rooms.create({ ...record, configuration: { ...record.configuration, instructions: text } });
      expect(await bench.engine.rooms.get(other)).toMatchObject({ name: text, configuration: { instructions: text } });
      expect((await bench.engine.rooms.list({ limit: 1 })).rooms).toMatchObject([{ name: text }]);
    });
  });
}
