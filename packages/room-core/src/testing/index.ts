/**
 * For tests of room-core and of what is built on it: the contracts of engines, stores and models, and doubles of the ports.
 *
 * @packageDocumentation
 */

// Contract suites
export { type ColdStoreFixture, testColdStore } from './cold-store-contract.ts';
export type { EngineFixture } from './engine/engine-bench.ts';
export { testRoomEngine } from './engine-contract.ts';
// Doubles
export { FakeClock, settle } from './fake-clock.ts';
export { type MemoryNode, MemoryNodes } from './memory-nodes.ts';
export { type ModelFixture, testModelSession } from './model-contract.ts';
export { type NodesFixture, testRoomNodes } from './nodes-contract.ts';
export { RecordingConnection } from './recording-connection.ts';
export { type ScriptedCall, ScriptedModel, ScriptedSession } from './scripted-model.ts';
// Signals
export { amplitudeAt, fromPcmBytes, sine, toPcmBytes } from './signals.ts';
