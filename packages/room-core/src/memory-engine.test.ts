import { memoryEngine } from './memory-engine.ts';
import { testRoomEngine } from './testing/engine-contract.ts';

await testRoomEngine('memory', () => ({ engine: memoryEngine() }));
