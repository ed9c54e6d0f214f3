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

describe('checkSetup goes in the order of the service', () => {
  const wrong: Setup = {
    model: 'models/no-such-model',
    generationConfig: {
      responseModalities: ['TEXT'],
      speechConfig: { languageCode: 'cs-CZ', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Pika' } } },
      enableAffectiveDialog: true,
    },
    realtimeInputConfig: { turnCoverage: 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO' },
  };
  const native = 'projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash-native-audio';

  it('model, modality, voice, language, features', () => {
    const setup = structuredClone(wrong);
    const reasons: unknown[] = [problemOf(setup)?.reason];
    setup.model = native;
    reasons.push(problemOf(setup)?.reason);
    setup.generationConfig = { ...setup.generationConfig, responseModalities: ['AUDIO'] };
    reasons.push(problemOf(setup)?.reason);
    setup.generationConfig.speechConfig = { languageCode: 'cs-CZ' };
    reasons.push(problemOf(setup)?.reason);
    setup.generationConfig.speechConfig = { languageCode: 'pl-PL' };
    reasons.push(problemOf(setup)?.path);
    delete setup.realtimeInputConfig;
    reasons.push(problemOf(setup));
    expect(reasons).toEqual([
      'models/no-such-model is not found for API version v1beta, or is not supported for bidiGenerateContent. Call ListModels to see the list of available models and their supported methods.',
      'The requested combination of response modalities (TEXT) is not supported by the model.',
      `Requested voice api_name 'Pika' is not available for model ${native}`,
      `Unsupported language code 'cs-CZ' for model ${native}`,
      'setup.realtimeInputConfig.turnCoverage',
      null,
    ]);
  });
});

describe('checkSetup on models', () => {
  it('asks for a model when none is named', () => {
    expect(checkSetup({}, familyProfile('3.8'))).toMatchObject({ closeCode: 1007, path: 'setup.model' });
  });

  it('refuses a retired model as not found, whatever unknown models may do', () => {
    const setup = setupFor('models/gemini-2.0-flash-live-001');
    const problem = checkSetup(setup, modelProfile('models/gemini-2.0-flash-live-001'), {
      allowUnknownModel: true,
      apiVersion: 'v1',
    });
    expect(problem).toMatchObject({ closeCode: 1008, path: 'setup.model' });
    expect(problem?.reason).toMatch(/^models\/gemini-2\.0-flash-live-001 is not found for API version v1,/);
    expect(problem?.remedy).toContain('was shut down; use gemini-3.8-live');
  });

  it('words an unknown model as each backend does', () => {
    const name = 'projects/p/locations/global/publishers/google/models/gemini-9-live';
    expect(problemOf(setupFor(name))).toMatchObject({ closeCode: 1008 });
    expect(problemOf(setupFor(name))?.reason).toMatch(
      /^Publisher Model `projects\/p\/.*` was not found or your project/,
    );
    expect(problemOf(setupFor('models/gemini-9-live'))?.reason).toMatch(/^models\/gemini-9-live is not found/);
  });

  it('lets an unknown model pass where asked, with only what holds for all models', () => {
    const profile = modelProfile('models/gemini-9-live');
    const options = { allowUnknownModel: true };
    const daring = setupFor('models/gemini-9-live', {
      thinkingConfig: { thinkingLevel: 'MINIMAL' },
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Nova' } } },
    });
    expect(checkSetup(daring, profile, options)).toBeNull();
    const impossible = setupFor('models/gemini-9-live', { responseModalities: ['AUDIO', 'TEXT'] });
    expect(checkSetup(impossible, profile, options)?.reason).toBe(GeminiCloseReason.oneModality);
  });
});

describe('checkSetup on features of models', () => {
  const extended = 'models/gemini-3.8-live-extended-thinking';
  const declare = (behavior: 'BLOCKING' | 'NON_BLOCKING') => ({
    tools: [{ functionDeclarations: [{ name: 'f', behavior }] }],
  });
  const cases: [title: string, setup: Setup, closeCode: number, path: string][] = [
    [
      'no modality on 3.1, which assumes text',
      { model: 'models/gemini-3.1-flash-live-preview' },
      1007,
      'generationConfig.responseModalities',
    ],
    [
      'text from a model that only speaks',
      setupFor('models/gemini-3.8-live', { responseModalities: ['TEXT'] }),
      1007,
      'generationConfig.responseModalities',
    ],
    [
      'audio from a model that only writes',
      setupFor('models/gemini-3.5-transcribe-live'),
      1007,
      'generationConfig.responseModalities',
    ],
    [
      'a voice for a model that only writes',
      { model: 'models/gemini-3.5-transcribe-live', generationConfig: { speechConfig: {} } },
      1007,
      'generationConfig.speechConfig',
    ],
    [
      'affective dialog on 3.1, which fails inside',
      setupFor('models/gemini-3.1-flash-live-preview', { enableAffectiveDialog: true }),
      1011,
      'generationConfig.enableAffectiveDialog',
    ],
    [
      'affective dialog on 3.8',
      setupFor('models/gemini-3.8-live', { enableAffectiveDialog: true }),
      1007,
      'generationConfig.enableAffectiveDialog',
    ],
    [
      'proactivity switched off on 3.8',
      setupFor('models/gemini-3.8-live', {}, { proactivity: { proactiveAudio: false } }),
      1007,
      'proactivity.proactiveAudio',
    ],
    [
      'proactivity on 3.1',
      setupFor('models/gemini-3.1-flash-live-preview', {}, { proactivity: { proactiveAudio: true } }),
      1007,
      'proactivity',
    ],
    [
      'proactive video alone',
      setupFor('models/gemini-2.5-flash-native-audio-latest', {}, { proactivity: { proactiveVideo: true } }),
      1007,
      'proactivity.proactiveVideo',
    ],
    [
      'proactive video alone where audio is always proactive',
      setupFor('models/gemini-3.8-live', {}, { proactivity: { proactiveVideo: true } }),
      1007,
      'proactivity.proactiveVideo',
    ],
    [
      'thinking config on 3.8',
      setupFor('models/gemini-3.8-live', { thinkingConfig: {} }),
      1007,
      'generationConfig.thinkingConfig',
    ],
    [
      'minimal extended thinking',
      setupFor(extended, { thinkingConfig: { thinkingLevel: 'MINIMAL' } }),
      1007,
      'generationConfig.thinkingConfig.thinkingLevel',
    ],
    [
      'blocking functions with extended thinking',
      setupFor(extended, {}, declare('BLOCKING')),
      1007,
      'tools[0].functionDeclarations[0].behavior',
    ],
    [
      'non-blocking functions on 3.1',
      setupFor('models/gemini-3.1-flash-live-preview', {}, declare('NON_BLOCKING')),
      1007,
      'tools[0].functionDeclarations[0].behavior',
    ],
    [
      'code execution on 3.8',
      setupFor('models/gemini-3.8-live', {}, { tools: [{ googleSearch: {} }, { codeExecution: {} }] }),
      1007,
      'tools[1].codeExecution',
    ],
    [
      'functions for a translator',
      setupFor('models/gemini-3.5-live-translate-preview', {}, declare('BLOCKING')),
      1007,
      'tools[0].functionDeclarations',
    ],
    [
      'instructions for a translator',
      setupFor('models/gemini-3.5-live-translate-preview', {}, { systemInstruction: { parts: [] } }),
      1007,
      'systemInstruction',
    ],
    [
      'a system instruction that is no text',
      setupFor('models/gemini-3.8-live', {}, { systemInstruction: { parts: [{ text: 'a' }, { inlineData: {} }] } }),
      1007,
      'systemInstruction.parts[1]',
    ],
    [
      'an avatar on the Gemini API',
      setupFor('models/gemini-3.8-live', {}, { avatarConfig: { avatarName: 'Kira' } }),
      1007,
      'avatarConfig',
    ],
    [
      'translation by another model',
      setupFor('models/gemini-3.8-live', { translationConfig: {} }),
      1007,
      'generationConfig.translationConfig',
    ],
    [
      'a temperature above 2',
      setupFor('models/gemini-3.8-live', { temperature: 2.1 }),
      1007,
      'generationConfig.temperature',
    ],
    [
      'en-IN on the Gemini API',
      setupFor('models/gemini-2.5-flash-native-audio-latest', { speechConfig: { languageCode: 'en-IN' } }),
      1007,
      'generationConfig.speechConfig.languageCode',
    ],
    [
      'smart transcription with times',
      setupFor('models/gemini-3.8-live', {}, { inputAudioTranscription: { mode: 'SMART', wordTimestamp: true } }),
      1007,
      'inputAudioTranscription.mode',
    ],
    [
      'a target that is not below the trigger',
      setupFor(
        'models/gemini-3.8-live',
        {},
        { contextWindowCompression: { triggerTokens: '100', slidingWindow: { targetTokens: '100' } } },
      ),
      1007,
      'contextWindowCompression.slidingWindow.targetTokens',
    ],
    [
      'a trigger that Vertex finds too low',
      setupFor(
        'publishers/google/models/gemini-live-2.5-flash',
        {},
        { contextWindowCompression: { triggerTokens: '4999' } },
      ),
      1007,
      'contextWindowCompression.triggerTokens',
    ],
    [
      'a label with capitals',
      setupFor('models/gemini-3.8-live', {}, { labels: { Team: 'a' } }),
      1007,
      'labels["Team"]',
    ],
    [
      'a function without a proper name',
      setupFor('models/gemini-3.8-live', {}, { tools: [{ functionDeclarations: [{ name: '1st' }] }] }),
      1007,
      'tools[0].functionDeclarations[0].name',
    ],
    [
      'two functions of one name',
      setupFor(
        'models/gemini-3.8-live',
        {},
        { tools: [{ functionDeclarations: [{ name: 'f' }] }, { functionDeclarations: [{ name: 'f' }] }] },
      ),
      1007,
      'tools[1].functionDeclarations[0].name',
    ],
    [
      'both forms of parameters',
      setupFor(
        'models/gemini-3.8-live',
        {},
        { tools: [{ functionDeclarations: [{ name: 'f', parameters: {}, parametersJsonSchema: {} }] }] },
      ),
      1007,
      'tools[0].functionDeclarations[0].parametersJsonSchema',
    ],
    [
      '513 functions',
      setupFor(
        'models/gemini-3.8-live',
        {},
        { tools: [{ functionDeclarations: Array.from({ length: 513 }, (_, index) => ({ name: `f${index}` })) }] },
      ),
      1007,
      'tools[0].functionDeclarations[512]',
    ],
  ];

  it.each(cases)('refuses %s', (_title, setup, closeCode, path) => {
    const problem = problemOf(setup);
    expect(problem).toMatchObject({ closeCode, path: `setup.${path}` });
    expect(problem?.reason).not.toBe('');
    expect(problem?.remedy).toMatch(/\.$/);
  });

  it('takes what is at the edge', () => {
    const functions = Array.from({ length: 512 }, (_, index) => ({ name: `f${index}` }));
    const setup = setupFor(
      'models/gemini-3.8-live',
      {
        temperature: 2,
        speechConfig: { languageCode: 'cs-CZ', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'puck' } } },
      },
      {
        tools: [{ functionDeclarations: functions }],
        labels: { [`a${'b'.repeat(62)}`]: '' },
        proactivity: { proactiveAudio: true },
        contextWindowCompression: { triggerTokens: '131072', slidingWindow: { targetTokens: '0' } },
      },
    );
    expect(problemOf(setup)).toBeNull();
  });
});

