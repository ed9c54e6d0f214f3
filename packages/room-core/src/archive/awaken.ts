import type { LogEntry } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { RestoredRoom, RoomRecord } from '../ports/room-engine.ts';
import { type Damage, readableTail } from './damage.ts';
import { LogChain } from './log-chain.ts';
import { readDocument } from './room-document.ts';
import type { Segment } from './segment-codec.ts';

/** Newest entries that an engine is given; older ones are read from the store. */
const RESTORED_ENTRIES = 1_000;

/** A room as the store has it, ready for an engine. */
export interface AwakenedRoom {
  readonly restored: RestoredRoom;
  readonly chain: LogChain;
  /** Whether nothing may be appended before the seal is broken. */
  readonly sealed: boolean;
}

/**
 * Reads a room of which the engine knows nothing. One that was put to rest goes on as it was. Of any other nobody can tell
 * what was acknowledged behind its stored end: a new epoch begins there, claimed by creating its first segment, and
 * clients forget what they have seen beyond, and send again what they wrote.
 *
 * @returns `null` for a room that was never stored, or was deleted.
 * @throws RoomCoreError of the store.
 */
export async function awaken(
  cold: ColdStore,
  roomId: string,
  now: () => number,
  onDamage: (damage: Damage) => void,
): Promise<AwakenedRoom | null> {
  for (;;) {
    const stored = await readDocument(cold, roomId);
    if (!stored?.document.record) return null;
    const { record, sealedAt } = stored.document;
    const chain = new LogChain(cold, roomId, onDamage);
    const { last } = await chain.refresh();
    if (sealedAt?.lastSeq === last) return { restored: await readTail(chain, record), chain, sealed: true };
    if (await claimEpoch(chain, roomId, now()))
      return { restored: await readTail(chain, record), chain, sealed: false };
    // Somebody else stored something meanwhile: read it, and decide again.
  }
}

/** The newest part of a stored log, with what an engine needs to go on. @throws RoomCoreError of the store. */
export async function readTail(chain: LogChain, record: RoomRecord): Promise<RestoredRoom> {
  const { last: top } = chain.tip;
  const newest = await chain.lastSegment();
  // What cannot be read stays out of the engine: it is asked for in the store, where it may be mended.
  const entries = readableTail(await chain.read(Math.max(1, top - RESTORED_ENTRIES + 1), top));
  return { record, top, entries, epochs: newest?.epochs ?? FIRST_EPOCH, clients: newest?.clients ?? [] };
}

/** Begins a new epoch behind the stored log. @returns whether the epoch is ours. @throws RoomCoreError of the store. */
export async function claimEpoch(chain: LogChain, roomId: string, ts: number): Promise<boolean> {
  const { last } = chain.tip;
  const newest = await chain.lastSegment();
  const epochs = newest?.epochs ?? FIRST_EPOCH;
  const epoch = (epochs.at(-1)?.epoch ?? 1) + 1;
  const seq = last + 1;
  const entry: LogEntry = {
    ...{ room: roomId, epoch, seq, ts, actor: roomActor },
    kind: 'log.discontinuity',
    body: { epoch, after: last },
  };
  const claim: Segment = {
    clients: newest?.clients ?? [],
    epochs: [...epochs, { epoch, firstSeq: seq }],
    entries: [entry],
  };
  return chain.claim(claim);
}

const FIRST_EPOCH = [{ epoch: 1, firstSeq: 1 }] as const;
