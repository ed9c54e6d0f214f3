import { LiveClientError } from '@colloquy/live-client';
import { expect, it } from 'vitest';
import { describeJoinProblem } from './join-problem.ts';

it.each([
  ['ERR_ROOM_CLOSED', 'closed', 'history'],
  ['ERR_ROOM_NOT_FOUND', 'unknown', null],
  ['ERR_NOT_ALLOWED', 'not-allowed', 'retry'],
  ['ERR_NOT_AUTHENTICATED', 'stranger', 'introduce'],
  ['ERR_REPLACED', 'replaced', 'retry'],
  ['ERR_CONNECTION_FAILED', 'other', 'retry'],
] as const)('%s becomes the page "%s" whose way on is %s', (code, kind, action) => {
  const problem = describeJoinProblem(new LiveClientError(code, 'why', { closeCode: 4400 }));
  expect(problem).toMatchObject({ kind, action });
  expect(problem.title).not.toBe('');
  expect(problem.text).not.toBe('');
});

it('shows the cause of what has no page of its own', () => {
  const error = new LiveClientError('ERR_BAD_MESSAGE', 'The server refused a message.', {
    closeCode: 4400,
    hint: 'Reload.',
  });
  expect(describeJoinProblem(error)).toMatchObject({
    text: 'Reload.',
    detail: 'The server refused a message. (ERR_BAD_MESSAGE, 4400)',
  });
});

it('does not say that it connects again by itself when it has given up', () => {
  const error = new LiveClientError('ERR_SERVER_DRAINING', 'The server goes away.', {
    closeCode: 4503,
    hint: 'The client connects again by itself.',
    retryable: true,
  });
  expect(describeJoinProblem(error).text).toBe('Check your connection and try again.');
});
