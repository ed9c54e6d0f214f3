import { DEFAULT_ROOM_CONFIGURATION, type RoomInfo } from '@colloquy/live-protocol';
import { roomNotFound } from './engine/checks.ts';
import { isRoomCoreError } from './errors.ts';
import { checkRoomId } from './input.ts';
import type { RoomDirectory, RoomRecord } from './ports/room-engine.ts';
import { OPEN_DOORS } from './room/doors.ts';

/** How often an update that lost against another one is tried again. */
const UPDATE_ATTEMPTS = 5;

/** What a record may be changed in. */
export type RecordChange = Partial<Omit<RoomRecord, 'id' | 'createdAt' | 'version'>>;

/** The stored descriptions of rooms, read and changed one at a time. */
export class RoomRecords {
  readonly #directory: RoomDirectory;

  constructor(directory: RoomDirectory) {
    this.#directory = directory;
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT` for what is no id, `ERR_ROOM_NOT_FOUND` */
  async get(id: string): Promise<RoomRecord> {
    const record = await this.#directory.get(checkRoomId(id));
    if (!record) throw roomNotFound(id);
    return record;
  }

  /**
   * Changes a record; whoever changes it at the same moment is not overwritten.
   *
   * @param decide - the change that the record asks for, `null` for none; called again when somebody was faster. What it
   * throws is thrown.
   * @throws RoomCoreError of the engine.
   */
  async change(
    id: string,
    decide: (record: RoomRecord) => RecordChange | null,
  ): Promise<{ readonly record: RoomRecord; readonly changed: boolean }> {
    for (let attempt = 1; ; attempt += 1) {
      const record = await this.get(id);
      const change = decide(record);
      if (change === null) return { record, changed: false };
      const next: RoomRecord = { ...record, ...change, version: record.version + 1 };
      try {
        await this.#directory.update(next);
        return { record: next, changed: true };
      } catch (error) {
        const lost = isRoomCoreError(error) && error.code === 'ERR_ROOM_CONFLICT';
        if (!lost || attempt >= UPDATE_ATTEMPTS) throw error;
      }
    }
  }
}

/** What everybody may know of a room. Records of an earlier release lack what was added since. */
export function toRoomInfo(record: RoomRecord): RoomInfo {
  const { id, name, status, createdAt, createdBy = null, closedAt, configurationVersion = 1 } = record;
  const { locked, waitingRoom = false } = record.doors ?? OPEN_DOORS;
  const configuration = { ...DEFAULT_ROOM_CONFIGURATION, ...record.configuration };
  const shown = { configuration, configurationVersion, locked, waitingRoom };
  return { id, name, status, createdAt, createdBy, closedAt, ...shown };
}
