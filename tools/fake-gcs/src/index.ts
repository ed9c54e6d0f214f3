/**
 * Google Cloud Storage for tests: the JSON API in memory, with real preconditions, limits and faults.
 *
 * @packageDocumentation
 */

export { type Fault, type FaultPlan, type FaultTarget, next, type Operation, type Weather, weather } from './faults.ts';
export { type FakeGcs, type FakeGcsOptions, startFakeGcs } from './server.ts';
