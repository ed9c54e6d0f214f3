import type { AppendResult } from '../ports/room-engine.ts';
import type { RoomSessionInfo } from '../room-sessions.ts';
import type { RoomMeasurement } from './measurement.ts';

/** Durations since the manager was made. */
export interface Durations {
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
}

/** What `RoomManager.metrics()` tells: what is now, and what was counted since the manager was made. */
export interface RoomMetrics {
  /** Rooms that run in this process, with who is in them. */
  readonly rooms: number;
  readonly people: number;
  readonly waiting: number;
  readonly connections: number;
  readonly openMicrophones: number;
  /** Entries by what the engine did with them. */
  readonly appends: Readonly<Record<AppendResult['outcome'] | 'failed', number>>;
  readonly appendTime: Durations;
  readonly joins: Readonly<Record<'recovered' | 'page' | 'refused', number>>;
  readonly joinTime: Durations;
  /** Holes in the engine's feed that were filled from the log, and the entries in them. */
  readonly gaps: number;
  readonly gapEntries: number;
  readonly epochs: number;
  /** Rooms that this server took over to run, lost, and handed over, where several share them. */
  readonly leases: Readonly<Record<'taken' | 'lost' | 'handedOver', number>>;
  readonly takeoverTime: Durations;
  /** Sessions with models: begun, gone on over a new connection, and lost. */
  readonly sessions: Readonly<Record<'started' | 'resumed' | 'lost', number>>;
  /** Writes to the store behind the engine, where there is one, and the entries that were stored. */
  readonly flushes: Readonly<Record<'stored' | 'failed', number>>;
  readonly flushTime: Durations;
  readonly flushedEntries: number;
  /** Longest that an entry had waited to be stored, in milliseconds. */
  readonly flushWaitedMs: number;
  readonly lateFrames: number;
  /** Audio that was not mixed because the process stalled, in milliseconds. */
  readonly skippedMs: number;
  readonly underruns: number;
  /** Audio of people that was dropped, because too much waited or it came too late, in milliseconds. */
  readonly droppedMs: number;
  readonly lateMs: number;
}

/** What a frame may be late before time is skipped, in milliseconds. */
const SKIPPED_ABOVE_MS = 500;

/** Adds up what is measured. */
export class MetricsCounter {
  readonly #appends: Record<AppendResult['outcome'] | 'failed', number> = {
    ...{ appended: 0, duplicate: 0, gap: 0, epoch: 0, regressed: 0, fenced: 0, failed: 0 },
  };
  readonly #leases = { taken: 0, lost: 0, handedOver: 0 };
  readonly #takeoverTime = new Stopwatch();
  readonly #sessions = { started: 0, resumed: 0, lost: 0 };
  readonly #flushes = { stored: 0, failed: 0 };
  readonly #flushTime = new Stopwatch();
  readonly #joins = { recovered: 0, page: 0, refused: 0 };
  readonly #appendTime = new Stopwatch();
  readonly #joinTime = new Stopwatch();
  readonly #counts = {
    ...{ gaps: 0, gapEntries: 0, epochs: 0, flushedEntries: 0, flushWaitedMs: 0, lateFrames: 0, skippedMs: 0 },
    ...{ underruns: 0, droppedMs: 0, lateMs: 0 },
  };

  add(measurement: RoomMeasurement): void {
    const counts = this.#counts;
    switch (measurement.type) {
      case 'append':
        this.#appends[measurement.outcome] += 1;
        this.#appendTime.add(measurement.ms);
        return;
      case 'join':
        this.#joins[measurement.outcome] += 1;
        this.#joinTime.add(measurement.ms);
        return;
      case 'gap':
        counts.gaps += 1;
        counts.gapEntries += measurement.entries;
        return;
      case 'epoch':
        counts.epochs += 1;
        return;
      case 'lease':
        this.#leases[measurement.outcome] += 1;
        if (measurement.outcome === 'taken') this.#takeoverTime.add(measurement.ms);
        return;
      case 'session':
        this.#sessions[measurement.outcome] += 1;
        return;
      case 'flush':
        this.#flushes[measurement.outcome] += 1;
        this.#flushTime.add(measurement.ms);
        if (measurement.outcome === 'stored') counts.flushedEntries += measurement.entries;
        counts.flushWaitedMs = Math.max(counts.flushWaitedMs, measurement.waitedMs);
        return;
      case 'lateFrame':
        counts.lateFrames += 1;
        if (measurement.ms > SKIPPED_ABOVE_MS) counts.skippedMs += measurement.ms - 20;
        return;
      case 'jitter':
        counts.underruns += measurement.underruns;
        counts.droppedMs += measurement.droppedMs;
        counts.lateMs += measurement.lateMs;
        return;
      default:
        measurement satisfies never;
    }
  }

  snapshot(sessions: readonly RoomSessionInfo[]): RoomMetrics {
    const people = sessions.flatMap((session) => session.people);
    const connections = people.flatMap((person) => person.connections);
    return {
      rooms: sessions.length,
      people: people.length,
      waiting: sessions.reduce((sum, session) => sum + session.waiting.length, 0),
      connections: connections.length,
      openMicrophones: connections.filter(({ media }) => media.microphone).length,
      appends: { ...this.#appends },
      appendTime: this.#appendTime.durations,
      joins: { ...this.#joins },
      joinTime: this.#joinTime.durations,
      leases: { ...this.#leases },
      takeoverTime: this.#takeoverTime.durations,
      sessions: { ...this.#sessions },
      flushes: { ...this.#flushes },
      flushTime: this.#flushTime.durations,
      ...this.#counts,
    };
  }
}

class Stopwatch {
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  add(ms: number): void {
    this.#count += 1;
    this.#sumMs += ms;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get durations(): Durations {
    return { count: this.#count, sumMs: this.#sumMs, maxMs: this.#maxMs };
  }
}
