import type { LogEntry } from '@colloquy/live-protocol';
import type { HistoryTurn } from '../ports/model-session.ts';

/** Most entries that are looked through for turns. */
const MAX_SCANNED = 2_000;
const PAGE = 200;

/**
 * The last `count` messages below `before` as turns of a conversation, oldest first. What people wrote to each other
 * only is not among them.
 */
export async function readHistoryTurns(
  read: (from: number, to: number) => Promise<readonly LogEntry[]>,
  options: { readonly before: number; readonly count: number },
): Promise<readonly HistoryTurn[]> {
  const turns: HistoryTurn[] = [];
  const lowest = Math.max(1, options.before - MAX_SCANNED);
  for (let to = options.before - 1; to >= lowest && turns.length < options.count; to -= PAGE) {
    const entries = await read(Math.max(lowest, to - PAGE + 1), to);
    turns.unshift(...entries.flatMap((entry) => toTurn(entry) ?? []));
  }
  return turns.slice(Math.max(0, turns.length - options.count));
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
