import { describe, expect, it } from 'vitest';
import { modelProfile } from './model-lookup.ts';
import { MODEL_PROFILES } from './models.ts';
import { textInputOf } from './text-input.ts';

describe('textInputOf', () => {
  it('says what the profile of every model says', () => {
    const names = MODEL_PROFILES.flatMap(({ id }) => [id, `models/${id}`, `publishers/google/models/${id}`]);
    for (const name of [...names, 'models/gemini-3.1-of-the-future', 'gemini-9', '']) {
      expect(textInputOf(name), name).toBe(modelProfile(name).textInput);
    }
  });
});
