import type { LogEntry, LogEntryOf } from '@colloquy/live-protocol';
import type { EncodedEntry } from '../log/encoded-entry.ts';

/** A text that the model is to answer, as it stands in the log. */
export type AskingEntry = LogEntryOf<'msg.text'>;

/** Where unanswered texts are looked for when a room is opened: among its newest entries. */
const LOOKED_THROUGH = 100;
/** A question that is older than this has been given up by whoever asked it, in milliseconds. */
const STILL_WANTED_MS = 600_000;
/** More texts than people write while the log begins a new epoch. */
const REMEMBERED = 1_000;

/** Lets every text through once: one that the log lost comes again under another number, with the same `cid`. */
export class AskedOnce {
  readonly #asked = new Map<string, number>();

  /** @returns whether the model is to be asked. */
  take(entry: AskingEntry): boolean {
    const { body, seq } = entry;
    if (!body.toModel || body.redacted) return false;
    const key = keyOf(entry);
    if (this.#asked.has(key)) return false;
    this.#asked.set(key, seq);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > REMEMBERED && oldest !== undefined) this.#asked.delete(oldest);
    return true;
  }

  /** The number under which this text was let through before, where that was another one; it has the new one from now on. */
  renumber(entry: AskingEntry): number | null {
    const [key, { seq }] = [keyOf(entry), entry];
    const before = this.#asked.get(key);
    if (before === undefined || before === seq) return null;
    this.#asked.set(key, seq);
    return before;
  }
}

function keyOf({ actor, cid, seq }: AskingEntry): string {
  return `${actor.participantId} ${cid ?? seq}`;
}

/**
 * The texts of an opened room that the model was to answer and has not: the server that ran it was killed, or another one
 * takes over. The log tells by what the model said or left unsaid since, and up to which text.
 */
export async function readUnanswered(
  log: { readonly top: number; read(from: number, to: number): Promise<readonly EncodedEntry[]> },
  now: number,
): Promise<readonly AskingEntry[]> {
  const entries = (await log.read(Math.max(1, log.top - LOOKED_THROUGH + 1), log.top)).map(({ entry }) => entry);
  const answeredTo = Math.max(0, ...entries.map(answersTo));
  return entries.filter(
    (entry): entry is AskingEntry =>
      entry.kind === 'msg.text' && entry.body.toModel && entry.seq > answeredTo && now - entry.ts < STILL_WANTED_MS,
  );
}

/** The newest text that needs no answer any more on account of this entry. */
function answersTo(entry: LogEntry): number {
  switch (entry.kind) {
    case 'ai.message':
    case 'ai.interrupted':
      // Of an older release, which did not say it.
      return entry.body.answersTo ?? entry.seq;
    case 'ai.silent':
      return entry.body.answersTo;
    // Everybody was told that there will be no answer.
    case 'session.lost':
    case 'room.closed':
      return entry.seq;
    default:
      return 0;
  }
}
