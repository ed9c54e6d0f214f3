import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'server/index.ts', main: 'server/main.ts', health: 'server/health.ts' },
  outDir: 'dist-server',
  format: ['esm'],
  platform: 'node',
  target: 'es2023',
  dts: { entry: { index: 'server/index.ts' } },
  sourcemap: true,
  clean: true,
});
