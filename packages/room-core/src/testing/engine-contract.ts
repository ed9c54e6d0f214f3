import { testClosing } from './engine/closing.ts';
import { testDirectory } from './engine/directory.ts';
import { EngineBench, type EngineFixture } from './engine/engine-bench.ts';
import { testEpochs } from './engine/epochs.ts';
import { testLog } from './engine/log.ts';
import { testRedaction } from './engine/redaction.ts';
import { testRestoring } from './engine/restoring.ts';
import { testSearch } from './engine/search.ts';

/**
 * The contract of `RoomEngine` as a vitest suite. Await it at the top level of a test file.
 *
 * @example
 * ```ts
 * await testRoomEngine('memory', () => ({ engine: memoryEngine() }));
 * ```
 */
export async function testRoomEngine(
  name: string,
  makeEngine: () => EngineFixture | Promise<EngineFixture>,
): Promise<void> {
  // Imported here, so that the doubles beside this suite work without vitest.
  const vitest = await import('vitest');
  vitest.describe(`room engine: ${name}`, () => {
    const bench = new EngineBench(makeEngine);
    const suites = [testLog, testEpochs, testRedaction, testSearch, testDirectory, testRestoring, testClosing];
    for (const suite of suites) suite(bench, vitest);
  });
}
