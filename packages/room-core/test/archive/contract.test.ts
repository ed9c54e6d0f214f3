import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakeGcs } from '@colloquy/fake-gcs';
import { archivedEngine } from '../../src/archive/index.ts';
import { gcsColdStore } from '../../src/gcs/index.ts';
import { memoryColdStore, memoryEngine } from '../../src/index.ts';
import { sqliteEngine } from '../../src/sqlite/index.ts';
import { testRoomEngine } from '../../src/testing/index.ts';
import { lasting } from './lasting-cold-store.ts';

await testRoomEngine('memory before a store', () => {
  const cold = lasting(memoryColdStore());
  const open = () => archivedEngine({ engine: memoryEngine(), cold });
  const engine = open();
  // Whatever memory held is gone: everything comes from the store.
  const reopen = async () => {
    await engine.close();
    return open();
  };
  return { engine, reopen };
});

await testRoomEngine('SQLite on a disk that is lost, before Google Cloud Storage (fake)', async () => {
  const fake = await startFakeGcs();
  const directories: string[] = [];
  const open = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'colloquy-archive-'));
    directories.push(directory);
    const cold = gcsColdStore({ bucket: 'bucket', apiEndpoint: fake.endpoint, projectId: 'test' });
    return archivedEngine({ engine: sqliteEngine({ directory }), cold });
  };
  const engine = await open();
  return {
    engine,
    reopen: async () => {
      await engine.close();
      return open();
    },
    dispose: async () => {
      await fake.close();
      await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    },
  };
});
