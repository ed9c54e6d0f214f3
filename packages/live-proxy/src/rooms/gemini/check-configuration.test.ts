import { DEFAULT_ROOM_CONFIGURATION, type RoomConfiguration } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { geminiApi } from '../../upstream/gemini-api.ts';
import { geminiModel } from './gemini-model.ts';

const model = geminiModel({ upstream: geminiApi({ apiKey: 'k' }) });
const configuration = (changes: Partial<RoomConfiguration> = {}) => ({ ...DEFAULT_ROOM_CONFIGURATION, ...changes });
const NATIVE = 'gemini-2.5-flash-native-audio-preview-12-2025';

describe('the configuration of a room, for its model', () => {
  it('passes with everything a model takes', () => {
    expect(model.check?.(configuration())).toBeNull();
    const full = configuration({
      model: NATIVE,
      voice: 'Puck',
      language: 'de-DE',
      temperature: 1,
      topP: 0.9,
      topK: 40,
      maxOutputTokens: 500,
      affectiveDialog: true,
      proactivity: true,
      grounding: true,
      thinking: { budget: 0, level: null },
      mediaResolution: 'low',
      turnCoverage: 'everything',
    });
    expect(model.check?.(full)).toBeNull();
  });

  it.each<[Partial<RoomConfiguration>, string, string]>([
    [{ model: NATIVE, voice: 'Nobody' }, 'voice', 'Choose one of'],
    [{ model: NATIVE, language: 'tlh' }, 'language', 'choose one of'],
    [{ affectiveDialog: true }, 'affectiveDialog', 'Set it to null'],
    [{ proactivity: false }, 'proactivity', 'always proactive'],
    [{ thinking: { budget: null, level: 'low' } }, 'thinking', 'cannot be set'],
    [
      { model: 'gemini-3.8-live-extended-thinking', thinking: { budget: null, level: 'minimal' } },
      'thinking.level',
      'Choose one of low, medium, high instead of minimal',
    ],
    [{ model: NATIVE, response: 'text' }, 'response', 'Set it to "audio"'],
    [{ model: 'gemini-2.0-flash-exp' }, 'model', 'was shut down'],
  ])('is refused for %j with the field and what to do', (changes, field, words) => {
    const problem = model.check?.(configuration(changes));
    expect(problem?.field).toBe(field);
    expect(problem?.remedy).toContain(words);
  });

  it('needs a new session for what the service is told, and none for what the room does', () => {
    const before = configuration();
    expect(model.isSameSession?.(before, configuration({ temperature: 0.3 }))).toBe(false);
    expect(model.isSameSession?.(before, configuration({ instructions: 'Be brief.' }))).toBe(false);
    expect(model.isSameSession?.(before, configuration({ transcription: { input: false, output: true } }))).toBe(false);
    expect(model.isSameSession?.(before, configuration({ floorMode: 'queue', speakerCues: 'none' }))).toBe(true);
  });

  it('is shown as the setup it becomes, without instructions and handles', () => {
    const shown = model.effective?.(
      configuration({
        voice: 'Puck',
        grounding: true,
        instructions: 'secret',
        activityDetection: {
          startSensitivity: 'low',
          endSensitivity: null,
          prefixPaddingMs: null,
          silenceDurationMs: 800,
        },
      }),
      [],
    );
    expect(shown).toMatchObject({
      model: 'models/gemini-3.8-live',
      generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } } },
      tools: [{ googleSearch: {} }],
      realtimeInputConfig: {
        automaticActivityDetection: { startOfSpeechSensitivity: 'START_SENSITIVITY_LOW', silenceDurationMs: 800 },
      },
    });
    expect(JSON.stringify(shown)).not.toContain('secret');
  });
});
