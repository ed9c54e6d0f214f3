import { describe, expect, it } from 'vitest';
import { browserError } from '../../test/fake-devices.ts';
import { LiveClientError } from '../errors.ts';
import { toDeviceError } from './device-errors.ts';

describe('toDeviceError', () => {
  it.each([
    ['NotAllowedError', 'ERR_MICROPHONE_DENIED', false],
    ['SecurityError', 'ERR_MICROPHONE_DENIED', false],
    ['NotFoundError', 'ERR_MICROPHONE_NOT_FOUND', false],
    ['NotReadableError', 'ERR_MICROPHONE_BUSY', true],
    ['AbortError', 'ERR_MICROPHONE_BUSY', true],
    ['OverconstrainedError', 'ERR_MICROPHONE_CONSTRAINTS', false],
    ['NotSupportedError', 'ERR_MICROPHONE_UNAVAILABLE', false],
    ['WhateverError', 'ERR_MICROPHONE_FAILED', false],
  ])('makes %s to %s, with a hint and the cause', (name, code, retryable) => {
    const cause = browserError(name);
    const error = toDeviceError(cause, 'microphone');
    expect(error).toMatchObject({ code, retryable, cause, hint: expect.stringMatching(/\w/) });
    expect(error.message).toMatch(/^The microphone .*\.$/);
  });

  it('names the device, and takes a device that cannot be matched for one that is gone', () => {
    const error = toDeviceError(browserError('OverconstrainedError', 'deviceId'), 'camera', 'abc');
    expect(error).toMatchObject({ code: 'ERR_CAMERA_NOT_FOUND', message: 'The camera "abc" was not found.' });
  });

  it('names the constraint that cannot be met', () => {
    expect(toDeviceError(browserError('OverconstrainedError', 'width'), 'camera').hint).toContain('"width"');
  });

  it('explains a refused screen differently: there is no lasting permission to give', () => {
    const error = toDeviceError(browserError('NotAllowedError'), 'screen');
    expect(error).toMatchObject({ code: 'ERR_SCREEN_DENIED', hint: expect.stringMatching(/from a click/) });
  });

  it('leaves our own errors alone and takes anything else that was thrown', () => {
    const own = new LiveClientError('ERR_WORKLET_LOAD', 'x');
    expect(toDeviceError(own, 'microphone')).toBe(own);
    expect(toDeviceError('text', 'microphone')).toMatchObject({ code: 'ERR_MICROPHONE_FAILED', cause: 'text' });
    expect(toDeviceError(undefined, 'microphone').code).toBe('ERR_MICROPHONE_FAILED');
  });
});
