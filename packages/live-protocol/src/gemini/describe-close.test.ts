import { describe, expect, it } from 'vitest';
import { toCloseReason } from '../close-reason.ts';
import { describeGeminiClose } from './describe-close.ts';
import { GEMINI_CLOSES } from './gemini-closes.ts';

describe('describeGeminiClose', () => {
  it.each(GEMINI_CLOSES.map((close) => [close.name, close] as const))(
    'knows %s by its reason as it is sent',
    (_name, close) => {
      const { name: _, closeCode, reason, mark: __, ...meaning } = close;
      expect(describeGeminiClose(closeCode, toCloseReason(reason))).toEqual(meaning);
    },
  );

  it.each(GEMINI_CLOSES.map((close) => [close.name, close] as const))('%s is consistent', (_name, close) => {
    expect(close.code).toMatch(/^ERR_GEMINI_[A-Z_]+$/);
    expect(close.hint).toMatch(/^[A-Z].*\.$/);
    expect(close.retryable).toBe(close.class === 'retryable');
    if (close.dropHandle) expect(close.resumable).toBe(false);
    if (close.class === 'fatal') expect(close.resumable).toBe(false);
  });

  it('has a name for each way to close', () => {
    const names = GEMINI_CLOSES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  const classes: [code: number, reason: string, expected: object][] = [
    [1000, '', { class: 'normal', retryable: false, dropHandle: false }],
    [1006, '', { class: 'retryable', resumable: true }],
    [1007, 'setup must be the first message and only the first', { class: 'fatal', code: 'ERR_GEMINI_SETUP_ORDER' }],
    [1007, 'Request contains an invalid argument.', { class: 'fatal', code: 'ERR_GEMINI_INVALID_ARGUMENT' }],
    [
      1007,
      'Invalid JSON payload received. Unknown name "proactivity" at \'setup\': Cannot find field.',
      { class: 'fatal', code: 'ERR_GEMINI_INVALID_MESSAGE' },
    ],
    [1007, 'API key expired. Please renew the API key.', { class: 'fatal', code: 'ERR_GEMINI_API_KEY' }],
    [
      1008,
      'models/x is not found for API version v1, or is not supported for bidiGenerateContent.',
      { class: 'fatal', code: 'ERR_GEMINI_MODEL_NOT_FOUND' },
    ],
    [1008, 'Publisher Model `projects/x` was not found', { class: 'fatal', code: 'ERR_GEMINI_MODEL_NOT_FOUND' }],
    [1008, 'The operation was aborted.', { class: 'retryable', resumable: true }],
    [1008, 'BidiGenerateContent session not found', { class: 'retryable', resumable: false, dropHandle: true }],
    [1008, 'BidiGenerateContent session expired', { class: 'retryable', resumable: false, dropHandle: true }],
    [1011, 'Internal error encountered.', { class: 'retryable', resumable: true }],
    [1011, 'You exceeded your current quota, please check', { class: 'retryable', code: 'ERR_GEMINI_QUOTA' }],
    [1011, 'Deadline expired before operation could complete.', { class: 'retryable', resumable: true }],
    [1011, 'Token has been used too many times', { class: 'fatal', code: 'ERR_GEMINI_TOKEN_SPENT' }],
    [1011, 'new_session_expire_time deadline exceeded', { class: 'fatal', code: 'ERR_GEMINI_TOKEN_EXPIRED' }],
    [1011, '', { class: 'retryable', resumable: true }],
  ];

  it.each(classes)('%i %j', (code, reason, expected) => {
    expect(describeGeminiClose(code, reason)).toMatchObject(expected);
  });

  it('falls back to what the code usually means', () => {
    expect(describeGeminiClose(1007, 'Something new.')).toMatchObject({ class: 'fatal', code: 'ERR_GEMINI_REFUSED' });
    expect(describeGeminiClose(1007, 'Something new.').hint).toContain('"Something new."');
    expect(describeGeminiClose(1008, '')).toMatchObject({ class: 'fatal' });
    expect(describeGeminiClose(1009, '')).toMatchObject({ class: 'fatal', code: 'ERR_GEMINI_MESSAGE_TOO_BIG' });
    expect(describeGeminiClose(1011, 'Something new.')).toMatchObject({ class: 'retryable' });
    expect(describeGeminiClose(1005, '')).toMatchObject({ retryable: true, code: 'ERR_GEMINI_CONNECTION_LOST' });
    expect(describeGeminiClose(1012, 'restart')).toMatchObject({ retryable: true });
  });
});
