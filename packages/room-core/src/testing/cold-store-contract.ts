import type { ColdStore } from '../ports/cold-store.ts';

/** A fresh, empty store under test. */
export interface ColdStoreFixture {
  readonly store: ColdStore;
  /** Closes `store` and opens its data again; absent for stores that keep nothing. */
  readonly reopen?: () => Promise<ColdStore>;
  /** Frees what the fixture made besides the store. */
  readonly dispose?: () => Promise<void>;
}

/**
 * The contract of {@link ColdStore} as a vitest suite. Await it at the top level of a test file.
 *
 * @example
 * ```ts
 * await testColdStore('memory', () => ({ store: memoryColdStore() }));
 * ```
 */
export async function testColdStore(
  name: string,
  makeStore: () => ColdStoreFixture | Promise<ColdStoreFixture>,
): Promise<void> {
  // Imported here, so that the doubles beside this suite work without vitest.
  const { afterAll, beforeAll, beforeEach, describe, expect, it } = await import('vitest');

  describe(`cold store: ${name}`, () => {
    let fixture: ColdStoreFixture;
    let store: ColdStore;
    let count = 0;
    /** A corner of its own for each test. */
    let root = '';

    beforeAll(async () => {
      fixture = await makeStore();
      store = fixture.store;
    });
    afterAll(async () => {
      await store.close();
      await fixture.dispose?.();
    });
    beforeEach(() => {
      count += 1;
      root = `t${count}/`;
    });
    const create = (object: string, text = object) => store.putIfAbsent(root + object, bytesOf(text));
    const textOf = async (object: string) => {
      const found = await store.get(root + object);
      return found && new TextDecoder().decode(found.bytes);
    };

    it('COLD1 what is created is read with its bytes, size, version and metadata', async () => {
      const metadata = { first: '1', last: '20' };
      const { created, object } = await store.putIfAbsent(`${root}a`, bytesOf('hello'), { metadata });
      expect(created).toBe(true);
      expect(object).toMatchObject({ name: `${root}a`, size: 5, metadata });
      expect(await store.get(`${root}a`)).toEqual({ object, bytes: bytesOf('hello') });
      expect(await store.stat(`${root}a`)).toEqual(object);
    });

    it('COLD1 a name that is not there is null', async () => {
      expect(await store.get(`${root}missing`)).toBeNull();
      expect(await store.stat(`${root}missing`)).toBeNull();
    });

    it('COLD1 an empty object and a large one are stored to the byte', async () => {
      await store.putIfAbsent(`${root}empty`, new Uint8Array(0));
      expect((await store.get(`${root}empty`))?.bytes).toEqual(new Uint8Array(0));
      const large = Uint8Array.from({ length: 1024 * 1024 + 17 }, (_, index) => (index * 7919) >>> 3);
      await store.putIfAbsent(`${root}large`, large);
      const read = await store.get(`${root}large`);
      expect(read?.object.size).toBe(large.length);
      expect(Buffer.compare(read?.bytes ?? new Uint8Array(0), large)).toBe(0);
    });

    it('COLD1 the store keeps a copy of the bytes and gives out another', async () => {
      const bytes = bytesOf('mine');
      await store.putIfAbsent(`${root}copy`, bytes);
      bytes.fill(0);
      (await store.get(`${root}copy`))?.bytes.fill(1);
      expect(await textOf('copy')).toBe('mine');
    });

    it('COLD2 a name is created once; whoever comes later is shown what stands there', async () => {
      const first = await create('once', 'first');
      const second = await create('once', 'second');
      expect(second).toEqual({ created: false, object: first.object });
      expect(await textOf('once')).toBe('first');
    });

    it('COLD2 of 20 who create a name at once exactly one is told so, and its bytes are there', async () => {
      const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
      const results = await Promise.all(writers.map((writer) => create('race', writer)));
      const won = results.flatMap(({ created }, index) => (created ? [writers[index]] : []));
      expect(won).toHaveLength(1);
      expect(await textOf('race')).toBe(won[0]);
      expect(new Set(results.map(({ object }) => object.version)).size).toBe(1);
    });

    it('COLD3 a version is replaced, with new metadata; another version is not', async () => {
      const { object } = await store.putIfAbsent(`${root}cas`, bytesOf('1'), { metadata: { a: '1', b: '1' } });
      const replaced = await store.replace(`${root}cas`, bytesOf('2'), object.version, { metadata: { a: '2' } });
      expect(replaced).toMatchObject({ size: 1, metadata: { a: '2' } });
      expect(replaced?.metadata).not.toHaveProperty('b');
      expect(replaced?.version).not.toBe(object.version);
      expect(await store.replace(`${root}cas`, bytesOf('3'), object.version)).toBeNull();
      expect(await textOf('cas')).toBe('2');
    });

    it('COLD3 a name that is not there has no version to replace', async () => {
      const { object } = await create('other');
      expect(await store.replace(`${root}missing`, bytesOf('x'), object.version)).toBeNull();
      expect(await store.stat(`${root}missing`)).toBeNull();
    });

    it('COLD3 five who count five times each by read and replace reach twenty-five', async () => {
      await create('counter', '0');
      const countUp = async () => {
        for (let done = 0; done < 5; ) {
          const read = await store.get(`${root}counter`);
          if (!read) throw new Error('the counter is gone');
          const next = Number(new TextDecoder().decode(read.bytes)) + 1;
          if (await store.replace(`${root}counter`, bytesOf(String(next)), read.object.version)) done += 1;
        }
      };
      await Promise.all(Array.from({ length: 5 }, countUp));
      expect(await textOf('counter')).toBe('25');
    });

    it('COLD4 a listing is by prefix, in the order of UTF-8 bytes, from a name on, with metadata, at once', async () => {
      for (const object of ['l/b', 'l/a', 'l/ä', 'l/Z', 'l/\u{10000}', 'l/\uffee', 'm/a']) await create(object);
      await store.putIfAbsent(`${root}l/meta`, bytesOf(''), { metadata: { last: '9' } });
      const names = async (startAt?: string) => {
        const options = { prefix: `${root}l/`, limit: 100, ...(startAt !== undefined && { startAt: root + startAt }) };
        const page = await store.list(options);
        expect(page.cursor).toBeNull();
        return page.objects.map((object) => object.name.slice(root.length));
      };
      expect(await names()).toEqual(['l/Z', 'l/a', 'l/b', 'l/meta', 'l/ä', 'l/\uffee', 'l/\u{10000}']);
      expect(await names('l/b')).toEqual(['l/b', 'l/meta', 'l/ä', 'l/\uffee', 'l/\u{10000}']);
      const { objects } = await store.list({ prefix: `${root}l/meta`, limit: 1 });
      expect(objects[0]).toEqual(await store.stat(`${root}l/meta`));
    });

    it('COLD4 a listing comes in pages, without a gap and without a double', async () => {
      const wanted = Array.from({ length: 11 }, (_, index) => `p/${String(index).padStart(2, '0')}`);
      await Promise.all(wanted.map((object) => create(object)));
      const seen: string[] = [];
      let cursor: string | null = null;
      let pages = 0;
      do {
        const options = { prefix: `${root}p/`, limit: 4, ...(cursor !== null && { cursor }) };
        const page = await store.list(options);
        expect(page.objects.length).toBeLessThanOrEqual(4);
        seen.push(...page.objects.map((object) => object.name.slice(root.length)));
        cursor = page.cursor;
        pages += 1;
      } while (cursor !== null);
      expect(seen).toEqual(wanted);
      expect(pages).toBe(3);
    });

    it('COLD4 more than 1000 objects are all listed (scenario 32)', async () => {
      const total = 1_050;
      for (let from = 0; from < total; from += 50) {
        const batch = Array.from({ length: Math.min(50, total - from) }, (_, index) =>
          String(from + index).padStart(5, '0'),
        );
        await Promise.all(batch.map((object) => create(`many/${object}`, '')));
      }
      const first = await store.list({ prefix: `${root}many/`, limit: 1000 });
      expect(first.objects).toHaveLength(1000);
      const rest = await store.list({ prefix: `${root}many/`, limit: 1000, cursor: first.cursor ?? '' });
      expect(rest.objects.map((object) => object.name.slice(-5))).toEqual(
        Array.from({ length: 50 }, (_, index) => String(1000 + index).padStart(5, '0')),
      );
      expect(rest.cursor).toBeNull();
    });

    it('COLD4 a limit outside 1 to 1000 and a foreign cursor are refused', async () => {
      for (const limit of [0, 1001, 1.5, Number.NaN]) {
        await expect(store.list({ prefix: root, limit })).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
      }
      const foreign = store.list({ prefix: root, limit: 1, cursor: '%%%' });
      await expect(foreign).rejects.toMatchObject({ code: 'ERR_ROOM_CURSOR' });
    });

    it('COLD5 a version is deleted; another one is not; the name is free again', async () => {
      const before = await create('gone');
      const object = await store.replace(`${root}gone`, bytesOf('changed'), before.object.version);
      if (!object) throw new Error('nobody else writes');
      expect(await store.delete(`${root}gone`, before.object.version)).toBe(false);
      expect(await textOf('gone')).toBe('changed');
      expect(await store.delete(`${root}gone`, object.version)).toBe(true);
      expect(await store.delete(`${root}gone`, object.version)).toBe(false);
      expect(await textOf('gone')).toBeNull();
      const again = await create('gone', 'again');
      expect(again.created).toBe(true);
      expect(again.object.version).not.toBe(object.version);
    });

    it.each([
      'a b',
      'a%2Fb',
      '100%',
      'q?x=1&y#z',
      'ümläut-日本',
      "it's",
      '"quoted"',
      'a//b',
      'end/',
      '+',
      '..',
      "'; --",
    ])('COLD6 the name %j is kept to the letter', async (odd) => {
      await create(`odd/${odd}`, odd);
      expect(await textOf(`odd/${odd}`)).toBe(odd);
      const { objects } = await store.list({ prefix: `${root}odd/`, limit: 10 });
      expect(objects.map((object) => object.name)).toEqual([`${root}odd/${odd}`]);
    });

    it('COLD6 names and metadata that no store takes are refused', async () => {
      for (const wrong of ['', 'line\nbreak', 'nul\0', 'x'.repeat(901), '\ud800']) {
        await expect(store.putIfAbsent(wrong, bytesOf('x'))).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
        await expect(store.get(wrong)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
      }
      const tooLong: Record<string, string> = { long: 'x'.repeat(2048) };
      for (const metadata of [{ 'Upper Case': 'x' }, tooLong]) {
        const refused = store.putIfAbsent(`${root}meta`, bytesOf('x'), { metadata });
        await expect(refused).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
      }
    });

    it('COLD7 a signal that has fired stops a call before it does anything', async () => {
      const signal = AbortSignal.abort(new Error('not wanted any more'));
      await expect(store.putIfAbsent(`${root}late`, bytesOf('x'), { signal })).rejects.toThrow('not wanted');
      await expect(store.list({ prefix: root, limit: 1, signal })).rejects.toThrow('not wanted');
      expect(await store.stat(`${root}late`)).toBeNull();
    });

    // The last one: it closes the store.
    it('COLD8 what was stored is there after the store was opened again, and a closed store refuses', async () => {
      await create('kept');
      if (fixture.reopen) {
        store = await fixture.reopen();
        expect(await textOf('kept')).toBe('kept');
      }
      await store.close();
      await store.close();
      await expect(store.stat(`${root}kept`)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    });
  });
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
