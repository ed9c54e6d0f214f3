import { describe, expect, it } from 'vitest';
import { isLiveClientError, LiveClientError } from './errors.ts';

describe('LiveClientError', () => {
  it('carries code, close code, reason, hint and the raw failure', () => {
    const cause = new Error('raw');
    const error = new LiveClientError('ERR_ROOM_CLOSED', 'The room is closed.', {
      cause,
      closeCode: 4410,
      reason: 'room closed',
      hint: 'Open another room.',
    });
    expect(error).toMatchObject({
      name: 'LiveClientError',
      code: 'ERR_ROOM_CLOSED',
      closeCode: 4410,
      reason: 'room closed',
      hint: 'Open another room.',
      retryable: false,
      cause,
    });
  });

  it('has no cause when nothing failed first', () => {
    expect('cause' in new LiveClientError('ERR_ABORTED', 'Stopped.')).toBe(false);
  });

  it('is recognised by name across realms and not confused with other errors', () => {
    const foreign = { name: 'LiveClientError', code: 'ERR_ABORTED', message: 'x' };
    expect(isLiveClientError(foreign)).toBe(true);
    expect(isLiveClientError(new LiveClientError('ERR_ABORTED', 'x'))).toBe(true);
    expect(isLiveClientError(new Error('x'))).toBe(false);
    expect(isLiveClientError({ name: 'LiveClientError', code: 'ERR_ABORTED' })).toBe(false);
    expect(isLiveClientError(null)).toBe(false);
  });
});
