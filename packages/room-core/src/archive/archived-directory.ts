import { checkListOptions, roomNotFound } from '../engine/checks.ts';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import type { ColdObject, ColdStore } from '../ports/cold-store.ts';
import type { ListRoomsOptions, RoomPage, RoomRecord } from '../ports/room-engine.ts';
import { INDEX_PREFIX, indexObject, memberPrefix, roomOfMarker } from './object-names.ts';
import { changeDocument, createDocument, readDocument } from './room-document.ts';

/** Rooms in which a person was, in no particular order. */
export interface MemberPage {
  readonly rooms: readonly RoomRecord[];
  readonly cursor: string | null;
}

/** Longest record that lies beside the name of a marker, so that a list does not read the room. */
const MAX_BESIDE = 1_500;
const LIST_OBJECTS = 200;

/**
 * The directory of rooms in the store. A room is what its document says; a marker named by the time of its creation lets
 * it be listed, newest first, and carries its record as metadata where that is short.
 */
export class ArchivedDirectory {
  readonly #cold: ColdStore;
  readonly #now: () => number;
  readonly #onUnfinished: (roomId: string) => void;
  #lastOrdinal = 0;

  /** @param onUnfinished - hears of a room that a list met while it was being deleted, or after whoever did died. */
  constructor(cold: ColdStore, now: () => number, onUnfinished: (roomId: string) => void) {
    this.#cold = cold;
    this.#now = now;
    this.#onUnfinished = onUnfinished;
  }

