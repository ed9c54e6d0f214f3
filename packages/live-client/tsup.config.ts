import { defineConfig } from 'tsup';
import { inlineWorklet } from '../../tools/inline-worklet.mjs';

export default defineConfig([
  {
    entry: { index: 'src/index.ts', react: 'src/react/index.ts', testing: 'src/testing/index.ts' },
    format: ['esm'],
    platform: 'browser',
    target: 'es2022',
    dts: true,
    sourcemap: true,
    esbuildPlugins: [inlineWorklet()],
  },
  {
    entry: {
      'worklets/capture-worklet': 'src/audio/capture-worklet.ts',
      'worklets/playback-worklet': 'src/audio/playback-worklet.ts',
      'worklets/picture-worker': 'src/video/picture-worker.ts',
    },
    format: ['esm'],
    platform: 'browser',
    target: 'es2022',
    minify: true,
    splitting: false,
  },
]);
