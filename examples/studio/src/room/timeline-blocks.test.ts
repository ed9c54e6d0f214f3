import type { TimelineItem } from '@colloquy/live-client';
import { expect, it } from 'vitest';
import { type TimelineBlock, toTimelineBlocks } from './timeline-blocks.ts';

const noon = new Date(2026, 5, 15, 12).getTime();
let nextId = 0;

function item(kind: TimelineItem['kind'], who: string[], atMs = 0): TimelineItem {
  nextId += 1;
  const speakers = who.map((name) => ({ participantId: name.toLowerCase(), name }));
  return { id: `i${nextId}`, kind, seq: nextId, ts: noon + atMs, speakers, text: 'x', state: 'final', own: false };
}

function shape(blocks: readonly TimelineBlock[]): string[] {
  return blocks.map((block) => (block.kind === 'day' ? 'day' : `${block.kind} ${block.items.length}`));
}

it('gathers what one person says and writes without a pause', () => {
  const items = [
    item('speech', ['Ana']),
    item('text', ['Ana'], 1000),
    item('speech', ['Ben'], 2000),
    item('ai', ['Model'], 3000),
  ];
  expect(shape(toTimelineBlocks(items))).toEqual(['day', 'messages 2', 'messages 1', 'messages 1']);
});

it('two people at once are neither of the two alone', () => {
  const items = [item('speech', ['Ana']), item('speech', ['Ana', 'Ben']), item('speech', ['Ben'])];
  expect(shape(toTimelineBlocks(items))).toEqual(['day', 'messages 1', 'messages 1', 'messages 1']);
});

it('a pause of five minutes starts a new block', () => {
  const items = [item('text', ['Ana']), item('text', ['Ana'], 299_999), item('text', ['Ana'], 600_000)];
  expect(shape(toTimelineBlocks(items))).toEqual(['day', 'messages 2', 'messages 1']);
});

it('notices stay together and part what is around them', () => {
  const items = [item('text', ['Ana']), item('notice', ['Ben']), item('notice', ['Cy']), item('text', ['Ana'])];
  expect(shape(toTimelineBlocks(items))).toEqual(['day', 'messages 1', 'notices 2', 'messages 1']);
});

it('each day has its line', () => {
  const items = [item('text', ['Ana'], -13 * 3_600_000), item('text', ['Ana'])];
  expect(shape(toTimelineBlocks(items))).toEqual(['day', 'messages 1', 'day', 'messages 1']);
});

it('speech that nobody could be named for stays apart from an unnamed other kind', () => {
  expect(shape(toTimelineBlocks([item('speech', []), item('speech', []), item('text', [])]))).toEqual([
    'day',
    'messages 2',
    'messages 1',
  ]);
});
