import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import type { ColdStore } from '../src/ports/cold-store.ts';
import { sqliteColdStore } from '../src/sqlite/index.ts';
import { testColdStore } from '../src/testing/cold-store-contract.ts';

const root = mkdtempSync(join(tmpdir(), 'colloquy-objects-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const freshPath = () => join(mkdtempSync(join(root, 'store-')), 'data', 'objects.sqlite');
const bytes = (text: string) => new TextEncoder().encode(text);

await testColdStore('SQLite', () => {
  const path = freshPath();
  return { store: sqliteColdStore({ path }), reopen: async () => sqliteColdStore({ path }) };
});

describe('the SQLite cold store', () => {
  const using = async (path: string, use: (store: ColdStore) => Promise<void>) => {
    const store = sqliteColdStore({ path });
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };

  it('COLD2 of two processes that create the same names, each name has one winner, and both know whose', async () => {
    const path = freshPath();
    const writer = () => fork(new URL('./sqlite-cold-writer.ts', import.meta.url), [path, '60'], { stdio: 'inherit' });
    const writers = [writer(), writer()];
    const [first, second] = await Promise.all(
      writers.map(async (child) => (await once(child, 'message'))[0] as Record<string, boolean>),
    );
    await Promise.all(writers.map((child) => child.exitCode ?? once(child, 'exit')));
    await using(path, async (store) => {
      for (let index = 0; index < 60; index += 1) {
        const name = `n/${index}`;
        expect([first?.[name], second?.[name]].filter(Boolean), name).toHaveLength(1);
        const winner = writers[first?.[name] ? 0 : 1]?.pid;
        expect(new TextDecoder().decode((await store.get(name))?.bytes)).toBe(String(winner));
      }
    });
  });

  it('COLD1 bytes that changed on the disk are not given out', async () => {
    const path = freshPath();
    await using(path, async (store) => {
      await store.putIfAbsent('a', bytes('hello'));
    });
    const file = new DatabaseSync(path);
    file.prepare('UPDATE objects SET bytes = ?').run(bytes('jello'));
    file.close();
    await using(path, async (store) => {
      await expect(store.get('a')).rejects.toMatchObject({
        code: 'ERR_STORE_DAMAGED',
        message: expect.stringContaining('checksum'),
      });
    });
  });

  it('COLD7 a signal ends the wait for a disk that another process holds', async () => {
    const path = freshPath();
    await using(path, async (store) => {
      await store.putIfAbsent('a', bytes('hello'));
      const other = new DatabaseSync(path);
      other.exec('BEGIN IMMEDIATE');
      try {
        const controller = new AbortController();
        const late = store.putIfAbsent('b', bytes('x'), { signal: controller.signal });
        controller.abort(new Error('not wanted any more'));
        await expect(late).rejects.toThrow('not wanted');
      } finally {
        other.exec('ROLLBACK');
        other.close();
      }
    });
  });

  it('refuses a path that is none, and a folder that cannot be made', () => {
    expect(() => sqliteColdStore({ path: '' })).toThrow('needs the "path" of its file; it is ""');
    expect(() => sqliteColdStore({ path: '/proc/nothing/objects.sqlite' })).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' }),
    );
  });
});
