import { describe, expect, it } from 'vitest';
import { ANA, actor, BEN, entry } from '../../test/room-fixtures.ts';
import { SpokenSpans } from './spoken-spans.ts';
import { toTimelineItems } from './to-timeline-items.ts';

const spoke = { ...ANA, speaking: true };

describe('SpokenSpans', () => {
  it('begins and ends a span with the speaking of a participant', () => {
    const spans = new SpokenSpans();
    expect(spans.look([ANA, BEN], [], 1_000)).toBe(false);
    expect(spans.look([spoke, BEN], [], 2_000)).toBe(true);
    expect(spans.look([spoke, BEN], [], 2_500)).toBe(false);
    spans.look([ANA, BEN], [], 3_000);
    expect(spans.all).toEqual([{ participantId: 'ana', name: 'Ana', startedAt: 2_000, endedAt: 3_000 }]);
  });

  it('ends what goes on when nobody is seen any more', () => {
    const spans = new SpokenSpans();
    spans.look([spoke], [], 1_000);
    spans.look([], [], 1_400);
    expect(spans.all[0]?.endedAt).toBe(1_400);
  });

  it('takes what was said before from transcripts, once, and nothing twice that was seen', () => {
    const said = (seq: number, startedAt: number, endedAt: number) =>
      entry(seq, {
        kind: 'speech.final',
        body: { messageId: `m${seq}`, text: 'x', speakers: [actor(BEN)], attribution: 'derived', startedAt, endedAt },
      });
    const timeline = toTimelineItems([said(1, 100, 200), said(2, 900, 1_500)], { participantId: 'ana', name: 'Ana' });
    const spans = new SpokenSpans();
    spans.look([], timeline, 1_000);
    spans.look([], timeline, 1_100);
    expect(spans.all).toEqual([{ participantId: 'ben', name: 'Ben', startedAt: 100, endedAt: 200 }]);
  });
});
