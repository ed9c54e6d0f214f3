import type { LogEntry, RoomInfo } from '@colloquy/live-protocol';

/** Everything there is: the room as it is, and every entry of its log, one per line. */
export async function* toJson(
  room: RoomInfo,
  log: AsyncIterable<LogEntry>,
  exportedAt: number,
): AsyncGenerator<string> {
  yield `{"format":"colloquy.room.v1","exportedAt":${exportedAt},"room":${JSON.stringify(room)},"entries":[`;
  let separator = '\n';
  for await (const entry of log) {
    yield `${separator}${JSON.stringify(entry)}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}
