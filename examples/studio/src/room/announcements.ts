import type { TimelineItem } from '@colloquy/live-client';
import { describeSpeakers } from './speakers.ts';

/** What a screen reader is told about an item, once it is complete; `null` for what it need not hear. */
export function announce(item: TimelineItem): string | null {
  if (item.state === 'growing' || item.state === 'sending') return null;
  if (item.state === 'failed') return `Not sent: ${item.text}`;
  if (item.kind === 'notice') return item.text;
  // People know what they said themselves.
  if (item.own && item.speakers.length === 1) return null;
  const who = describeSpeakers(item.speakers, null);
  const cut = item.state === 'interrupted' ? ' (interrupted)' : '';
  return `${who} ${item.kind === 'text' ? 'wrote' : 'said'}${cut}: ${item.text}`;
}

/** Picks out of a growing timeline what has become complete since the last time. What was there first is not told. */
export class Announcer {
  #told: ReadonlySet<string> | null = null;

  /** The announcements that `items` adds to those given before. */
  next(items: readonly TimelineItem[]): readonly string[] {
    const complete = items.filter(({ state }) => state !== 'growing' && state !== 'sending');
    const told = this.#told;
    const newestTold = told === null ? Number.POSITIVE_INFINITY : this.#newestSeq;
    this.#told = new Set(complete.map(({ id, state }) => `${id}:${state}`));
    this.#newestSeq = Math.max(this.#newestSeq, ...complete.map(({ seq }) => seq ?? 0));
    if (told === null) return [];
    return (
      complete
        .filter((item) => !told.has(`${item.id}:${item.state}`))
        // Older pages that were loaded are no news.
        .filter(({ seq }) => seq === null || seq > newestTold)
        .flatMap((item) => announce(item) ?? [])
    );
  }

  #newestSeq = 0;
}