  /** @throws RoomCoreError `ERR_ROOM_EXISTS`, and of the store. */
  async create(record: RoomRecord): Promise<void> {
    // Milliseconds with room for a thousand rooms in one.
    this.#lastOrdinal = Math.max(this.#lastOrdinal + 1, this.#now() * 1000);
    const marker = indexObject(record.createdAt, this.#lastOrdinal, record.id);
    if (!(await createDocument(this.#cold, record.id, { v: 1, record, marker, sealedAt: null }))) {
      throw new RoomCoreError('ERR_ROOM_EXISTS', `A room ${JSON.stringify(record.id)} exists; take another id.`);
    }
    await this.#mark(marker, record);
  }

  async get(id: string): Promise<RoomRecord | null> {
    return (await readDocument(this.#cold, id))?.document.record ?? null;
  }

  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_CONFLICT`, and of the store. */
  async update(record: RoomRecord): Promise<void> {
    const changed = await changeDocument(this.#cold, record.id, (document) => {
      if (!document.record) throw roomNotFound(record.id);
      if (document.record.version !== record.version - 1) {
        throw new RoomCoreError(
          'ERR_ROOM_CONFLICT',
          `Room ${JSON.stringify(record.id)} is at version ${document.record.version}, the update is for version ` +
            `${record.version}; read the room again and repeat the change.`,
        );
      }
      return { ...document, record };
    });
    if (!changed) throw roomNotFound(record.id);
    await this.#mark(changed.marker, record);
  }

  /**
   * The first two writes of a deletion: the marker says that it has begun, and lets whoever lists rooms finish it; then the
   * document says that the id stays taken.
   *
   * @returns the marker, which goes last.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, and of the store.
   */
  async bury(id: string): Promise<string> {
    const stored = await readDocument(this.#cold, id);
    if (!stored?.document.record) throw roomNotFound(id);
    const { marker } = stored.document;
    await this.#write(marker, { deleting: 'yes', version: String(Number.MAX_SAFE_INTEGER) });
    await changeDocument(this.#cold, id, (document) => ({
      v: 1,
      record: null,
      marker: document.marker,
      sealedAt: null,
    }));
    return marker;
  }

  /** {@link bury} for a deletion that may have begun. @returns its marker; `null`: there is none. */
  buryAgain(id: string): Promise<string | null> {
    return this.bury(id).catch((error: unknown) => {
      if (isRoomCoreError(error) && error.code === 'ERR_ROOM_NOT_FOUND') return this.#markerOf(id);
      throw error;
    });
  }

  /** Where a deletion that has begun left its marker. */
  async #markerOf(id: string): Promise<string | null> {
    return (await readDocument(this.#cold, id))?.document.marker ?? null;
  }

  /**
   * @param idle tells of a record whether nothing was written to the room since.
   * @throws RoomCoreError `ERR_ROOM_CURSOR`, `ERR_ROOM_INPUT`, and of the store.
   */
  async list(options: ListRoomsOptions, idle: (record: RoomRecord) => Promise<boolean>): Promise<RoomPage> {
    checkListOptions(options);
    const { limit, status, cursor } = options;
    const wanted = async (record: RoomRecord | null) =>
      record !== null &&
      (status === undefined || record.status === status) &&
      (options.idleSince === undefined || (await idle(record)));
    return this.#collect({ prefix: INDEX_PREFIX, limit, cursor, ahead: LIST_OBJECTS }, async (marker) => {
      const record = await this.#recordOf(marker);
      return record && (await wanted(record)) ? record : null;
    });
  }

  /** @throws RoomCoreError `ERR_ROOM_CURSOR`, and of the store. */
  async roomsOf(participantId: string, limit: number, cursor: string | undefined): Promise<MemberPage> {
    const prefix = memberPrefix(participantId);
    // Each of them is read: no more than are wanted.
    const list = { prefix, limit, cursor, ahead: Math.min(limit + 1, 1000) };
    return this.#collect(list, (mark) => this.get(mark.name.slice(prefix.length)));
  }

  async #collect(
    { prefix, limit, cursor, ahead }: MarkerList,
    toRecord: (object: ColdObject) => Promise<RoomRecord | null>,
  ): Promise<RoomPage> {
    const rooms: RoomRecord[] = [];
    let after = cursor === undefined ? null : fromCursor(cursor, prefix);
    for (;;) {
      // One more than asked shows whether there is a next page.
      const page = await this.#cold.list({ prefix, limit: ahead, ...(after !== null && { startAt: after }) });
      const objects = page.objects.filter(({ name }) => name !== after);
      const records = await Promise.all(objects.map(toRecord));
      for (const [index, record] of records.entries()) {
        if (!record) continue;
        if (rooms.length === limit) return { rooms, cursor: toCursor(after ?? '', prefix) };
        rooms.push(record);
        after = objects[index]?.name ?? after;
      }
      if (page.cursor === null) return { rooms, cursor: null };
      if (rooms.length < limit) after = objects.at(-1)?.name ?? after;
    }
  }

  async #recordOf({ name, metadata }: ColdObject): Promise<RoomRecord | null> {
    if (metadata.deleting !== undefined) {
      this.#onUnfinished(roomOfMarker(name));
      return null;
    }
    const beside = metadata.record;
    if (beside !== undefined) return JSON.parse(beside) as RoomRecord;
    return this.get(roomOfMarker(name));
  }

  /** Brings the marker of a room up to its record. */
  async #mark(name: string, record: RoomRecord): Promise<void> {
    const json = JSON.stringify(record);
    const version = String(record.version);
    await this.#write(name, json.length <= MAX_BESIDE ? { record: json, version } : { version });
  }

  /** The newest version wins, whoever comes last. */
  async #write(name: string, metadata: Readonly<Record<string, string>>): Promise<void> {
    const { created, object } = await this.#cold.putIfAbsent(name, new Uint8Array(0), { metadata });
    for (let there: ColdObject | null = created ? null : object; there; ) {
      if (Number(there.metadata.version) >= Number(metadata.version)) return;
      if (await this.#cold.replace(name, new Uint8Array(0), there.version, { metadata })) return;
      there = await this.#cold.stat(name);
    }
  }
}

/** A list of markers; `ahead`: so many objects are listed at once. */
interface MarkerList {
  readonly prefix: string;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly ahead: number;
}

function toCursor(name: string, prefix: string): string {
  return Buffer.from(name.slice(prefix.length)).toString('base64url');
}

/** @throws RoomCoreError `ERR_ROOM_CURSOR` */
function fromCursor(cursor: string, prefix: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (/^[\w%.~!*'()-]{1,200}$/.test(name)) return prefix + name;
  throw new RoomCoreError(
    'ERR_ROOM_CURSOR',
    `The cursor ${JSON.stringify(cursor.slice(0, 60))} did not come from this list; start again without a cursor.`,
  );
}
