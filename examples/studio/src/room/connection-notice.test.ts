import { LiveClientError } from '@colloquy/live-client';
import { expect, it } from 'vitest';
import { describeConnection, describeModelTrouble } from './connection-notice.ts';

const open = { status: 'open', attempt: 0, retryAtMs: null, error: null } as const;

it('says nothing while all is well', () => {
  expect(describeConnection(open, 0)).toBeNull();
  for (const status of ['off', 'connecting', 'listening', 'thinking', 'speaking'] as const) {
    expect(describeModelTrouble({ status, turn: 0 })).toBeNull();
  }
});

it('counts down to the next attempt, then says that it is trying', () => {
  const lost = { ...open, status: 'reconnecting', attempt: 2, retryAtMs: 5000 } as const;
  expect(describeConnection(lost, 2100)?.text).toBe('Connection lost. Trying again in 3 s (attempt 2)…');
  expect(describeConnection(lost, 5001)?.text).toBe('Connection lost. Trying again (attempt 2)…');
  expect(describeConnection({ ...lost, retryAtMs: null, attempt: 1 }, 0)?.text).toBe('Connection lost. Trying again…');
});

it('a closed room says who closed it or why, when that is known', () => {
  const closed = (reason: string) =>
    describeConnection(
      { ...open, status: 'closed', error: new LiveClientError('ERR_ROOM_CLOSED', 'x', { reason }) },
      0,
    );
  expect(closed('')?.text).toBe('This room was closed.');
  expect(closed('the room was closed')?.text).toBe('This room was closed.');
  expect(closed('the panel is over')?.text).toBe('This room was closed: the panel is over.');
});

it('an end that somebody wanted is told calmly, any other one as trouble', () => {
  const tone = (code: 'ERR_ROOM_CLOSED' | 'ERR_REPLACED' | 'ERR_NOT_ALLOWED') =>
    describeConnection({ ...open, status: 'closed', error: new LiveClientError(code, 'x') }, 0)?.tone;
  expect([tone('ERR_ROOM_CLOSED'), tone('ERR_REPLACED'), tone('ERR_NOT_ALLOWED')]).toEqual([
    'calm',
    'warning',
    'danger',
  ]);
});

it('any other end shows the reason and what to do', () => {
  const error = new LiveClientError('ERR_BUDGET_SPENT', 'The budget is spent', { hint: 'Ask for more.' });
  expect(describeConnection({ ...open, status: 'closed', error }, 0)).toMatchObject({
    tone: 'danger',
    text: 'The budget is spent. Ask for more.',
  });
});

it('a failed model is told with its reason, and that people can go on', () => {
  expect(describeModelTrouble({ status: 'failed', turn: 1, reason: 'Quota exceeded' })?.text).toBe(
    'The model is not available. Quota exceeded. You can still talk with each other.',
  );
});

it('whoever is out for good is not told that it connects again by itself', () => {
  const error = new LiveClientError('ERR_SERVER_DRAINING', 'The server goes away.', {
    hint: 'The client connects again by itself.',
    retryable: true,
  });
  expect(describeConnection({ ...open, status: 'closed', error }, 0)?.text).toBe('The server goes away.');
});
