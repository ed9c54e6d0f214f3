import { type EntryActor, RoomCloseCode, type RoomInfo } from '@colloquy/live-protocol';
import { RoomCoreError } from './errors.ts';
import type { StoredUsage } from './metering/room-meter.ts';
import { UsageKeeper } from './metering/usage-keeper.ts';
import type { NodeTenure } from './nodes/node-tenure.ts';
import type { Clock } from './ports/clock.ts';
import type { ModelPort } from './ports/model-session.ts';
import type { RoomEngine, RoomRecord } from './ports/room-engine.ts';
import type { MixerPort } from './ports/room-mixer.ts';
import { OPEN_DOORS } from './room/doors.ts';
import { LiveRoom } from './room/live-room.ts';
import type { EmitRoomEvent, LiveRoomOptions } from './room/live-room-options.ts';
import { type RoomRecords, toRoomInfo } from './room-records.ts';
import type { RoomSettings } from './settings.ts';
import { atMost } from './within.ts';

/** What {@link LiveRooms} are made of. */
export interface LiveRoomsOptions {
  readonly engine: RoomEngine;
  readonly records: RoomRecords;
  readonly model: ModelPort | null;
  readonly clock: Clock;
  readonly mixers: MixerPort;
  readonly settings: RoomSettings;
  readonly emit: EmitRoomEvent;
  /** What hosts do in a room that is a matter of the manager. */
  readonly manage: {
    close(id: string, options: { readonly reason?: string; readonly by: EntryActor }): Promise<unknown>;
    configure(id: string, options: Parameters<LiveRoomOptions['manage']['configure']>[0]): Promise<RoomInfo>;
  };
}

/** How long the upstream connections of models may take to close, in milliseconds. */
const CLOSE_MODELS_MS = 2_000;

/** How long a server that stops waits for rooms that are being opened, in milliseconds. */
const OPEN_ROOMS_MS = 1_000;

/** Rooms that run in this process, from when somebody wants in until everybody has left. */
export class LiveRooms {
  readonly #options: LiveRoomsOptions;
  /** A room is entered here before its record is read, so that closing it cannot miss it. */
  readonly #opening = new Map<string, Promise<LiveRoom>>();
  readonly #live = new Map<string, LiveRoom>();
  readonly #usage: UsageKeeper;
  readonly #stopped = new AbortController();

  constructor(options: LiveRoomsOptions) {
    this.#options = options;
    const { clock, records } = options;
    this.#usage = new UsageKeeper({ clock, records, onError: (error) => this.#failed(error) });
  }

  get(id: string): LiveRoom | undefined {
    return this.#live.get(id);
  }

