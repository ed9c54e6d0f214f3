import { isDeepStrictEqual } from 'node:util';
import type { LogEntry } from '@colloquy/live-protocol';
import { noSuchEntry, roomNotFound } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import { type ChainLink, chunkOf, goneObject, toLink, toMetadata } from './chain-link.ts';
import { bury, checkWhole, join, linksWithin, nextRun, unfinishedChunks } from './compaction.ts';
import { type Damage, epochsOf, inPlaceOf, isDamage } from './damage.ts';
import { eraseObject } from './erase.ts';
import { chunkPrefix, type EntryRange, logPrefix, rangeOfChunk, segmentObject } from './object-names.ts';
import { rewriteEntry } from './rewrite-entry.ts';
import { readDocument } from './room-document.ts';
import { decodeSegment, encodeSegment, type Segment } from './segment-codec.ts';

/** Where the stored log of a room ends. */
export interface ChainTip {
  /** Number of the last stored entry; 0 for none. */
  readonly last: number;
  /** Epoch of that entry; 0 for none. */
  readonly epoch: number;
  /** Name of the segment it is in; `null` for none. */
  readonly name: string | null;
}

/** What became of entries that were to be stored. */
export type StoreResult =
  /** All of them are stored, by this call or by others. */
  | { readonly outcome: 'stored'; readonly tip: ChainTip }
  /**
   * The stored log is in a newer epoch, or has other entries under these numbers: ours were never durable, and must not be
   * written behind it.
   */
  | { readonly outcome: 'overtaken'; readonly tip: ChainTip };

/** Segments that are kept decoded for readers that page. */
const KEPT_SEGMENTS = 4;

/**
 * The stored log of one room: segments that are only ever created, each named by its first number, which is the last
 * number of the one before plus one, as the store tells it. So of all who write, however stale, one wins each name, and
 * the chain has no gap and no overlap. Being second is no error: the winner's segment is read, and one goes on behind it.
 * What the store has lost since is told, and reads as `log.unreadable`: the rest of the log is there.
 */
export class LogChain {
  readonly #cold: ColdStore;
  readonly #roomId: string;
  /** What is stored once stays, under its name or in a chunk. */
  readonly #links: ChainLink[] = [];
  readonly #kept = new Map<string, Segment>();
  /** By the names of lost objects; each was told. */
  readonly #damaged = new Map<string, Segment>();
  readonly #onDamage: (damage: Damage) => void;
  /** Whether chunks that somebody left unfinished were looked for. */
  #isTidied = false;
  /** Joining copies entries and redacting changes them: one after the other. */
  #rewriting: Promise<void> = Promise.resolve();
  /** Entries that were redacted; what was read before is not kept. */
  #redacted = 0;

  constructor(cold: ColdStore, roomId: string, onDamage: (damage: Damage) => void = () => {}) {
    this.#onDamage = onDamage;
    this.#cold = cold;
    this.#roomId = roomId;
  }

  /** As it was when it was last looked at. */
  get tip(): ChainTip {
    const link = this.#links.at(-1);
    return link ? { last: link.last, epoch: link.epoch, name: link.name } : { last: 0, epoch: 0, name: null };
  }

