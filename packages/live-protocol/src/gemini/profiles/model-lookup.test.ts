import { describe, expect, it } from 'vitest';
import { modelId } from './model-id.ts';
import { familyProfile, modelProfile } from './model-lookup.ts';
import { MODEL_PROFILES } from './models.ts';
import { VOICE_CHARACTERS, VOICES } from './voices.ts';

describe('MODEL_PROFILES', () => {
  it('has every Live model, once per backend', () => {
    expect(MODEL_PROFILES.map(({ id, backend, status }) => `${id} ${backend} ${status}`).sort()).toEqual([
      'gemini-2.0-flash-exp gemini retired',
      'gemini-2.0-flash-live-001 gemini retired',
      'gemini-2.5-flash-native-audio-latest gemini deprecated',
      'gemini-2.5-flash-native-audio-preview-09-2025 gemini deprecated',
      'gemini-2.5-flash-native-audio-preview-12-2025 gemini deprecated',
      'gemini-3.1-flash-live-preview gemini preview',
      'gemini-3.5-live-translate-preview gemini preview',
      'gemini-3.5-transcribe-live gemini preview',
      'gemini-3.8-live gemini stable',
      'gemini-3.8-live vertex limited',
      'gemini-3.8-live-extended-thinking gemini stable',
      'gemini-live-2.5-flash vertex limited',
      'gemini-live-2.5-flash-native-audio vertex stable',
      'gemini-live-2.5-flash-preview gemini retired',
      'gemini-live-2.5-flash-preview-native-audio-09-2025 vertex retired',
      'gemini-robotics-er-2-streaming-preview gemini preview',
    ]);
    expect(MODEL_PROFILES.every(({ known }) => known)).toBe(true);
  });

  it.each(MODEL_PROFILES.map((profile) => [profile.id, profile.backend, profile] as const))(
    '%s on %s agrees with itself',
    (_id, backend, profile) => {
      expect(profile.responseModalities.length).toBeGreaterThan(0);
      expect(['BLOCKING', 'NON_BLOCKING']).toContain(profile.defaultToolBehavior);
      if (profile.toolBehaviors.length > 0) expect(profile.toolBehaviors).toContain(profile.defaultToolBehavior);
      expect(profile.supports.turnCoverages.length).toBeGreaterThan(0);
      expect(profile.supports.turnCoverages).toContain(profile.defaults.turnCoverage);
      expect(profile.wire.usageNames).toBe(backend === 'vertex' ? 'candidates' : 'response');
      expect(profile.wire.sessionId).toBe(backend === 'vertex');
    },
  );

  it('tells what differs between families', () => {
    const of = (id: string) => modelProfile(id);
    expect(of('gemini-3.8-live')).toMatchObject({
      textInput: 'clientContent',
      defaultToolBehavior: 'NON_BLOCKING',
      supports: { thinkingLevels: [], thinkingBudget: false, affectiveDialog: false, proactiveAudio: 'always' },
      limits: { contextTokens: 131_072, outputTokens: 65_536 },
      wire: { functionCallId: 'fc', turnRole: true, voiceActivity: true, preambleTokens: 310 },
    });
    expect(of('gemini-3.8-live-extended-thinking')).toMatchObject({
      toolBehaviors: ['NON_BLOCKING'],
      supports: { thinkingLevels: ['LOW', 'MEDIUM', 'HIGH'], toolScheduling: false },
      wire: { interactionStatus: true },
    });
    expect(of('gemini-3.1-flash-live-preview')).toMatchObject({
      textInput: 'realtimeInput',
      historyInput: 'initial',
      defaultModality: 'TEXT',
      toolBehaviors: ['BLOCKING'],
      wire: { functionCallId: 'fc', turnRole: false, outputTranscription: 'withAudio' },
    });
    expect(of('gemini-2.5-flash-native-audio-latest')).toMatchObject({
      supports: { affectiveDialog: true, mediaChunks: true, codeExecution: true },
      defaults: { turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY', startOfSpeechSensitivity: 'START_SENSITIVITY_HIGH' },
      wire: { functionCallId: 'function-call', audioMimeType: 'audio/pcm;rate=24000', inputTranscription: 'words' },
    });
    expect(of('gemini-live-2.5-flash')).toMatchObject({
      family: 'vertex-2.5-flash',
      supports: { languageCodes: 'any', systemRole: true, transparentResumption: true },
      defaults: { endOfSpeechSensitivity: 'END_SENSITIVITY_LOW' },
      wire: { functionCallId: 'uuid', audioMimeType: 'audio/pcm', toolTurns: 2, emptyGrounding: true },
    });
  });
});

describe('modelProfile', () => {
  it.each([
    ['gemini-3.8-live', 'gemini'],
    ['models/gemini-3.8-live', 'gemini'],
    ['publishers/google/models/gemini-3.8-live', 'vertex'],
    ['projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live', 'vertex'],
  ] as const)('finds %s on %s', (name, backend) => {
    expect(modelProfile(name)).toMatchObject({ id: 'gemini-3.8-live', backend, known: true });
    expect(modelId(name)).toBe('gemini-3.8-live');
  });

  it('goes by the backend it is given', () => {
    expect(modelProfile('gemini-3.8-live', 'vertex')).toMatchObject({ backend: 'vertex', known: true });
  });

  it('does not know a model that only the other backend has', () => {
    expect(modelProfile('gemini-live-2.5-flash-native-audio', 'gemini')).toMatchObject({
      backend: 'gemini',
      known: false,
      status: 'unknown',
      family: '2.5-native',
    });
  });

  it('knows retired models as retired on both', () => {
    expect(modelProfile('models/gemini-2.0-flash-live-001')).toMatchObject({ status: 'retired', backend: 'gemini' });
    expect(modelProfile('gemini-2.0-flash-exp', 'vertex')).toMatchObject({ status: 'retired', backend: 'vertex' });
  });

  it.each([
    ['models/gemini-9-live', '3.8', 'gemini'],
    ['models/gemini-4.0-live-extended-thinking', '3.8-et', 'gemini'],
    ['models/gemini-3.1-flash-live-002', '3.1', 'gemini'],
    ['models/gemini-2.5-flash-native-audio-preview-01-2027', '2.5-native', 'gemini'],
    ['publishers/google/models/gemini-live-2.5-flash-002', 'vertex-2.5-flash', 'vertex'],
    ['tunedModels/mine', '3.8', 'gemini'],
    ['', '3.8', 'gemini'],
    ['constructor', '3.8', 'gemini'],
  ])('guesses that %j is of family %s', (name, family, backend) => {
    expect(modelProfile(name)).toMatchObject({ family, backend, known: false, status: 'unknown' });
  });
});

describe('familyProfile', () => {
  it('is the newest model of the family', () => {
    expect(familyProfile('3.8')).toMatchObject({ id: 'gemini-3.8-live', backend: 'gemini' });
    expect(familyProfile('3.8', 'vertex')).toMatchObject({ id: 'gemini-3.8-live', backend: 'vertex' });
    expect(familyProfile('2.5-native', 'gemini').id).toBe('gemini-2.5-flash-native-audio-preview-12-2025');
    expect(familyProfile('vertex-2.5-flash').id).toBe('gemini-live-2.5-flash');
  });

  it('is a guess where the backend has none', () => {
    expect(familyProfile('3.1', 'vertex')).toMatchObject({ family: '3.1', backend: 'vertex', known: false });
  });
});

it('there are thirty voices, each with a character', () => {
  expect(VOICES).toHaveLength(30);
  expect(new Set(VOICES).size).toBe(30);
  expect(VOICE_CHARACTERS.Puck).toBe('Upbeat');
});