  all(): readonly LiveRoom[] {
    return [...this.#live.values()];
  }

  /** Whether it runs, or is being opened. */
  has(id: string): boolean {
    return this.#opening.has(id);
  }

  /** The room if it runs, or is being opened; `null` otherwise, and when it could not be opened. */
  async opened(id: string): Promise<LiveRoom | null> {
    return (await this.#opening.get(id)?.catch(() => null)) ?? null;
  }

  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_CLOSED`, or of the engine. */
  open(id: string): Promise<LiveRoom> {
    return this.#opening.get(id) ?? this.#enter(id, this.#open(id, null));
  }

  /** Runs it for all servers that share it. @throws as {@link LiveRooms.open} */
  async run(id: string, tenure: NodeTenure): Promise<{ readonly live: LiveRoom; handOver(): Promise<void> }> {
    const opening = this.#enter(id, this.#open(id, tenure));
    const live = await opening;
    return {
      live,
      handOver: async () => {
        await live.handOver();
        // The next server counts on from this; the record may lie in a store that takes its time.
        const used = this.#usage.used(id);
        if (used !== null) tenure.usage.keep(JSON.stringify(used));
        this.#usage.changed(id);
        this.#forget(id, opening);
      },
    };
  }

  /** Ends the log of a room for good, and the room where it runs; `info` says that it is closed. */
  async close(info: RoomInfo, by: EntryActor, reason: string): Promise<void> {
    const { id } = info;
    const live = await this.opened(id);
    this.#opening.delete(id);
    this.#live.delete(id);
    if (live) await live.close(info, by, reason).finally(() => this.#storeUsage(id));
    else await this.#options.engine.append(id, { kind: 'room.closed', actor: by, body: { reason } });
  }

  /** The room is deleted. */
  forgetUsage(id: string): void {
    this.#usage.forget(id);
  }

  /** The server stops: whoever is still here is sent elsewhere. `before` is waited for when everybody was told. */
  async stop(before: () => Promise<void>): Promise<void> {
    const opening = [...this.#opening.values()];
    const stopped = Promise.allSettled(
      opening.map(async (live) => (await live).stop(RoomCloseCode.draining, 'the server stops; connect again')),
    );
    // A room whose store takes its time is given up with the engine.
    await atMost(this.#options.clock, OPEN_ROOMS_MS, Promise.allSettled(opening));
    await before();
    for (const id of this.#live.keys()) this.#usage.changed(id);
    this.#opening.clear();
    this.#live.clear();
    // A model's connection that does not close must not keep the server from stopping.
    await atMost(this.#options.clock, CLOSE_MODELS_MS, stopped);
    this.#stopped.abort(new RoomCoreError('ERR_SHUT_DOWN', 'The server has stopped.'));
  }

  /** Stores what the rooms have used. */
  closeUsage(): Promise<void> {
    return this.#usage.close();
  }

  #enter(id: string, opening: Promise<LiveRoom>): Promise<LiveRoom> {
    this.#opening.set(id, opening);
    opening.catch(() => this.#forget(id, opening));
    return opening;
  }

  #forget(id: string, opening: Promise<LiveRoom>): void {
    if (this.#opening.get(id) !== opening) return;
    this.#opening.delete(id);
    this.#live.delete(id);
  }

  async #open(id: string, tenure: NodeTenure | null): Promise<LiveRoom> {
    const { clock, emit, engine, manage, mixers, model, records, settings } = this.#options;
    const record = await records.get(id);
    const live: LiveRoom = await LiveRoom.open({
      ...{ clock, engine, mixers, model, settings, tenure },
      info: openInfo(record),
      doors: record.doors ?? OPEN_DOORS,
      meter: this.#usage.open(record, handedOver(tenure)),
      emit: (type, event) => {
        if (type === 'usageReported') this.#usage.changed(id);
        emit(type, event);
      },
      manage: {
        changeDoors: async (change) => {
          const changed = await records.change(id, ({ doors = OPEN_DOORS }) => ({ doors: change(doors) }));
          return changed.record.doors ?? OPEN_DOORS;
        },
        close: (options) => manage.close(id, options),
        configure: (options) => manage.configure(id, options),
      },
      signal: this.#stopped.signal,
      onEnded: () => {
        tenure?.onEnded();
        if (this.#live.get(id) !== live) return;
        this.#live.delete(id);
        this.#opening.delete(id);
        void this.#storeUsage(id);
      },
    });
    this.#live.set(id, live);
    return live;
  }

  /** Never rejects. */
  async #storeUsage(id: string): Promise<void> {
    await this.#usage.store(id).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#options.emit('error', { room: null, stage: 'close', error });
  }
}

/** What the room had used when another server handed it over. */
function handedOver(tenure: NodeTenure | null): StoredUsage | null {
  const used = tenure?.usage.before ?? null;
  return used === null ? null : (JSON.parse(used) as StoredUsage);
}

/** @throws RoomCoreError `ERR_ROOM_CLOSED` */
export function openInfo(record: RoomRecord): RoomInfo {
  const info = toRoomInfo(record);
  if (info.status === 'open') return info;
  throw new RoomCoreError('ERR_ROOM_CLOSED', `Room "${info.name}" is closed; its history can still be read.`);
}
