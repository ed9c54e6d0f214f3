/**
 * A durable store behind an engine: rooms outlive the process and its disk.
 *
 * @packageDocumentation
 */

export type { ArchiveMetrics } from './archive-metrics.ts';
export type { MemberPage } from './archived-directory.ts';
export { type ArchivedEngine, type ArchivedEngineOptions, archivedEngine } from './archived-engine.ts';
export type { Damage } from './damage.ts';
export type { FlushOptions } from './flush-timer.ts';