  /** Looks for segments that others have stored. */
  async refresh(): Promise<ChainTip> {
    const prefix = logPrefix(this.#roomId);
    let cursor: string | null = null;
    do {
      const startAt = segmentObject(this.#roomId, this.tip.last + 1);
      const options = { prefix, startAt, limit: 1000, ...(cursor !== null && { cursor }) };
      const page = await this.#cold.list(options);
      for (const object of page.objects) this.#add(toLink(this.#roomId, object));
      cursor = page.cursor;
    } while (cursor !== null);
    return this.tip;
  }

  /**
   * Stores `segment`, or what is not stored of it yet.
   *
   * @throws RoomCoreError of the store; `ERR_STORE_UNAVAILABLE` too when the entries begin behind the stored log's end.
   */
  async store(segment: Segment): Promise<StoreResult> {
    for (;;) {
      const { tip } = this;
      const [first, ...others] = segment.entries.filter(({ seq }) => seq > tip.last);
      // An epoch begins with a segment of its own, so that the end of a segment tells the epoch of all of it.
      const entries = first ? [first, ...others.filter(({ epoch }) => epoch === first.epoch)] : [];
      const last = entries.at(-1);
      if (!first || !last) {
        return { outcome: this.#isOvertaken(segment) ? 'overtaken' : 'stored', tip };
      }
      if (first.epoch < tip.epoch) return { outcome: 'overtaken', tip };
      if (first.seq !== tip.last + 1) {
        throw new RoomCoreError(
          'ERR_STORE_UNAVAILABLE',
          `The stored log of room ${JSON.stringify(this.#roomId)} ends at ${tip.last}; it cannot go on with ${first.seq}.`,
        );
      }
      const { created, link } = await this.#put({ ...segment, entries }, first, last);
      if (!created && !(await this.#isSame(link, segment))) return { outcome: 'overtaken', tip: this.tip };
    }
  }

  /** Stores a segment behind the end as it was looked at last. @returns whether this call, and nobody else, created it. */
  async claim(segment: Segment): Promise<boolean> {
    const [entry] = segment.entries;
    if (!entry || entry.seq !== this.tip.last + 1) return false;
    return (await this.#put(segment, entry, entry)).created;
  }

  async #put(
    segment: Segment,
    first: LogEntry,
    last: LogEntry,
  ): Promise<{ readonly created: boolean; readonly link: ChainLink }> {
    const name = segmentObject(this.#roomId, first.seq);
    const metadata = toMetadata({ first: first.seq, last: last.seq, epoch: last.epoch, at: last.ts });
    const { created, object } = await this.#cold.putIfAbsent(name, await encodeSegment(segment), { metadata });
    const link = toLink(this.#roomId, object);
    this.#add(link);
    return { created, link };
  }

  /** Reads from the store what was kept of it: another server may have changed it. */
  forget(): void {
    this.#kept.clear();
  }

  /** The segment that the stored log ends with; `null` for an empty one. */
  async lastSegment(): Promise<Segment | null> {
    const link = this.#links.at(-1);
    return link ? this.#segment(link) : null;
  }

  /** Entries `from`…`to`, both inclusive, of what is stored. @throws RoomCoreError of the store. */
  async read(from: number, to: number): Promise<readonly LogEntry[]> {
    const entries: LogEntry[] = [];
    for (let at = this.#indexOf(from); at < this.#links.length; at += 1) {
      const link = this.#links[at];
      if (!link || link.first > to) break;
      const segment = await this.#segment(link);
      // A chunk holds other links' entries, too.
      const [first, last] = [Math.max(from, link.first), Math.min(to, link.last)];
      entries.push(...segment.entries.filter(({ seq }) => seq >= first && seq <= last));
    }
    return entries;
  }

  /**
   * Joins old segments into chunks where there are many of them, so that paging through the log takes few reads.
   *
   * @throws RoomCoreError of the store; what was done stays done.
   */
  compact(): Promise<void> {
    return this.#rewrite(async () => {
      await this.#tidy();
      for (;;) {
        const run = nextRun(this.#links, ({ name }) => this.#damaged.has(name));
        if (run.length === 0) return;
        const known = this.#damaged.size;
        try {
          await this.#bury(await join(this.#cold, this.#roomId, run, (link) => this.#toJoin(link)));
        } catch (error) {
          // A segment that turned out to be lost stays alone; the others are joined without it.
          if (!isDamage(error) || this.#damaged.size === known) throw error;
        }
      }
    });
  }

  /**
   * Replaces the body of a stored entry for good: the object it lies in is written anew without the old one.
   *
   * @throws RoomCoreError `ERR_ROOM_INPUT` for an entry that is not stored, and of the store.
   */
  redact(seq: number, body: LogEntry['body']): Promise<void> {
    return this.#rewrite(async () => {
      // A chunk that was left unfinished has a copy of its own, and would bring the words back.
      await this.#tidy();
      const link = this.#links[this.#indexOf(seq)];
      if (!link || seq < link.first) throw noSuchEntry(seq);
      const name = await rewriteEntry({ cold: this.#cold, roomId: this.#roomId, link, seq, body });
      this.#redacted += 1;
      this.#kept.delete(name);
    });
  }

  /** {@link redact} in a chain that was not looked at yet. */
  async redactStored(seq: number, body: LogEntry['body']): Promise<void> {
    await this.refresh();
    return this.redact(seq, body);
  }

  /** Deletes every segment, the newest first: what is left is a chain at every moment. Then its chunks. */
  delete(): Promise<void> {
    return this.#rewrite(async () => {
      await this.refresh();
      for (let link = this.#links.at(-1); link; link = this.#links.at(-1)) {
        await eraseObject(this.#cold, link.name);
        this.#links.pop();
      }
      this.#kept.clear();
      this.#damaged.clear();
      for (;;) {
        const { objects } = await this.#cold.list({ prefix: chunkPrefix(this.#roomId), limit: 1000 });
        if (objects.length === 0) return;
        for (const { name, version } of objects) await this.#cold.delete(name, version);
      }
    });
  }

  #rewrite(work: () => Promise<void>): Promise<void> {
    const done = this.#rewriting.then(work);
    this.#rewriting = done.catch(() => {});
    return done;
  }

  async #tidy(): Promise<void> {
    if (this.#isTidied) return;
    for (const chunk of await unfinishedChunks(this.#cold, this.#roomId, this.#links)) await this.#bury(chunk);
    this.#isTidied = true;
  }

  async #bury(chunk: EntryRange): Promise<void> {
    const within = linksWithin(this.#links, chunk);
    const [first] = within;
    if (!first) return;
    const buried = await bury(this.#cold, this.#roomId, within, chunk);
    this.#links.splice(this.#links.indexOf(first), buried.length, ...buried);
    for (const { name } of within) this.#kept.delete(name);
  }

  /** Whether somebody else has stored the same entries, as far as both have them. */
  async #isSame(link: ChainLink, { entries }: Segment): Promise<boolean> {
    const stored = new Map((await this.#segment(link)).entries.map((entry) => [entry.seq, entry]));
    return entries.every((entry) => {
      const other = stored.get(entry.seq);
      return other === undefined || isDeepStrictEqual(other, JSON.parse(JSON.stringify(entry)));
    });
  }

  /** Whether the entries are older than what is stored under their numbers. */
  #isOvertaken({ entries }: Segment): boolean {
    const last = entries.at(-1);
    if (!last) return false;
    const link = this.#links[this.#indexOf(last.seq)];
    return link !== undefined && link.epoch > last.epoch;
  }

  /** Of the first link that ends at or behind `seq`. */
  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#links.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#links[middle]?.last ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #add(link: ChainLink): void {
    // Listed while another call has added it already.
    if (link.first <= this.tip.last) return;
    const next = this.tip.last + 1;
    if (link.first > next) {
      // Segments are only ever created one behind the other: what is missing between them was there.
      const { epoch } = this.tip;
      const name = segmentObject(this.#roomId, next);
      this.#links.push({
        name,
        first: next,
        last: link.first - 1,
        epoch: Math.max(epoch, 1),
        at: link.at,
        chunk: null,
      });
    }
    this.#links.push(link);
  }

  async #segment(link: ChainLink): Promise<Segment> {
    const name = link.chunk ?? link.name;
    const known = this.#kept.get(name) ?? this.#damaged.get(name);
    if (known) return known;
    const redacted = this.#redacted;
    let segment: Segment;
    try {
      const found = await this.#read(link, name);
      // Joined with others since this chain has looked.
      if (found.chunk !== null) return this.#segment({ ...link, chunk: found.chunk });
      segment = found.segment;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.#tellDamage(name, error);
    }
    if (redacted !== this.#redacted) return segment;
    this.#kept.set(name, segment);
    for (const each of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_SEGMENTS) break;
      this.#kept.delete(each);
    }
    return segment;
  }

  /** @throws RoomCoreError `ERR_STORE_DAMAGED`, `ERR_STORE_UNAVAILABLE` where somebody else has joined it meanwhile. */
  async #toJoin(link: ChainLink): Promise<Segment> {
    try {
      const found = await this.#read(link, link.name);
      if (found.chunk === null) return found.segment;
    } catch (error) {
      if (isDamage(error)) await this.#tellDamage(link.name, error);
      throw error;
    }
    this.#isTidied = false;
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `Somebody else has joined ${link.name} with others meanwhile.`);
  }

  /** @throws RoomCoreError `ERR_STORE_DAMAGED` where it is not there, or not what its name tells. */
  async #read(
    link: ChainLink,
    name: string,
  ): Promise<{ readonly chunk: string } | { readonly chunk: null; readonly segment: Segment }> {
    const stored = await this.#cold.get(name);
    if (!stored) throw goneObject(name);
    const chunk = chunkOf(this.#roomId, stored.object.metadata);
    if (chunk !== null && chunk !== name) return { chunk };
    const segment = await decodeSegment(name, stored.bytes);
    checkWhole(name, segment, rangeOfChunk(this.#roomId, name) ?? link);
    return { chunk: null, segment };
  }

  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND` where the room was deleted meanwhile: then nothing is lost. */
  async #tellDamage(name: string, error: Error): Promise<Segment> {
    const document = (await readDocument(this.#cold, this.#roomId))?.document;
    if (document?.record === null) throw roomNotFound(this.#roomId);
    const link = this.#links.find((each) => (each.chunk ?? each.name) === name);
    const range = rangeOfChunk(this.#roomId, name) ?? { first: link?.first ?? 0, last: link?.last ?? 0 };
    const segment = inPlaceOf(this.#roomId, range, linksWithin(this.#links, range), epochsOf(this.#links));
    if (!this.#damaged.has(name)) this.#onDamage({ name, ...range, error });
    this.#damaged.set(name, segment);
    return segment;
  }
}
