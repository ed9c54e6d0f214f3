import { modelProfile } from '@colloquy/live-protocol';
import type { ToolDeclaration } from '@colloquy/room-core';
import { describe, expect, it } from 'vitest';
import { toFunctions, toScheduling } from './tool-declarations.ts';

const parameters = { type: 'object', properties: { text: { type: 'string' } } };
const note = (blocking: boolean | null): ToolDeclaration => ({
  ...{ name: 'add_note', description: 'Keeps a note.', parameters, blocking },
});
const behaviors = (model: string) => {
  const profile = modelProfile(model, 'gemini');
  return [true, false, null].map(
    (blocking) => toFunctions([note(blocking)], profile)[0]?.functionDeclarations?.[0]?.behavior,
  );
};

describe('the tools of a room in a setup', () => {
  it('are declared with their JSON Schema', () => {
    const bare: ToolDeclaration = { name: 'now', description: 'The time.', parameters: null, blocking: null };
    expect(toFunctions([note(null), bare], modelProfile('gemini-3.8-live', 'gemini'))).toEqual([
      {
        functionDeclarations: [
          { name: 'add_note', description: 'Keeps a note.', parametersJsonSchema: parameters },
          { name: 'now', description: 'The time.' },
        ],
      },
    ]);
    expect(toFunctions([], modelProfile('gemini-3.8-live', 'gemini'))).toEqual([]);
  });

  it('are left out for a model that calls none', () => {
    expect(toFunctions([note(true)], modelProfile('gemini-3.5-live-translate-preview', 'gemini'))).toEqual([]);
  });

  it('block or not as wished where the model has the choice', () => {
    expect(behaviors('gemini-3.8-live')).toEqual(['BLOCKING', 'NON_BLOCKING', undefined]);
    expect(behaviors('gemini-3.1-flash-live-preview')).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['gemini-3.8-live', null, 'INTERRUPT'],
    ['gemini-3.8-live', true, undefined],
    ['gemini-2.5-flash-native-audio-latest', null, undefined],
    ['gemini-2.5-flash-native-audio-latest', false, 'INTERRUPT'],
    ['gemini-3.1-flash-live-preview', false, undefined],
  ])('%s, blocking %s: an answer says how it is to be used: %s', (model, blocking, expected) => {
    expect(toScheduling('interrupt', note(blocking), modelProfile(model, 'gemini'))).toBe(expected);
  });
});
