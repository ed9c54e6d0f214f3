import type { LogEntry } from '@colloquy/live-protocol';
import type { Clock } from '../ports/clock.ts';
import type { HistoryTurn } from '../ports/model-session.ts';
import { within } from '../within.ts';

/** Most entries that are looked through for turns. */
const MAX_SCANNED = 2_000;
const PAGE = 200;
/** Older pages than the newest are read for so long, milliseconds: that the model is there is worth more than all it knew. */
const OLDER_MS = 1_000;

/**
 * The last `count` messages below `before` as turns of a conversation, oldest first. What people wrote to each other
 * only is not among them.
 */
export async function readHistoryTurns(
  read: (from: number, to: number) => Promise<readonly LogEntry[]>,
  options: { readonly before: number; readonly count: number; readonly clock: Clock },
): Promise<readonly HistoryTurn[]> {
  const turns: HistoryTurn[] = [];
  const lowest = Math.max(1, options.before - MAX_SCANNED);
  const { clock } = options;
  let startedAt = clock.monotonic();
  for (let to = options.before - 1; to >= lowest && turns.length < options.count; to -= PAGE) {
    const page = read(Math.max(lowest, to - PAGE + 1), to);
    const isNewest = to === options.before - 1;
    const entries = isNewest ? await page : await inTime(page, startedAt + OLDER_MS - clock.monotonic(), clock);
    if (entries === null) break;
    if (isNewest) startedAt = clock.monotonic();
    turns.unshift(...entries.flatMap((entry) => toTurn(entry) ?? []));
  }
  return turns.slice(Math.max(0, turns.length - options.count));
}

/** `null`: it takes too long, or failed. */
function inTime<T>(page: Promise<T>, ms: number, clock: Clock): Promise<T | null> {
  const late = () => new Error('The history takes too long.');
  return within({ clock, ms: Math.max(1, ms), late }, page).catch(() => null);
}

function toTurn(entry: LogEntry): HistoryTurn | null {
  switch (entry.kind) {
    case 'msg.text':
      return entry.body.toModel && !entry.body.redacted
        ? { role: 'user', text: `${entry.actor.name}: ${entry.body.text}` }
        : null;
    case 'speech.final': {
      if (entry.body.redacted) return null;
      const names = entry.body.speakers.map(({ name }) => name).join(' and ') || 'Somebody';
      return { role: 'user', text: `${names}: ${entry.body.text}` };
    }
    case 'ai.message':
    case 'ai.interrupted':
      return entry.body.text === '' ? null : { role: 'model', text: entry.body.text };
    default:
      return null;
  }
}
