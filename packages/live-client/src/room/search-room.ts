import type { SearchHit } from '@colloquy/live-protocol';

/** Options of `RoomClient.search`. */
export interface SearchRoomOptions {
  /** 1–100. @defaultValue 20 */
  readonly limit?: number;
  /** `before` of the page before. */
  readonly before?: number | null;
}

/** What was found, newest first. */
export interface SearchRoomPage {
  readonly hits: readonly SearchHit[];
  /** Where to look on; `null` at the end. A page may have no hits and go on. */
  readonly before: number | null;
}
