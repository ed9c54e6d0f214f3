import type { EntryActor, RoomInfo } from '@colloquy/live-protocol';
import { roomActor } from './actors.ts';
import type { LiveRooms } from './live-rooms.ts';
import { readNewest } from './log/read-newest.ts';
import type { Clock } from './ports/clock.ts';
import type { RoomEngine } from './ports/room-engine.ts';
import type { EmitRoomManagerEvent } from './room-announcer.ts';
import { type RoomRecords, toRoomInfo } from './room-records.ts';

/** What {@link RoomClosings} are made of. */
export interface RoomClosingsOptions {
  readonly clock: Clock;
  readonly engine: Pick<RoomEngine, 'append' | 'position' | 'read'>;
  readonly records: RoomRecords;
  readonly live: Pick<LiveRooms, 'close'>;
  readonly emit: EmitRoomManagerEvent;
}

const DEFAULT_CLOSE_REASON = 'the room was closed';

/** Closes rooms, each once at a time, and opens them again. */
export class RoomClosings {
  readonly #options: RoomClosingsOptions;
  readonly #closing = new Map<string, Promise<RoomInfo>>();

  constructor(options: RoomClosingsOptions) {
    this.#options = options;
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE` */
  async close(id: string, options: { readonly reason?: string; readonly by?: EntryActor }): Promise<RoomInfo> {
    const running = this.#closing.get(id);
    if (running) return running;
    const closing = this.#close(id, options);
    this.#closing.set(id, closing);
    try {
      return await closing;
    } finally {
      this.#closing.delete(id);
    }
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`, `ERR_STORE_UNAVAILABLE` */
  async reopen(id: string, by: EntryActor = roomActor): Promise<RoomInfo> {
    const { emit, engine, records } = this.#options;
    await this.#closing.get(id);
    const { record, changed } = await records.change(id, ({ status }) =>
      status === 'open' ? null : { status: 'open', closedAt: null },
    );
    const room = toRoomInfo(record);
    if (!changed) return room;
    await engine.append(id, { kind: 'room.reopened', actor: by, body: {} });
    emit('roomReopened', { room });
    return room;
  }

  async #close(id: string, options: { readonly reason?: string; readonly by?: EntryActor }): Promise<RoomInfo> {
    const { clock, emit, live, records } = this.#options;
    const { reason = DEFAULT_CLOSE_REASON, by = roomActor } = options;
    const closedAt = clock.now();
    const { record, changed } = await records.change(id, ({ status }) =>
      status === 'closed' ? null : { status: 'closed', closedAt },
    );
    const room = toRoomInfo(record);
    // A closing that the store failed halfway is finished by the next one.
    if (!changed && (await this.#endsClosed(id))) return room;
    await live.close(room, by, reason);
    emit('roomClosed', { room, reason });
    return room;
  }

  async #endsClosed(id: string): Promise<boolean> {
    const [last] = await readNewest(this.#options.engine, id, 1);
    return last?.kind === 'room.closed';
  }
}
