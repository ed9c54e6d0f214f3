import { type EntryActor, redactedEntry } from '@colloquy/live-protocol';
import { noSuchEntry } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { RoomLog } from './room-log.ts';

/** Takes words out of a log. */
export interface Redaction {
  readonly engine: RoomEngine;
  readonly roomId: string;
  readonly log: Pick<RoomLog, 'read' | 'append'>;
}

/**
 * Takes the words of an entry out of the log for good; everybody is told by an entry `redact`. An entry that has none any
 * more is left as it is.
 * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_NOT_ALLOWED` where the store cannot, `ERR_STORE_UNAVAILABLE`
 */
export async function redact(
  { engine, log, roomId }: Redaction,
  { by, reason, seq }: { readonly seq: number; readonly reason: string; readonly by: EntryActor },
): Promise<void> {
  if (!engine.redact) {
    throw new RoomCoreError('ERR_NOT_ALLOWED', 'The store of this server cannot take anything out of a log.');
  }
  const entry = (await log.read(seq, seq))[0]?.entry;
  if (!entry) throw noSuchEntry(seq);
  const redacted = redactedEntry(entry);
  if (redacted === null) {
    throw new RoomCoreError('ERR_ROOM_INPUT', `Entry ${seq} is a "${entry.kind}", which has no words to take out.`);
  }
  if ('redacted' in entry.body) return;
  // First of all the words: whoever hears of it and reads the log again must not find them.
  await engine.redact(roomId, seq, redacted.body);
  await log.append({ kind: 'redact', actor: by, body: { seq, reason } });
}
