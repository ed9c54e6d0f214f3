import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Bucket, CRC32C, type File } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** How to get at a bucket, and how to give it back. */
export interface ProbeTarget {
  readonly connect: () => Promise<Bucket>;
  readonly disconnect: () => Promise<void>;
}

/** A create-only save, without the client's own deletion of what it takes for a broken upload. */
const CREATE = { resumable: false, validation: false, preconditionOpts: { ifGenerationMatch: 0 } } as const;

/**
 * What our storage relies on, asked through Google's own client: the same questions to the fake and to a real bucket.
 * Objects go below a random prefix and are deleted in the end.
 */
export function probeStorage(title: string, target: ProbeTarget): void {
  describe(title, () => {
    const root = `probe-${randomUUID()}/`;
    let bucket: Bucket;
    const file = (name: string, options?: Parameters<Bucket['file']>[1]): File => bucket.file(root + name, options);

    beforeAll(async () => {
      bucket = await target.connect();
    });
    afterAll(async () => {
      await bucket.deleteFiles({ prefix: root, force: true });
      await target.disconnect();
    });

    it('a bucket that is there exists', async () => {
      expect(await bucket.exists()).toEqual([true]);
    });

    it('an object exists from its first save on, with the bytes that were saved', async () => {
      const object = file('save');
      expect(await object.exists()).toEqual([false]);
      const bytes = randomBytes(10_000);
      await object.save(bytes, CREATE);
      expect(await object.exists()).toEqual([true]);
      const [read] = await object.download();
      expect(read.equals(bytes)).toBe(true);
    });

    it('a missing object is 404 for metadata and for content', async () => {
      await expect(file('missing').getMetadata()).rejects.toMatchObject({ code: 404 });
      await expect(file('missing').download()).rejects.toMatchObject({ code: 404 });
    });

    it('the checksum is CRC32C of the content', async () => {
      const object = file('crc');
      await object.save('123456789', CREATE);
      const [metadata] = await object.getMetadata();
      // The check value of the polynomial: 0xE3069283.
      expect(metadata.crc32c).toBe('4waSgw==');
      expect(metadata.crc32c).toBe(crcOf('123456789'));
      expect(metadata.size).toBe('9');
    });

    it('bytes that do not have the checksum sent with them are refused, and nothing is stored', async () => {
      const wrong = file('crc-wrong').save('123456789', { ...CREATE, metadata: { crc32c: 'AAAAAA==' } });
      await expect(wrong).rejects.toMatchObject({ code: 400 });
      expect(await file('crc-wrong').exists()).toEqual([false]);
      await file('crc-right').save('123456789', { ...CREATE, metadata: { crc32c: '4waSgw==' } });
    });

    it('the client accepts the checksums when it validates', async () => {
      await file('validated').save(randomBytes(5000), { resumable: false, validation: 'crc32c' });
      await file('validated').download({ validation: 'crc32c' });
      expect(await file('validated').exists()).toEqual([true]);
    });

    it('ifGenerationMatch=0 creates only', async () => {
      await file('once').save('first', CREATE);
      await expect(file('once').save('second', CREATE)).rejects.toMatchObject({ code: 412 });
      expect((await file('once').download())[0].toString()).toBe('first');
    });

    it('ifGenerationMatch=g overwrites that generation only', async () => {
      const object = file('cas');
      await object.save('1', CREATE);
      const [{ generation }] = await object.getMetadata();
      const options = { resumable: false, validation: false, preconditionOpts: { ifGenerationMatch: generation } };
      await file('cas').save('2', options);
      await expect(file('cas').save('3', options)).rejects.toMatchObject({ code: 412 });
      expect((await file('cas').download())[0].toString()).toBe('2');
    });

    it('of 20 who create one name at once exactly one wins', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
      const results = await Promise.allSettled(names.map((name) => file('race').save(name, CREATE)));
      const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [names[index]] : []));
      expect(won).toHaveLength(1);
      expect((await file('race').download())[0].toString()).toBe(won[0]);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 412 });
    });

    it('a generation that was overwritten is gone', async () => {
      await file('old').save('1', CREATE);
      const [{ generation }] = await file('old').getMetadata();
      const pinned = { preconditionOpts: { ifGenerationMatch: generation }, resumable: false, validation: false };
      await file('old').save('2', pinned);
      await expect(file('old', { generation }).download()).rejects.toMatchObject({ code: 404 });
      const [now] = await file('old').getMetadata();
      expect((await file('old', { generation: now.generation as string }).download())[0].toString()).toBe('2');
    });

    it('a resumable upload stores the same bytes, and keeps its precondition', async () => {
      const bytes = randomBytes(300_000);
      const options = { resumable: true, validation: false, preconditionOpts: { ifGenerationMatch: 0 } } as const;
      await file('resumable').save(bytes, options);
      expect((await file('resumable').download())[0].equals(bytes)).toBe(true);
      await expect(file('resumable').save(bytes, options)).rejects.toMatchObject({ code: 412 });
    });

    it('a chunked upload stores the same bytes', async () => {
      const bytes = randomBytes(900_000);
      await file('chunked').save(bytes, { resumable: true, chunkSize: 256 * 1024, validation: false });
      expect((await file('chunked').download())[0].equals(bytes)).toBe(true);
    });

    it('a range is read alone, both ends inclusive', async () => {
      await file('range').save('0123456789', CREATE);
      expect((await file('range').download({ start: 2, end: 4 }))[0].toString()).toBe('234');
      expect((await file('range').download({ start: 7 }))[0].toString()).toBe('789');
    });

    it('a listing is by prefix, in the order of UTF-8 bytes, from an offset, at once after a write', async () => {
      for (const name of ['list/b', 'list/a', 'list/ä', 'list/Z', 'other']) await file(name).save('', CREATE);
      const names = async (query: object) => {
        const [files] = await bucket.getFiles({ ...query, prefix: `${root}list/` });
        return files.map(({ name }) => name.slice(root.length));
      };
      expect(await names({})).toEqual(['list/Z', 'list/a', 'list/b', 'list/ä']);
      expect(await names({ startOffset: `${root}list/b` })).toEqual(['list/b', 'list/ä']);
      expect(await names({ endOffset: `${root}list/b` })).toEqual(['list/Z', 'list/a']);
    });

    it('a delimiter groups names into prefixes', async () => {
      for (const name of ['tree/x/1', 'tree/x/2', 'tree/y/1', 'tree/top']) await file(name).save('', CREATE);
      const query = { prefix: `${root}tree/`, delimiter: '/', autoPaginate: false } as const;
      const [files, , response] = await bucket.getFiles(query);
      expect(files.map(({ name }) => name)).toEqual([`${root}tree/top`]);
      expect((response as { prefixes?: string[] }).prefixes).toEqual([`${root}tree/x/`, `${root}tree/y/`]);
    });

    it('a listing comes in pages with tokens, without a double and without a gap', async () => {
      for (let index = 0; index < 7; index += 1) await file(`pages/${index}`).save('', CREATE);
      const seen: string[] = [];
      let pageToken: string | undefined;
      let pages = 0;
      do {
        const query = { prefix: `${root}pages/`, maxResults: 3, autoPaginate: false, pageToken } as const;
        const [files, next] = await bucket.getFiles(query);
        seen.push(...files.map(({ name }) => name.slice(-1)));
        pageToken = (next as { pageToken?: string } | null)?.pageToken;
        pages += 1;
      } while (pageToken !== undefined);
      expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6']);
      expect(pages).toBe(3);
    });

    it('compose joins the bytes in order, create-only, with a CRC32C and without an MD5', async () => {
      const parts = ['one ', 'two ', 'three'].map((text) => gzipSync(text));
      for (const [index, part] of parts.entries()) await file(`part${index}`).save(part, CREATE);
      const sources = parts.map((_, index) => file(`part${index}`));
      await bucket.combine(sources, file('whole'), { ifGenerationMatch: 0 });
      const [metadata] = await file('whole').getMetadata();
      expect(metadata.md5Hash).toBeUndefined();
      expect(metadata.componentCount).toBe(3);
      const joined = Buffer.concat(parts);
      expect(metadata.crc32c).toBe(crcOf(joined));
      expect((await file('whole').download())[0].equals(joined)).toBe(true);
      const again = bucket.combine(sources, file('whole'), { ifGenerationMatch: 0 });
      await expect(again).rejects.toMatchObject({ code: 412 });
    });

    it('compose takes at most 32 sources and none that is missing', async () => {
      await file('piece').save('x', CREATE);
      const many = Array.from({ length: 33 }, () => file('piece'));
      await expect(bucket.combine(many, file('too-many'))).rejects.toMatchObject({ code: 400 });
      const withMissing = [file('piece'), file('missing')];
      await expect(bucket.combine(withMissing, file('never'))).rejects.toMatchObject({ code: 404 });
    });

    it('a change of metadata keeps the generation, counts the metageneration and takes its precondition', async () => {
      await file('meta').save('x', { ...CREATE, metadata: { metadata: { writer: 'a', last: '7' } } });
      const [before] = await file('meta').getMetadata();
      expect(before.metadata).toEqual({ writer: 'a', last: '7' });
      expect(String(before.metageneration)).toBe('1');
      await file('meta').setMetadata({ metadata: { last: '8', writer: null } }, { ifMetagenerationMatch: 1 });
      const [after] = await file('meta').getMetadata();
      expect(after).toMatchObject({ generation: before.generation, metadata: { last: '8' } });
      expect(after.metadata).not.toHaveProperty('writer');
      expect(String(after.metageneration)).toBe('2');
      const stale = file('meta').setMetadata({ metadata: { last: '9' } }, { ifMetagenerationMatch: 1 });
      await expect(stale).rejects.toMatchObject({ code: 412 });
    });

    it('a copy has the bytes and a generation of its own', async () => {
      await file('from').save('copy me', CREATE);
      await file('from').copy(file('to'));
      expect((await file('to').download())[0].toString()).toBe('copy me');
      const generations = await Promise.all(
        ['from', 'to'].map(async (name) => (await file(name).getMetadata())[0].generation),
      );
      expect(generations[0]).not.toBe(generations[1]);
    });

    it('a deletion names its generation, and the name is free again', async () => {
      await file('gone').save('x', CREATE);
      const [{ generation }] = await file('gone').getMetadata();
      await expect(file('gone').delete({ ifGenerationMatch: 1 })).rejects.toMatchObject({ code: 412 });
      await file('gone').delete({ ifGenerationMatch: Number(generation) });
      expect(await file('gone').exists()).toEqual([false]);
      await file('gone').save('y', CREATE);
      expect((await file('gone').download())[0].toString()).toBe('y');
    });

    it.each(['a b', 'a%2Fb', '100%', 'q?x=1&y#z', 'ümläut-日本', '~', "it's", 'a//b', 'end/', '+plus'])(
      'the name %j is kept to the letter',
      async (odd) => {
        await file(`odd/${odd}`).save(odd, CREATE);
        expect((await file(`odd/${odd}`).download())[0].toString()).toBe(odd);
        const [files] = await bucket.getFiles({ prefix: `${root}odd/${odd}` });
        expect(files.map(({ name }) => name)).toContain(`${root}odd/${odd}`);
      },
    );

    it('names that Google refuses are refused', async () => {
      await expect(bucket.file('line\nbreak').save('', CREATE)).rejects.toMatchObject({ code: 400 });
      await expect(bucket.file('x'.repeat(1025)).save('', CREATE)).rejects.toMatchObject({ code: 400 });
    });
  });
}

function crcOf(content: string | Buffer): string {
  const checksum = new CRC32C();
  checksum.update(Buffer.from(content));
  return checksum.toString();
}
