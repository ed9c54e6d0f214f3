// The log on one disk: appends alone and together, against bare SQLite; and joining a room with 10,000 entries.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RoomManager } from '../../packages/room-core/dist/index.js';
import { sqliteEngine } from '../../packages/room-core/dist/sqlite.js';
import { RecordingConnection } from '../../packages/room-core/dist/testing.js';
import { median, percentile, printTable } from './table.mjs';

/** In a room that is joined, and in a run that only shows that it works. */
const ENTRIES = { whole: 10_000, smallest: 1_000 };
const TEXT = 'What we talk about when we talk about rivers, and how wide they are. '.repeat(5);

export async function measureLog({ runs, seconds, isTry }) {
  await inFolder((folder) => appends(folder, runs, Math.min(seconds, 2)));
  await inFolder((folder) => joins(folder, runs, isTry ? ENTRIES.smallest : ENTRIES.whole));
}

async function appends(folder, runs, seconds) {
  const engine = sqliteEngine({ directory: join(folder, 'engine') });
  const rooms = new RoomManager({ engine, model: null });
  const { id } = await rooms.create({ name: 'Bench' });
  const bare = bareTable(join(folder, 'bare.sqlite'));
  const variants = {
    'bare SQLite, 1 a commit (the peer)': () => bare.write(seconds, 1),
    'engine, 1 writer': () => write(engine, id, seconds, 1),
    'bare SQLite, 50 a commit (the peer)': () => bare.write(seconds, 50),
    'engine, 200 writers': () => write(engine, id, seconds, 200),
  };
  const found = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, measure] of Object.entries(variants)) found[name].push(await measure());
  }
  bare.close();
  await rooms.shutdown();
  printTable(
    'Durable appends of 440 bytes (write-ahead log, synchronous=FULL)',
    Object.entries(found).map(([name, results]) => ({
      '': name,
      'entries/s': Math.round(median(results.map(({ rate }) => rate))),
      'p50 ms': median(results.map(({ times }) => percentile(times, 0.5))).toFixed(2),
      'p99 ms': median(results.map(({ times }) => percentile(times, 0.99))).toFixed(2),
    })),
  );
}

/** `writers` append one after the other each, all at once. */
async function write(engine, id, seconds, writers) {
  const end = performance.now() + seconds * 1_000;
  const times = [];
  const entry = {
    kind: 'msg.text',
    actor: { participantId: 'ana', name: 'Ana' },
    body: { text: TEXT, toModel: false },
  };
  const writer = async () => {
    for (let from = performance.now(); from < end; from = performance.now()) {
      await engine.append(id, entry);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return { rate: times.length / seconds, times };
}

function bareTable(path) {
  const database = new DatabaseSync(path);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entries (seq INTEGER PRIMARY KEY, body TEXT)',
  );
  const insert = database.prepare('INSERT INTO entries (body) VALUES (?)');
  return {
    close: () => database.close(),
    write: (seconds, perCommit) => {
      const end = performance.now() + seconds * 1_000;
      const times = [];
      for (let from = performance.now(); from < end; from = performance.now()) {
        database.exec('BEGIN IMMEDIATE');
        for (let n = 0; n < perCommit; n += 1) insert.run(TEXT);
        database.exec('COMMIT');
        times.push(performance.now() - from);
      }
      return { rate: (times.length * perCommit) / seconds, times };
    },
  };
}

async function joins(folder, runs, entries) {
  const engine = sqliteEngine({ directory: folder });
  const seeding = new RoomManager({ engine: { ...proxyOf(engine), close: async () => {} }, model: null });
  const { id } = await seeding.create({ name: 'Long' });
  const entry = {
    kind: 'msg.text',
    actor: { participantId: 'ana', name: 'Ana' },
    body: { text: TEXT, toModel: false },
  };
  for (let n = 0; n < entries; n += 500) {
    await Promise.all(Array.from({ length: 500 }, () => engine.append(id, entry)));
  }
  await engine.append(id, { ...entry, body: { text: 'One needle among them.', toModel: false } });
  const found = { 'first page of one who joins': [], 'all of 500 missed entries': [], 'one found among all': [] };
  for (let run = 0; run < runs * 4; run += 1) {
    // A manager of its own each time: nothing of the room is in memory.
    const rooms = new RoomManager({ engine: { ...proxyOf(engine), close: async () => {} }, model: null });
    found['first page of one who joins'].push(await joinOnce(rooms, id, undefined, 50));
    await rooms.shutdown();
    const others = new RoomManager({ engine: { ...proxyOf(engine), close: async () => {} }, model: null });
    const { top } = await engine.position(id);
    found['all of 500 missed entries'].push(await joinOnce(others, id, { epoch: 1, seq: top - 500 }, 500));
    const from = performance.now();
    const { hits } = await others.search(id, { query: 'needle' });
    if (hits.length !== 1) throw new Error('the needle was not found');
    found['one found among all'].push(performance.now() - from);
    await others.shutdown();
  }
  await seeding.shutdown();
  await engine.close();
  printTable(
    `A room with ${entries.toLocaleString('en')} entries, not in memory`,
    Object.entries(found).map(([name, times]) => ({
      '': name,
      'p50 ms': percentile(times, 0.5).toFixed(1),
      'p99 ms': percentile(times, 0.99).toFixed(1),
    })),
  );
}

/** Time from hello to the last entry of the page. */
async function joinOnce(rooms, id, resume, expected) {
  const port = new RecordingConnection(`c${Math.random()}`);
  const identity = { participantId: 'ben', name: 'Ben', role: 'speaker' };
  const from = performance.now();
  await rooms.connect(id, { identity, clientId: 'tab', ...(resume && { resume }) }, port);
  const time = performance.now() - from;
  if (port.entries.length < expected) throw new Error(`${port.entries.length} entries came, not ${expected}`);
  return time;
}

function proxyOf(engine) {
  const methods = ['position', 'append', 'skip', 'read', 'startEpoch', 'search', 'subscribe'];
  return { rooms: engine.rooms, ...Object.fromEntries(methods.map((name) => [name, engine[name].bind(engine)])) };
}

async function inFolder(measure) {
  const folder = mkdtempSync(join(tmpdir(), 'room-bench-'));
  try {
    await measure(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
