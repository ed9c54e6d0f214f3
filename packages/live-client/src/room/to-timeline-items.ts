import type { LogEntry } from '@colloquy/live-protocol';
import { entryItem, type TimelineViewer } from './timeline.ts';
import type { TimelineItem } from './timeline-item.ts';

/**
 * The conversation of log entries that were read without joining, such as the history of a closed room.
 *
 * @param entries - oldest first.
 * @param viewer - who looks, so that their own words are marked; `null` for nobody.
 */
export function toTimelineItems(entries: readonly LogEntry[], viewer: TimelineViewer | null): readonly TimelineItem[] {
  return entries.flatMap((entry) => entryItem(entry, viewer, null) ?? []);
}
