import type { LogEntry } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { toTimelineItems } from './to-timeline-items.ts';

const ana = { participantId: 'ana', name: 'Ana' };
const base = { room: 'r', epoch: 1, ts: 5, actor: ana } as const;
const log: readonly LogEntry[] = [
  { ...base, seq: 1, kind: 'participant.added', body: { ...ana, role: 'host' } },
  { ...base, seq: 2, kind: 'msg.text', body: { text: 'Hello', toModel: false } },
  {
    ...base,
    seq: 3,
    kind: 'tool.result',
    body: { callId: 'c', name: 'note', outcome: 'answered', response: {} },
  },
];

it('shows a log that was read without joining as a joined room shows it, without what is not for people', () => {
  expect(toTimelineItems(log, null).map(({ kind, text, seq }) => [seq, kind, text])).toEqual([
    [1, 'notice', 'Ana joined.'],
    [2, 'text', 'Hello'],
  ]);
});

it("marks the viewer's own words", () => {
  expect(toTimelineItems(log, null)[1]?.own).toBe(false);
  expect(toTimelineItems(log, ana)[1]?.own).toBe(true);
});
