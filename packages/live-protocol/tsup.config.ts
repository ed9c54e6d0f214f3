import { defineConfig } from 'tsup';

export default defineConfig({
  // Closes have an entry of their own, for pages that load their explanations when they need them. It shares no file with
  // the index: esbuild would load what is shared with either.
  entry: { index: 'src/index.ts', 'describe-close': 'src/gemini/describe-close.ts' },
  format: ['esm'],
  platform: 'neutral',
  target: 'es2023',
  dts: true,
  sourcemap: true,
  splitting: false,
  clean: true,
});
