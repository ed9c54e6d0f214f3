import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { GeminiWireError } from './errors.ts';
import { parseServerMessage } from './parse-server-message.ts';

const pcm = Uint8Array.from([1, 0, 2, 0]);
const audioPart = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: encodeBase64(pcm) } };

/** Types of the events of one message. */
function typesOf(message: object): string[] {
  return parseServerMessage(message).map(({ type }) => type);
}

describe('a bundled message', () => {
  it('yields every meaning, in a fixed order, whatever the order of its fields', () => {
    const message = {
      usageMetadata: { totalTokenCount: 3 },
      goAway: { timeLeft: '50s' },
      sessionResumptionUpdate: { newHandle: 'h', resumable: true },
      voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_EOS' },
      voiceActivity: { type: 'ACTIVITY_START' },
      toolCallCancellation: { ids: ['1'] },
      toolCall: { functionCalls: [{ id: '2', name: 'f' }] },
      serverContent: {
        interactionStatus: 'IDLE',
        waitingForInput: true,
        turnComplete: true,
        generationComplete: true,
        interrupted: true,
        urlContextMetadata: { urlMetadata: [] },
        groundingMetadata: { webSearchQueries: ['q'] },
        outputTranscription: { text: ' there.' },
        modelTurn: {
          parts: [{ text: 'hm', thought: true }, audioPart, { text: 'Hi' }, { executableCode: { code: '1' } }],
        },
        inputTranscription: { text: 'Hello.' },
        interimInputTranscription: { text: 'Hel' },
      },
      setupComplete: {},
    };
    expect(typesOf(message)).toEqual([
      'setupComplete',
      'inputTranscription',
      'inputTranscription',
      'text',
      'audio',
      'text',
      'part',
      'outputTranscription',
      'grounding',
      'urlContext',
      'interrupted',
      'generationComplete',
      'turnComplete',
      'waitingForInput',
      'interactionStatus',
      'toolCall',
      'toolCallCancellation',
      'voiceActivity',
      'voiceActivity',
      'sessionResumptionUpdate',
      'goAway',
      'usage',
    ]);
  });

  it('of audio, transcript and the end of the turn yields all three', () => {
    const serverContent = {
      modelTurn: { parts: [audioPart] },
      outputTranscription: { text: 'Bye.' },
      turnComplete: true,
    };
    expect(parseServerMessage({ serverContent })).toEqual([
      { type: 'audio', data: pcm, sampleRate: 24_000, transcription: null },
      { type: 'outputTranscription', text: 'Bye.', finished: false },
      { type: 'turnComplete', reason: null },
    ]);
  });
});

