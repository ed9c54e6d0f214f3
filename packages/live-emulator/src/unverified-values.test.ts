import { describe, expect, it } from 'vitest';
import { DEFAULT_UNVERIFIED } from './unverified.ts';
import { checkUnverified, parseUnverified } from './unverified-values.ts';

describe('the choices that are unverified', () => {
  it('are completed with the defaults', () => {
    expect(checkUnverified()).toEqual(DEFAULT_UNVERIFIED);
    expect(checkUnverified({ usage: 'alone', refusedApiVersions: undefined })).toEqual({
      ...DEFAULT_UNVERIFIED,
      usage: 'alone',
    });
  });

  it('accept every default, so that the table and the defaults agree', () => {
    expect(checkUnverified(DEFAULT_UNVERIFIED)).toEqual(DEFAULT_UNVERIFIED);
  });

  it.each([
    [{ usgae: 'alone' }, /unverified\.usgae is not known; give one of usage, /],
    [{ usage: 'sometimes' }, /unverified\.usage is "sometimes"; give one of "withTurnComplete", /],
    [{ totalIncludesThoughts: 'true' }, /unverified\.totalIncludesThoughts is "true"; give one of true, false/],
    [{ refusedApiVersions: 'v1' }, /unverified\.refusedApiVersions is "v1"; give a list of API versions/],
    [{ toString: 1 }, /unverified\.toString is not known/],
  ])('refuse %j and say what they take', (given, message) => {
    expect(() => checkUnverified(given as never)).toThrow(message);
  });

  it.each([
    ['usage=never', { usage: 'never' }],
    ['totalIncludesThoughts=true', { totalIncludesThoughts: true }],
    ['interimInputTranscription=false', { interimInputTranscription: false }],
    ['echoesRealtimeText=null', { echoesRealtimeText: null }],
    ['refusedApiVersions=v1,v1alpha', { refusedApiVersions: ['v1', 'v1alpha'] }],
  ])('are read from %s', (text, choice) => {
    expect(parseUnverified(text)).toEqual(choice);
  });

  it.each(['usage', 'usage=', 'usage=null', 'nothing=1', '=', ''])('are not read from %j', (text) => {
    expect(() => parseUnverified(text)).toThrow(TypeError);
  });
});
