import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { inlineWorkletForVite } from './tools/inline-worklet.mjs';

// Unit and integration tests read the packages' sources; the browser tests in e2e use what was built.
const fromSources = {
  plugins: [inlineWorkletForVite()],
  resolve: { conditions: ['mono-source', ...defaultServerConditions] },
  ssr: { resolve: { conditions: ['mono-source', ...defaultServerConditions] } },
};

/** What a test waits for comes soon, but not on a machine that is busy with something else. */
const patient = { poll: { timeout: 15_000 } };

/** By default one core is left to vitest itself, which is half of a machine of two and has nothing to do meanwhile. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/** What starts commands and packs, and no sound. */
const adopter = ['e2e/commands.test.ts', 'e2e/image.test.ts', 'e2e/packages.test.ts'];

// Groups begin at 1: on two cores vitest runs group 0 last.
export default defineConfig({
  test: {
    projects: [
      {
        ...fromSources,
        test: {
          name: 'packages',
          sequence: { groupOrder: 1 },
          maxWorkers,
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
          maxWorkers,
          include: ['examples/*/{src,server,test}/**/*.test.{ts,tsx}'],
          testTimeout: 30_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'adopter',
          sequence: { groupOrder: 3 },
          maxWorkers,
          include: adopter,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'browser',
          // Alone and last: real-time sound on few cores bears no company.
          sequence: { groupOrder: 4 },
          include: ['e2e/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...adopter],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
