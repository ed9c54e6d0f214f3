/** What `ArchivedEngine.metrics()` tells: what is now, and what was counted since the engine was made. */
export interface ArchiveMetrics {
  /** Rooms that are open here. */
  readonly rooms: number;
  /** Acknowledged entries that are not stored yet, of all rooms. */
  readonly unflushed: number;
  /** How long the oldest of them has waited, in milliseconds; 0 where none waits. */
  readonly oldestUnflushedMs: number;
  /** Segments that were stored. */
  readonly flushes: number;
  /** Attempts to store that failed; each is made again. */
  readonly failures: number;
  /** Entries that the store could not give back: they read as `log.unreadable`. */
  readonly damagedEntries: number;
}