describe('proactivity on the versions of the API', () => {
  const setup = setupFor('models/gemini-2.5-flash-native-audio-latest', {}, { proactivity: { proactiveAudio: true } });
  const check = (apiVersion?: string) => checkSetup(setup, modelProfile(setup.model ?? ''), { apiVersion });

  it('is a field of v1alpha only where the model is 2.5 native', () => {
    expect(check('v1alpha')).toBeNull();
    expect(check('v1beta')).toEqual({
      closeCode: 1007,
      reason: 'Invalid JSON payload received. Unknown name "proactivity" at \'setup\': Cannot find field.',
      path: 'setup.proactivity',
      remedy: 'Leave it out, or connect to v1alpha: v1beta does not have it for gemini-2.5-flash-native-audio-latest.',
    });
  });

  it('is not looked at where the version is not told', () => {
    expect(check()).toBeNull();
  });

  it.each([
    ['models/gemini-3.8-live', 'v1beta'],
    ['publishers/google/models/gemini-live-2.5-flash-native-audio', 'v1beta1'],
  ])('is taken by %s on %s', (model, apiVersion) => {
    expect(checkSetup({ ...setup, model }, modelProfile(model), { apiVersion })).toBeNull();
  });

  it('is an unknown name before anything else about the setup is wrong', () => {
    const wrong = { ...setup, generationConfig: { responseModalities: ['TEXT' as const] } };
    expect(checkSetup(wrong, modelProfile(wrong.model ?? ''), { apiVersion: 'v1beta' })?.path).toBe(
      'setup.proactivity',
    );
  });
});
