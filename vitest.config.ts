import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { inlineWorkletForVite } from './tools/inline-worklet.mjs';

// Unit and integration tests read the packages' sources; the browser tests in e2e use what was built.
const fromSources = {
  plugins: [inlineWorkletForVite()],
  resolve: { conditions: ['mono-source', ...defaultServerConditions] },
  ssr: { resolve: { conditions: ['mono-source', ...defaultServerConditions] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSources,
        test: {
          name: 'packages',
          include: ['packages/*/{src,test}/**/*.test.ts', 'tools/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        ...fromSources,
        test: {
          name: 'examples',
          include: ['examples/*/{src,server,test}/**/*.test.{ts,tsx}'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
