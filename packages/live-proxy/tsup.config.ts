import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', rooms: 'src/rooms/index.ts', legacy: 'src/legacy/index.ts', cli: 'src/cli.ts' },
  format: ['esm'],
  platform: 'node',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  clean: true,
});