describe('single meanings', () => {
  const cases: [title: string, message: object, events: object[]][] = [
    [
      'the session on Vertex',
      { setupComplete: { sessionId: 's', voiceConsentSignature: { signature: 'c2ln' } } },
      [{ type: 'setupComplete', sessionId: 's', voiceConsentSignature: 'c2ln' }],
    ],
    [
      'audio without a rate',
      { serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AQA=' } }] } } },
      [{ type: 'audio', data: Uint8Array.from([1, 0]), sampleRate: 24_000, transcription: null }],
    ],
    [
      'audio with its own words',
      { serverContent: { modelTurn: { parts: [{ ...audioPart, audioTranscription: { text: 'Hello.' } }] } } },
      [{ type: 'audio', data: pcm, sampleRate: 24_000, transcription: { text: 'Hello.' } }],
    ],
    [
      'detailed words of a person',
      {
        serverContent: {
          inputTranscription: {
            text: 'Hello',
            finished: true,
            languageCode: 'en-US',
            speakerLabel: 'spk_1',
            words: [{ word: 'Hello', startOffset: '0.400s' }],
          },
        },
      },
      [
        {
          type: 'inputTranscription',
          text: 'Hello',
          finished: true,
          interim: false,
          languageCode: 'en-US',
          speakerLabel: 'spk_1',
          words: [{ word: 'Hello', startOffset: '0.400s' }],
        },
      ],
    ],
    [
      'the closer of a transcription',
      { serverContent: { outputTranscription: { finished: true } } },
      [{ type: 'outputTranscription', text: '', finished: true }],
    ],
    [
      'why a turn ended',
      { serverContent: { turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' } },
      [{ type: 'turnComplete', reason: 'RESPONSE_REJECTED' }],
    ],
    [
      'calls, with what is missing filled in',
      {
        toolCall: {
          functionCalls: [
            { name: 'f', willContinue: true },
            { id: '1', name: 'g', args: { a: 1 } },
          ],
        },
      },
      [
        {
          type: 'toolCall',
          calls: [
            { id: '', name: 'f', args: {}, willContinue: true },
            { id: '1', name: 'g', args: { a: 1 } },
          ],
        },
      ],
    ],
    ['how long is left', { goAway: { timeLeft: '9.500s' } }, [{ type: 'goAway', timeLeftMs: 9_500 }]],
    ['a goodbye without a time', { goAway: {} }, [{ type: 'goAway', timeLeftMs: 0 }]],
    [
      'a session that cannot be resumed now',
      { sessionResumptionUpdate: { resumable: false } },
      [{ type: 'sessionResumptionUpdate', handle: null, resumable: false, lastConsumedClientMessageIndex: null }],
    ],
    [
      'how far the service has read',
      { sessionResumptionUpdate: { newHandle: 'h', resumable: true, lastConsumedClientMessageIndex: '137' } },
      [{ type: 'sessionResumptionUpdate', handle: 'h', resumable: true, lastConsumedClientMessageIndex: 137 }],
    ],
    [
      'an edge of speech',
      { voiceActivity: { type: 'ACTIVITY_END', audioOffset: '1.880s' } },
      [{ type: 'voiceActivity', edge: 'end', audioOffsetMs: 1_880 }],
    ],
    [
      'an edge of speech as a signal',
      { voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' } },
      [{ type: 'voiceActivity', edge: 'start', audioOffsetMs: null }],
    ],
  ];

  it.each(cases)('%s', (_title, message, events) => {
    expect(parseServerMessage(message)).toEqual(events);
  });

  it('usage has one name per count on both backends', () => {
    const gemini = { promptTokenCount: 24, responseTokenCount: 5, responseTokensDetails: [{ modality: 'AUDIO' }] };
    const vertex = { promptTokenCount: 24, candidatesTokenCount: 5, candidatesTokensDetails: [{ modality: 'AUDIO' }] };
    for (const raw of [gemini, vertex]) {
      const [event] = parseServerMessage({ usageMetadata: raw });
      if (event?.type !== 'usage') throw new Error('no usage');
      expect(event.raw).toBe(raw);
      expect(event.usage).toEqual({
        promptTokenCount: 24,
        responseTokenCount: 5,
        totalTokenCount: 0,
        thoughtsTokenCount: 0,
        cachedContentTokenCount: 0,
        toolUsePromptTokenCount: 0,
        promptTokensDetails: [],
        responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 0 }],
        cacheTokensDetails: [],
        toolUsePromptTokensDetails: [],
      });
    }
  });
});

describe('what says nothing', () => {
  it.each([
    {},
    { serverContent: {} },
    { serverContent: { outputTranscription: {} } },
    { serverContent: { groundingMetadata: {}, interrupted: false, turnComplete: false } },
    { serverContent: { modelTurn: { parts: [{ text: '' }] } } },
    { toolCall: {} },
    { toolCallCancellation: { ids: [] } },
    { voiceActivity: { type: 'TYPE_UNSPECIFIED' } },
  ])('%j gives no event', (message) => {
    expect(parseServerMessage(message)).toEqual([]);
  });
});

describe('leniency', () => {
  it('ignores fields it does not know', () => {
    expect(typesOf({ hologram: {}, serverContent: { turnComplete: true, mood: 'fine' } })).toEqual(['turnComplete']);
  });

  it('takes fields of a wrong type as absent, and keeps the rest', () => {
    const message = {
      setupComplete: 5,
      serverContent: {
        modelTurn: { parts: [null, 'x', 7, { text: 5 }, audioPart] },
        inputTranscription: 'words',
        outputTranscription: { text: 5 },
        groundingMetadata: [],
        interrupted: 'yes',
        generationComplete: 'true',
        waitingForInput: 1,
        turnComplete: true,
        turnCompleteReason: 5,
      },
      toolCall: { functionCalls: [null, 'f'] },
      toolCallCancellation: { ids: [1, 'a'] },
      goAway: { timeLeft: 50 },
      voiceActivity: { type: 'ACTIVITY_START', audioOffset: 'soon' },
      usageMetadata: { promptTokenCount: '7', totalTokenCount: 'many', promptTokensDetails: [null, { tokenCount: 1 }] },
    };
    const events = parseServerMessage(message);
    expect(events.map(({ type }) => type)).toEqual([
      'part',
      'audio',
      'turnComplete',
      'toolCallCancellation',
      'voiceActivity',
      'goAway',
      'usage',
    ]);
    expect(events[2]).toEqual({ type: 'turnComplete', reason: null });
    expect(events[3]).toMatchObject({ ids: ['a'] });
    expect(events[4]).toMatchObject({ edge: 'start', audioOffsetMs: null });
    expect(events[5]).toMatchObject({ timeLeftMs: 0 });
    expect(events[6]).toMatchObject({ usage: { promptTokenCount: 7, totalTokenCount: 0 } });
  });

  it('hands on audio it cannot decode as a part', () => {
    const parts = [
      { inlineData: { mimeType: 'audio/pcm', data: '%%%' } },
      { inlineData: { mimeType: 'video/mp4; codecs="avc1.42c01f, mp4a.40.2"', data: 'AAAA' } },
      { inlineData: { mimeType: 'audio/pcm' } },
    ];
    expect(parseServerMessage({ serverContent: { modelTurn: { parts } } })).toEqual(
      parts.map((part) => ({ type: 'part', part })),
    );
  });
});

describe('frames', () => {
  it('are text or bytes', () => {
    const text = '{"serverContent":{"interrupted":true}}';
    expect(parseServerMessage(text)).toEqual([{ type: 'interrupted' }]);
    expect(parseServerMessage(new TextEncoder().encode(text))).toEqual([{ type: 'interrupted' }]);
    const inside = new TextEncoder().encode(`xx${text}yy`);
    expect(parseServerMessage(inside.subarray(2, -2))).toEqual([{ type: 'interrupted' }]);
  });

  it.each(['', 'x', '[]', 'null', '5', '"x"'])('%j is no message', (text) => {
    expect(() => parseServerMessage(text)).toThrow(GeminiWireError);
  });

  it('an array is no message either', () => {
    expect(() => parseServerMessage([])).toThrow(GeminiWireError);
  });

  it('an error shows only the start of a large one', () => {
    expect(() => parseServerMessage('x'.repeat(1_000_000))).toThrow(/^.{60,140}$/);
  });
});
