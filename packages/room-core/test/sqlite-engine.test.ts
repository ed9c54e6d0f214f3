import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteEngine } from '../src/sqlite/index.ts';
import { testRoomEngine } from '../src/testing/engine-contract.ts';

const newDirectory = () => mkdtemp(join(tmpdir(), 'room-engine-'));

await testRoomEngine('sqlite', async () => {
  const directory = await newDirectory();
  const engine = sqliteEngine({ directory });
  return {
    engine,
    reopen: async () => {
      await engine.close();
      return sqliteEngine({ directory });
    },
    dispose: () => rm(directory, { recursive: true }),
  };
});

describe('sqlite engine', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await newDirectory();
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps to the directory of its beginning, when the process goes to another one', async () => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      const engine = sqliteEngine({ directory: 'data' });
      process.chdir(before);
      await engine.rooms.create(record);
      await engine.close();
    } finally {
      process.chdir(before);
    }
    const engine = sqliteEngine({ directory: join(directory, 'data') });
    expect(await engine.rooms.get('r')).toEqual(record);
    await engine.close();
  });

  it('SQL1 refuses a directory that another engine of this process uses, until that one is closed', async () => {
    const first = sqliteEngine({ directory });
    expect(() => sqliteEngine({ directory })).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_LOCKED', message: expect.stringContaining(directory) }),
    );
    await first.rooms.create(record);
    await first.close();
    const second = sqliteEngine({ directory });
    expect(await second.rooms.get('r')).toEqual(record);
    await second.close();
  });

  it('scenario 36: SQL1 SQL2 refuses a directory of another process, and has every acknowledged entry after that one was killed', async () => {
    const child = spawn(process.execPath, ['--conditions=mono-source', writerPath, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const chunk of child.stdout) {
      acknowledged += String(chunk).split('\n').length - 1;
      if (acknowledged < 200) continue;
      expect(() => sqliteEngine({ directory })).toThrow(expect.objectContaining({ code: 'ERR_STORE_LOCKED' }));
      child.kill('SIGKILL');
      break;
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const engine = sqliteEngine({ directory });
    const { top } = await engine.position('r');
    expect(top).toBeGreaterThanOrEqual(acknowledged);
    const entries = await engine.read('r', { from: 1, limit: 1000 });
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    // The index of words had not kept up when the process was killed.
    const found = await engine.search?.('r', { words: ['text'], limit: 200 });
    expect(found?.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, index) => top - index));
    expect(await engine.append('r', { ...text, cid: `tab:${top}` })).toEqual({ outcome: 'duplicate', seq: top });
    expect(await engine.append('r', { ...text, cid: `tab:${top + 1}` })).toMatchObject({ outcome: 'appended' });
    await engine.close();
  });

  it('SQL12 finds every entry at once, whatever of it is in the index, in all rooms, and also after opening again', async () => {
    const first = sqliteEngine({ directory });
    for (const id of ['r', 's']) await first.rooms.create({ ...record, id });
    const write = (engine: typeof first, room: string, word: string) =>
      engine.append(room, { ...text, body: { text: `${word} here`, toModel: false } });
    await Promise.all(Array.from({ length: 300 }, (_, n) => write(first, n % 2 ? 'r' : 's', `word${n}`)));
    const seqs = async (engine: typeof first, room: string, word: string) =>
      (await engine.search?.(room, { words: [word], limit: 200 }))?.map(({ seq }) => seq);
    expect(await seqs(first, 'r', 'word299')).toEqual([150]);
    await write(first, 'r', 'last');
    expect(await seqs(first, 'r', 'last')).toEqual([151]);
    await write(first, 's', 'unindexed');
    await first.close();
    const second = sqliteEngine({ directory });
    expect(await seqs(second, 's', 'unindexed')).toEqual([151]);
    expect(await seqs(second, 's', 'here')).toHaveLength(151);
    // Nothing is put in twice.
    expect(await seqs(second, 's', 'word0')).toEqual([1]);
    await second.close();
  });

  it('SQL3 says which file is no database, for every call', async () => {
    await writeFile(
      join(directory, 'rooms.sqlite'),
      'this is not a database, but long enough to look at it'.repeat(20),
    );
    const engine = sqliteEngine({ directory });
    const failure = { code: 'ERR_STORE_UNAVAILABLE', message: expect.stringContaining('rooms.sqlite') };
    await expect(engine.rooms.get('r')).rejects.toMatchObject(failure);
    await expect(engine.append('r', text)).rejects.toMatchObject(failure);
    await engine.close();
  });

  it('SQL3 refuses tables of a newer release', async () => {
    const database = new DatabaseSync(join(directory, 'rooms.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    const engine = sqliteEngine({ directory });
    await expect(engine.rooms.get('r')).rejects.toMatchObject({ message: expect.stringContaining('version 99') });
    await engine.close();
  });

  it('SQL3 brings the tables of an older release up to date, with an index of what is there', async () => {
    const old = new DatabaseSync(join(directory, 'rooms.sqlite'));
    old.exec(`
      CREATE TABLE rooms (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
        created_at INTEGER NOT NULL, version INTEGER NOT NULL, epoch INTEGER NOT NULL, top INTEGER NOT NULL,
        record TEXT NOT NULL) STRICT;
      CREATE TABLE entries (room INTEGER NOT NULL REFERENCES rooms (ordinal), seq INTEGER NOT NULL,
        epoch INTEGER NOT NULL, ts INTEGER NOT NULL, kind TEXT NOT NULL, cid TEXT, actor TEXT NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;
      CREATE TABLE clients (room INTEGER NOT NULL REFERENCES rooms (ordinal), participant TEXT NOT NULL,
        client TEXT NOT NULL, n INTEGER NOT NULL, seq INTEGER, PRIMARY KEY (room, participant, client))
        STRICT, WITHOUT ROWID;
      INSERT INTO rooms VALUES (1, 'r', 'open', 5, 1, 1, 1, '${JSON.stringify(record)}');
      INSERT INTO entries VALUES (1, 1, 1, 70, 'msg.text', NULL, '${JSON.stringify(text.actor)}',
        '${JSON.stringify(text.body)}');
      PRAGMA user_version = 1;
    `);
    old.close();
    const engine = sqliteEngine({ directory, now: () => 80 });
    expect(await engine.search?.('r', { words: ['hello'], limit: 5 })).toMatchObject([{ seq: 1, ts: 70, ...text }]);
    expect((await engine.rooms.list({ limit: 5, idleSince: 70 })).rooms).toEqual([]);
    expect((await engine.rooms.list({ limit: 5, idleSince: 71 })).rooms).toEqual([record]);
    expect(await engine.append('r', text)).toMatchObject({ entry: { seq: 2, epoch: 1 } });
    await engine.close();
  });

  it('SQL10 goes on deleting what a process that ended had begun to delete', async () => {
    const engine = sqliteEngine({ directory });
    await engine.rooms.create(record);
    await engine.append('r', text);
    await engine.close();
    const database = new DatabaseSync(join(directory, 'rooms.sqlite'));
    database.exec("UPDATE rooms SET status = 'deleted', record = ''");
    const next = sqliteEngine({ directory });
    expect(await next.rooms.get('r')).toBeNull();
    await next.close();
    expect(database.prepare('SELECT count(*) AS entries FROM entries').get()).toEqual({ entries: 0 });
    database.close();
  });

  it('SQL3 refuses a directory that is a file', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    expect(() => sqliteEngine({ directory: file })).toThrow(expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' }));
    expect(() => sqliteEngine({ directory: '' })).toThrow(TypeError);
  });

  it('SQL4 writes so that a commit is on the disk, and lets other tools read meanwhile', async () => {
    const engine = sqliteEngine({ directory });
    await engine.rooms.create(record);
    await engine.append('r', text);
    const reader = new DatabaseSync(join(directory, 'rooms.sqlite'), { readOnly: true });
    expect(reader.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(reader.prepare('SELECT count(*) AS entries FROM entries').get()).toEqual({ entries: 1 });
    reader.close();
    await engine.close();
  });

  it('SQL5 takes the time of an entry from the given clock', async () => {
    const engine = sqliteEngine({ directory, now: () => 1234 });
    await engine.rooms.create(record);
    expect(await engine.append('r', text)).toMatchObject({ entry: { ts: 1234 } });
    await engine.close();
  });
});

const record = {
  id: 'r',
  name: 'Room',
  status: 'open',
  createdAt: 1,
  closedAt: null,
  configuration: DEFAULT_ROOM_CONFIGURATION,
  version: 1,
} as const;
const text = {
  kind: 'msg.text',
  actor: { participantId: 'ana', name: 'Ana' },
  body: { text: 'hello', toModel: false },
} as const;
const writerPath = new URL('./sqlite-writer.ts', import.meta.url).pathname;
