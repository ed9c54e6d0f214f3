import { RoomCoreError } from '../errors.ts';
import type { ColdObject, ColdStore } from '../ports/cold-store.ts';
import type { RoomRecord } from '../ports/room-engine.ts';
import { roomObject } from './object-names.ts';

/** What `room.json` says. */
export interface RoomDocument {
  readonly v: 1;
  /** `null` for a room that was deleted: its id is never given again. */
  readonly record: RoomRecord | null;
  /** Name of the object by which the room is listed. */
  readonly marker: string;
  /**
   * The log ended here, whole, when the room was last put to rest; `null` while it may be written to. Whoever finds it
   * open, and the engine without it, cannot know what was lost.
   */
  readonly sealedAt: { readonly lastSeq: number; readonly ts: number } | null;
  /** The server that broke the seal; absent where a new room or a new epoch was begun without one. */
  readonly openedBy?: string;
}

/** A document at one version. */
export interface StoredDocument {
  readonly object: ColdObject;
  readonly document: RoomDocument;
}

/** Reads the document of a room; `null` for one that was never stored. */
export async function readDocument(cold: ColdStore, roomId: string): Promise<StoredDocument | null> {
  const stored = await cold.get(roomObject(roomId));
  if (!stored) return null;
  return { object: stored.object, document: parse(stored.object.name, stored.bytes) };
}

/** @returns whether this call created it. */
export async function createDocument(cold: ColdStore, roomId: string, document: RoomDocument): Promise<boolean> {
  const { created } = await cold.putIfAbsent(roomObject(roomId), serialize(document));
  return created;
}

/** Tries to change a document until nobody else has changed it meanwhile. */
const ATTEMPTS = 10;

/**
 * Changes a document by read and compare-and-set.
 *
 * @param change gets what is stored now; `null` leaves it as it is.
 * @returns what is stored then; `null` for a document that is not there.
 */
export async function changeDocument(
  cold: ColdStore,
  roomId: string,
  change: (document: RoomDocument) => RoomDocument | null,
): Promise<RoomDocument | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const stored = await readDocument(cold, roomId);
    if (!stored) return null;
    const changed = change(stored.document);
    if (!changed) return stored.document;
    if (await cold.replace(stored.object.name, serialize(changed), stored.object.version)) return changed;
  }
  throw new RoomCoreError(
    'ERR_STORE_UNAVAILABLE',
    `${roomObject(roomId)} is changed by others all the time; does another server use the same store?`,
  );
}

/**
 * Has a room say that it may be written to. It is written whatever it said before, so that whoever is about to set a seal by
 * the version it has read comes too late.
 *
 * @returns where the log ended by the seal that this call broke; `null` for none.
 */
export async function breakSeal(cold: ColdStore, roomId: string, by: string): Promise<number | null> {
  let brokenAt: number | null = null;
  await changeDocument(cold, roomId, (document) => {
    // One's own doing, when its answer was lost.
    if (document.sealedAt === null && document.openedBy === by) return null;
    brokenAt = document.sealedAt?.lastSeq ?? null;
    return document.record ? { ...document, sealedAt: null, openedBy: by } : null;
  });
  return brokenAt;
}

/** Sets a seal on a document as it was read. @returns whether nobody has changed it since. */
export function setSeal(
  cold: ColdStore,
  { object, document }: StoredDocument,
  sealedAt: NonNullable<RoomDocument['sealedAt']>,
): Promise<boolean> {
  return cold
    .replace(object.name, serialize({ ...document, sealedAt }), object.version)
    .then((replaced) => replaced !== null);
}

function serialize(document: RoomDocument): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

function parse(name: string, bytes: Uint8Array): RoomDocument {
  try {
    const document = JSON.parse(new TextDecoder().decode(bytes)) as RoomDocument;
    if (document.v !== 1) throw new Error(`it has version ${document.v}`);
    return document;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `${name} is no description of a room (${why}).`, { cause });
  }
}
