import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    sqlite: 'src/sqlite/index.ts',
    // A file of its own beside sqlite.js, which starts it as a thread.
    'sqlite-worker': 'src/sqlite/worker.ts',
    'sqlite-cold-worker': 'src/sqlite/cold/worker.ts',
    archive: 'src/archive/index.ts',
    gcs: 'src/gcs/index.ts',
    'mixer-thread': 'src/mixer-thread/index.ts',
    'mixer-worker': 'src/mixer-thread/worker.ts',
    recordings: 'src/recordings/index.ts',
    redis: 'src/redis/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm'],
  platform: 'node',
  target: 'es2023',
  dts: {
    entry: {
      index: 'src/index.ts',
      sqlite: 'src/sqlite/index.ts',
      archive: 'src/archive/index.ts',
      gcs: 'src/gcs/index.ts',
      'mixer-thread': 'src/mixer-thread/index.ts',
      recordings: 'src/recordings/index.ts',
      redis: 'src/redis/index.ts',
      testing: 'src/testing/index.ts',
    },
  },
  sourcemap: true,
  clean: true,
  // node:sqlite exists under its full name only.
  removeNodeProtocol: false,
});
