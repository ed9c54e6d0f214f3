import type { TimelineItem } from '@colloquy/live-client';
import { expect, it } from 'vitest';
import { Announcer, announce } from './announcements.ts';

const ana = { participantId: 'ana', name: 'Ana' };
const ben = { participantId: 'ben', name: 'Ben' };

function item(seq: number | null, more: Partial<TimelineItem> = {}): TimelineItem {
  return { id: `i${seq}`, kind: 'text', seq, ts: 0, speakers: [ana], text: 'Hi', state: 'final', own: false, ...more };
}

it.each([
  [{}, 'Ana wrote: Hi'],
  [{ kind: 'speech', speakers: [ana, ben] }, 'Ana and Ben said: Hi'],
  [{ kind: 'speech', speakers: [] }, 'Someone said: Hi'],
  [{ kind: 'ai', state: 'interrupted' }, 'Ana said (interrupted): Hi'],
  [{ kind: 'notice', text: 'Ben left.' }, 'Ben left.'],
  [{ own: true }, null],
  [{ own: true, state: 'failed' }, 'Not sent: Hi'],
  [{ state: 'growing' }, null],
] as const)('tells %o as %o', (more, text) => {
  expect(announce(item(1, more))).toBe(text);
});

it('does not read out what was there on arrival, nor older pages loaded later', () => {
  const announcer = new Announcer();
  expect(announcer.next([item(5), item(6)])).toEqual([]);
  expect(announcer.next([item(3), item(4), item(5), item(6)])).toEqual([]);
});

it('tells each item once, when it is complete', () => {
  const announcer = new Announcer();
  announcer.next([]);
  const growing = item(null, { id: 'm', kind: 'ai', state: 'growing', text: 'We' });
  expect(announcer.next([growing])).toEqual([]);
  const final = item(7, { id: 'm', kind: 'ai', text: 'We agree.' });
  expect(announcer.next([final])).toEqual(['Ana said: We agree.']);
  expect(announcer.next([final])).toEqual([]);
});
