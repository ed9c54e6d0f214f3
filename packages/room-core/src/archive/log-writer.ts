import type { LogEntry } from '@colloquy/live-protocol';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { ClientNumber, EpochStart, RoomEngine } from '../ports/room-engine.ts';
import type { LogChain } from './log-chain.ts';
import { memberObject, roomMemberObject } from './object-names.ts';

/** What a {@link LogWriter} is made of. */
export interface LogWriterParts {
  readonly roomId: string;
  readonly engine: Pick<RoomEngine, 'read'>;
  readonly cold: ColdStore;
  readonly chain: LogChain;
  readonly clock: Clock;
  /** Where the engine's log has begun its epochs; asked after entries were read. */
  readonly epochs: () => Promise<readonly EpochStart[]>;
  /** The last number of each client up to the last of these entries, which come next; nothing behind it. */
  readonly clientsAfter: (entries: readonly LogEntry[]) => Promise<readonly ClientNumber[]> | readonly ClientNumber[];
  readonly onMeasured: (measurement: EngineMeasurement) => void;
}

/** What {@link LogWriter.storeNext} did; `nothing`: the engine has no entry behind the stored ones. */
export type StoredNext = 'stored' | 'overtaken' | 'nothing';

/** Entries of one segment. */
const SEGMENT_ENTRIES = 500;
/** Characters of JSON of one segment; one entry may be larger. */
const SEGMENT_LENGTH = 262_144;

/** The way of one room's log from its engine into the store. */
export class LogWriter {
  readonly #parts: LogWriterParts;
  /** People whose mark is known to stand. */
  readonly #marked = new Set<string>();

  constructor(parts: LogWriterParts) {
    this.#parts = parts;
  }

  /** Stores the next segment. @throws RoomCoreError of engine and store. */
  async storeNext(): Promise<StoredNext> {
    const { chain, clientsAfter, engine, epochs, roomId } = this.#parts;
    const from = chain.tip.last + 1;
    const entries = firstSegment(await engine.read(roomId, { from, limit: SEGMENT_ENTRIES }));
    const last = entries.at(-1);
    if (!last) return 'nothing';
    const { outcome } = await this.#measured(entries, async () => {
      await this.#markMembers(entries);
      const known = (await epochs()).filter(({ firstSeq }) => firstSeq <= last.seq);
      return chain.store({ clients: await clientsAfter(entries), epochs: known, entries });
    });
    return outcome;
  }

  async #measured<T>(entries: readonly LogEntry[], write: () => Promise<T>): Promise<T> {
    const { clock, onMeasured } = this.#parts;
    const askedAt = clock.monotonic();
    let outcome: 'stored' | 'failed' = 'failed';
    try {
      const written = await write();
      outcome = 'stored';
      return written;
    } finally {
      const waitedMs = Math.max(0, clock.now() - (entries[0]?.ts ?? 0));
      onMeasured({ type: 'flush', outcome, ms: clock.monotonic() - askedAt, entries: entries.length, waitedMs });
    }
  }

  /** A mark for everybody who has come, before the entry that says so is stored: none is ever missing. */
  async #markMembers(entries: readonly LogEntry[]): Promise<void> {
    const { cold, roomId } = this.#parts;
    for (const entry of entries) {
      if (entry.kind !== 'participant.added') continue;
      const { participantId } = entry.body;
      if (this.#marked.has(participantId)) continue;
      await cold.putIfAbsent(roomMemberObject(roomId, participantId), new Uint8Array(0));
      await cold.putIfAbsent(memberObject(participantId, roomId), new Uint8Array(0));
      this.#marked.add(participantId);
    }
  }
}

/** As many as one segment holds; an epoch begins with a segment of its own. */
function firstSegment(entries: readonly LogEntry[]): readonly LogEntry[] {
  let length = 0;
  const end = entries.findIndex((entry, index) => {
    length += JSON.stringify(entry).length;
    return index > 0 && (length > SEGMENT_LENGTH || entry.epoch !== entries[0]?.epoch);
  });
  return end < 0 ? entries : entries.slice(0, end);
}
