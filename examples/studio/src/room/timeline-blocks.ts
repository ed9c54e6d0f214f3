import type { TimelineItem } from '@colloquy/live-client';
import type { EntryActor } from '@colloquy/live-protocol';

/** What is drawn together: a day's line, quiet notices, or what one speaker said without a pause. */
export type TimelineBlock =
  | { readonly kind: 'day'; readonly id: string; readonly ts: number }
  | { readonly kind: 'notices'; readonly id: string; readonly items: readonly TimelineItem[] }
  | {
      readonly kind: 'messages';
      readonly id: string;
      readonly speakers: readonly EntryActor[];
      readonly own: boolean;
      readonly items: readonly TimelineItem[];
    };

const PAUSE_MS = 5 * 60_000;

/** Gathers items, oldest first, into blocks. An item's block keeps its id while the timeline grows at its end. */
export function toTimelineBlocks(items: readonly TimelineItem[]): readonly TimelineBlock[] {
  const blocks: TimelineBlock[] = [];
  let last: TimelineItem | null = null;
  for (const item of items) {
    if (last === null || dayOf(item) !== dayOf(last)) {
      blocks.push({ kind: 'day', id: `day:${dayOf(item)}:${item.id}`, ts: item.ts });
    }
    const block = blocks.at(-1);
    if (last !== null && block !== undefined && belongs(item, last, block)) {
      blocks[blocks.length - 1] = { ...block, items: [...block.items, item] };
    } else {
      blocks.push(newBlock(item));
    }
    last = item;
  }
  return blocks;
}

function newBlock(item: TimelineItem): TimelineBlock {
  if (item.kind === 'notice') return { kind: 'notices', id: item.id, items: [item] };
  return { kind: 'messages', id: item.id, speakers: item.speakers, own: item.own, items: [item] };
}

function belongs(
  item: TimelineItem,
  last: TimelineItem,
  block: TimelineBlock,
): block is Exclude<TimelineBlock, { kind: 'day' }> {
  if (block.kind === 'day') return false;
  if (item.kind === 'notice') return block.kind === 'notices';
  return block.kind === 'messages' && item.ts - last.ts < PAUSE_MS && voiceOf(item) === voiceOf(last);
}

function voiceOf({ speakers, kind }: TimelineItem): string {
  return speakers.length > 0 ? speakers.map(({ participantId }) => participantId).join('+') : `nobody:${kind}`;
}

function dayOf({ ts }: TimelineItem): string {
  const date = new Date(ts);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}
