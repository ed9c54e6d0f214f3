import { describe, expect, it } from 'vitest';
import { ANA, actor, BEN, entry } from '../../test/room-fixtures.ts';
import { buildTimeline, entryItem } from './timeline.ts';

const viewer = actor(ANA);
const model = { participantId: 'model', name: 'Model' };

describe('entryItem', () => {
  it('shows texts with their author and whether the model was asked', () => {
    expect(entryItem(entry(3), viewer, null)).toMatchObject({
      id: 'entry:3',
      kind: 'text',
      seq: 3,
      speakers: [actor(BEN)],
      text: 'text 3',
      state: 'final',
      toModel: false,
      own: false,
    });
    expect(entryItem(entry(3, { actor: viewer }), viewer, 'out:1')).toMatchObject({ id: 'out:1', own: true });
  });

  it('shows speech with everybody who spoke; it is own for each of them', () => {
    const speech = entry(4, {
      kind: 'speech.final',
      actor: actor(BEN),
      body: {
        messageId: 's1',
        text: 'Hello there',
        speakers: [actor(BEN), viewer],
        attribution: 'derived',
        startedAt: 1,
        endedAt: 2,
      },
    });
    const item = entryItem(speech, viewer, null);
    expect(item).toMatchObject({ id: 'message:s1', kind: 'speech', speakers: [actor(BEN), viewer], own: true });
  });

  it('shows whole and cut answers of the model', () => {
    const body = { messageId: 'm1', turn: 1, text: 'Well' };
    const whole = entryItem(entry(5, { kind: 'ai.message', actor: model, body }), viewer, null);
    expect(whole).toMatchObject({ id: 'message:m1', kind: 'ai', state: 'final', own: false });
    const cut = entry(6, { kind: 'ai.interrupted', actor: model, body: { ...body, reason: 'barge-in' } });
    expect(entryItem(cut, viewer, null)).toMatchObject({ kind: 'ai', state: 'interrupted', text: 'Well' });
  });

  it('shows what happened as notices', () => {
    const happened = [
      entry(1, { kind: 'participant.added', body: { participantId: 'ben', name: 'Ben', role: 'speaker' } }),
      entry(2, { kind: 'participant.removed', body: { participantId: 'ben', name: 'Ben', reason: 'left' } }),
      entry(3, { kind: 'session.started', body: { model: 'gemini-3.8-live' } }),
      entry(4, { kind: 'session.lost', body: { reason: 'quota', code: 'ERR' } }),
      entry(5, { kind: 'room.closed', body: { reason: 'done' } }),
      entry(6, { kind: 'room.closed', body: { reason: '' } }),
    ];
    expect(happened.map((one) => entryItem(one, viewer, null)?.text)).toEqual([
      'Ben joined.',
      'Ben left.',
      'The model listens (gemini-3.8-live).',
      'The model was lost: quota',
      'The room was closed: done',
      'The room was closed.',
    ]);
  });

  it('does not show kinds of a newer server, nor tool results that went well', () => {
    expect(entryItem(entry(1, { kind: 'poll.opened', body: {} } as never), viewer, null)).toBeNull();
    const result = { callId: 'c', name: 'note', outcome: 'answered', response: {} } as const;
    expect(entryItem(entry(2, { kind: 'tool.result', body: result }), viewer, null)).toBeNull();
  });
});

describe('buildTimeline', () => {
  it('has the log with what was refused at its time, then what is being said, then what waits', () => {
    const logged = [1, 2].flatMap((seq) => entryItem(entry(seq), viewer, null) ?? []);
    const timeline = buildTimeline({
      entries: logged,
      growing: [{ messageId: 's', kind: 'speech', turn: 1, speakers: [viewer], text: 'I thi', ts: 5 }],
      refused: [{ id: 'out:1', text: 'too long', toModel: true, ts: 6, problem: 'Too long.', afterSeq: 1 }],
      sending: [{ id: 'out:2', text: 'hello', toModel: false, ts: 7 }],
      viewer,
    });
    expect(timeline.map(({ id, state, own, seq }) => [id, state, own, seq])).toEqual([
      ['entry:1', 'final', false, 1],
      ['out:1', 'failed', true, null],
      ['entry:2', 'final', false, 2],
      ['message:s', 'growing', true, null],
      ['out:2', 'sending', true, null],
    ]);
    expect(timeline[1]).toMatchObject({ problem: 'Too long.', speakers: [viewer] });
  });
});
