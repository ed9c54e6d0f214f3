import { describe, expect, it } from 'vitest';
import {
  checkSetup,
  familyProfile,
  GeminiCloseReason,
  MAX_CLOSE_REASON_BYTES,
  modelProfile,
  type Setup,
  toCloseReason,
  validateClientMessage,
} from '../src/index.ts';
import { backendsOf, example, examples } from './fixtures.ts';

function problemOf(setup: Setup) {
  return checkSetup(setup, modelProfile(setup.model ?? ''));
}

/** A setup for a model with the rest of the generation config. */
function setupFor(model: string, generationConfig: Setup['generationConfig'] = {}, rest: Partial<Setup> = {}): Setup {
  return { model, generationConfig: { responseModalities: ['AUDIO'], ...generationConfig }, ...rest };
}

describe('checkSetup on the examples', () => {
  for (const line of examples.filter(({ name }) => name.startsWith('setup.'))) {
    for (const backend of backendsOf(line)) {
      it(`finds nothing wrong with ${line.name} on ${backend}`, () => {
        const result = validateClientMessage(line.message, { backend });
        if (!result.ok || result.message.setup === undefined) throw new Error('the example is not a valid setup');
        const { setup } = result.message;
        expect(checkSetup(setup, modelProfile(setup.model ?? '', backend))).toBeNull();
      });
    }
  }

  it('refuses two modalities in the words that fill a close frame', () => {
    const problem = problemOf(example('invalid.twoModalities').setup as Setup);
    expect(problem).toMatchObject({ closeCode: 1007, path: 'setup.generationConfig.responseModalities' });
    const reason = toCloseReason(problem?.reason ?? '');
    expect(reason).toBe(
      'At most one response modality can be specified in the setup request. To enable simultaneous transcription and audio output,',
    );
    expect(reason).toHaveLength(MAX_CLOSE_REASON_BYTES);
  });

  it.each(['invalid.generationConfigUnsupportedInLive', 'invalid.multiSpeaker'])(
    'refuses %s as an invalid argument',
    (name) => {
      const problem = problemOf(example(name).setup as Setup);
      expect(problem).toMatchObject({ closeCode: 1007, reason: 'Request contains an invalid argument.' });
      expect(problem?.path).toMatch(
        /^setup\.generationConfig\.(responseLogprobs|speechConfig\.multiSpeakerVoiceConfig)$/,
      );
    },
  );

  it.each([
    'responseLogprobs',
    'logprobs',
    'responseMimeType',
    'responseSchema',
    'stopSequences',
    'routingConfig',
    'audioTimestamp',
  ])('refuses generationConfig.%s, which Live does not take', (field) => {
    const full = example('invalid.generationConfigUnsupportedInLive').setup as Required<Setup>;
    const value = (full.generationConfig as Record<string, unknown>)[field];
    expect(value).toBeDefined();
    expect(problemOf(setupFor('models/gemini-3.8-live', { [field]: value }))?.path).toBe(
      `setup.generationConfig.${field}`,
    );
  });
});
