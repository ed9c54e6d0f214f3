import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { inlineWorkletForVite } from './tools/inline-worklet.mjs';

// Unit and integration tests read the packages' sources; the browser tests in e2e use what was built.
const fromSources = {
  plugins: [inlineWorkletForVite()],
  resolve: { conditions: ['mono-source', ...defaultServerConditions] },
  ssr: { resolve: { conditions: ['mono-source', ...defaultServerConditions] } },
};

/** What a test waits for comes soon, but not on a machine that is busy with something else. */
const patient = { poll: { timeout: 15_000 } };

// Groups begin at 1: on two cores vitest runs group 0 last.
export default defineConfig({
  test: {
    projects: [
      {
        ...fromSources,
        test: {
          name: 'packages',
          sequence: { groupOrder: 1 },
          include: ['packages/*/{src,test}/**/*.test.ts', 'tools/**/*.test.ts'],
          testTimeout: 20_000,
          expect: patient,
        },
      },
      {
        ...fromSources,
        test: {
          name: 'examples',
          sequence: { groupOrder: 2 },
          include: ['examples/*/{src,server,test}/**/*.test.{ts,tsx}'],
          testTimeout: 30_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'browser',
          // Alone and last: real-time sound on few cores bears no company.
          sequence: { groupOrder: 3 },
          include: ['e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
