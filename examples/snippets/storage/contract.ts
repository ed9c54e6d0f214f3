import { memoryEngine, type RoomEngine } from '@colloquy/room-core';

const myEngine = async (): Promise<RoomEngine> => memoryEngine();

// #region contract
import { testRoomEngine } from '@colloquy/room-core/testing';

/** Called in a test file of vitest; registers the whole contract. */
export const proveMyEngine = () => testRoomEngine('my engine', async () => ({ engine: await myEngine() }));
// #endregion
