import type { LoggedEvent } from '@colloquy/live-client';
import type { LogEntry } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { describeEvent } from './describe-event.ts';

const entry = (kind: string, body: object): LoggedEvent => ({
  id: 1,
  ts: 1,
  type: 'entry',
  entry: { room: 'r', epoch: 1, seq: 1, ts: 1, kind, actor: { participantId: 'ana', name: 'Ana' }, body } as LogEntry,
});

describe('describeEvent', () => {
  it('names who said what, and files it under a topic', () => {
    expect(describeEvent(entry('msg.text', { text: 'Hello', toModel: true }))).toEqual({
      topic: 'words',
      title: 'Ana wrote',
      detail: 'Hello',
      isTrouble: false,
    });
    expect(describeEvent(entry('app', { topic: 'board', data: { op: 'add' } })).topic).toBe('board');
  });

  it('tells trouble from the rest', () => {
    const failed = entry('tool.result', {
      callId: 'c',
      name: 'link_cards',
      outcome: 'failed',
      response: { error: 'x' },
    });
    expect(describeEvent(failed)).toMatchObject({ topic: 'tools', title: 'link_cards failed', isTrouble: true });
    const broken = describeEvent({ id: 1, ts: 1, type: 'connection', status: 'reconnecting', attempt: 2 });
    expect(broken).toMatchObject({ title: 'Connection reconnecting (attempt 2)', isTrouble: true });
  });

  it('shows a kind that it does not know by its name', () => {
    expect(describeEvent(entry('poll.opened', {})).title).toBe('poll.opened');
  });
});
