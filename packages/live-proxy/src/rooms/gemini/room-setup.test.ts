import {
  checkSetup,
  DEFAULT_ROOM_CONFIGURATION,
  modelProfile,
  type RoomConfiguration,
  validateClientMessage,
} from '@colloquy/live-protocol';
import { describe, expect, test } from 'vitest';
import { activityOf, buildRoomSetup } from './room-setup.ts';

const configuration: RoomConfiguration = {
  ...DEFAULT_ROOM_CONFIGURATION,
  instructions: 'Talk about trees.',
  voice: 'Puck',
};
const base = { configuration, tools: [], roster: ['Ana', 'Ben'], handle: null, isSeeded: false };
const model = 'models/gemini-3.8-live';

test('a fresh session hears the host, the rules of a room, and who is there', () => {
  const setup = buildRoomSetup({ ...base, model, profile: modelProfile(model) }, {});
  const paragraphs = setup.systemInstruction?.parts?.map(({ text }) => text);
  expect(paragraphs).toEqual([
    'Talk about trees.',
    expect.stringContaining('several people'),
    'Present when this conversation began: Ana, Ben.',
  ]);
  expect(setup).toMatchObject({
    model,
    generationConfig: {
      responseModalities: ['AUDIO'],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } },
    },
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    sessionResumption: {},
    contextWindowCompression: { slidingWindow: {} },
  });
});

test('an empty instruction and an empty room leave no empty paragraph', () => {
  const input = { ...base, configuration: { ...configuration, instructions: ' ' }, roster: [] };
  const setup = buildRoomSetup({ ...input, model, profile: modelProfile(model) }, {});
  expect(setup.systemInstruction?.parts).toHaveLength(1);
});

test('a resumed session carries its handle and everything else again', () => {
  const setup = buildRoomSetup({ ...base, handle: 'h1', model, profile: modelProfile(model) }, {});
  expect(setup.sessionResumption).toEqual({ handle: 'h1' });
  expect(setup.systemInstruction?.parts).toHaveLength(3);
});

test('only models with a phase for it are told that history follows', () => {
  const old = 'models/gemini-3.1-flash-live-preview';
  const seeded = (name: string) =>
    buildRoomSetup({ ...base, isSeeded: true, model: name, profile: modelProfile(name) }, {}).historyConfig;
  expect(seeded(old)).toEqual({ initialHistoryInClientContent: true });
  expect(seeded(model)).toBeUndefined();
});

test('the model is interrupted by the service in rooms with a floor, and by the room elsewhere', () => {
  const handling = (changes: Partial<RoomConfiguration>) => {
    const input = { ...base, model, profile: modelProfile(model), configuration: { ...configuration, ...changes } };
    return buildRoomSetup(input, {}).realtimeInputConfig?.activityHandling;
  };
  const anyone = (afterMs: number) => ({ who: 'anyone', afterMs }) as const;
  expect(handling({})).toBe('NO_INTERRUPTION');
  expect(handling({ bargeIn: anyone(0) })).toBe('START_OF_ACTIVITY_INTERRUPTS');
  expect(handling({ floor: 'pick' })).toBe('NO_INTERRUPTION');
  expect(handling({ floor: 'floor' })).toBe('START_OF_ACTIVITY_INTERRUPTS');
  expect(handling({ floor: 'floor', bargeIn: { who: 'hosts', afterMs: 500 } })).toBe('NO_INTERRUPTION');
});

test('the server may leave it to the model to find speech', () => {
  const options = { realtimeInputConfig: { automaticActivityDetection: {} } };
  expect(activityOf({ ...configuration, floor: 'pick' }, options)).toBe('automatic');
  expect(activityOf({ ...configuration, floor: 'pick' }, {})).toBe('manual');
});

test('the server adds tools, generation settings and activity detection, and has the last word', () => {
  const options = {
    tools: [{ functionDeclarations: [{ name: 'note' }] }],
    generationConfig: { temperature: 0.5 },
    realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 500 } },
    setup: (setup: object) => ({ ...setup, labels: { team: 'a' } }),
  };
  const setup = buildRoomSetup({ ...base, model, profile: modelProfile(model) }, options);
  expect(setup).toMatchObject({
    tools: options.tools,
    generationConfig: { temperature: 0.5, responseModalities: ['AUDIO'] },
    realtimeInputConfig: options.realtimeInputConfig,
    labels: { team: 'a' },
  });
});

describe.each([
  'models/gemini-3.8-live',
  'models/gemini-3.1-flash-live-preview',
  'models/gemini-2.5-flash-native-audio-preview-12-2025',
  'publishers/google/models/gemini-live-2.5-flash-native-audio',
  'publishers/google/models/gemini-live-2.5-flash',
])('%s', (name) => {
  test('takes the setup, in form and in meaning', () => {
    const profile = modelProfile(name);
    const setup = buildRoomSetup({ ...base, handle: 'h', isSeeded: true, model: name, profile }, {});
    expect(validateClientMessage({ setup }, { backend: profile.backend })).toMatchObject({ ok: true });
    expect(checkSetup(setup, profile)).toBeNull();
  });
});
