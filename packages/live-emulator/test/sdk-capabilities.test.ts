import {
  ActivityHandling,
  Behavior,
  EndSensitivity,
  FunctionResponseScheduling,
  HarmBlockMethod,
  HarmBlockThreshold,
  HarmCategory,
  type LiveConnectConfig,
  type LiveServerMessage,
  MediaResolution,
  Modality,
  StartSensitivity,
  TurnCompleteReason,
  TurnCoverage,
} from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import type { Brain, BrainStep } from '../src/brain/brain.ts';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { type Emulator, type EmulatorOptions, PhraseTranscriber, ScriptedBrain, startEmulator } from '../src/index.ts';
import { createSdk, front, type SdkMode, SdkSession } from './google-sdk.ts';

const phrases = await loadFixturePhrases();
const samples = phrases[0]?.samples ?? new Int16Array(0);
const text = phrases[0]?.text ?? '';
const LONG = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen.';
const running: Emulator[] = [];

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ timeScale: 40, transcriber: new PhraseTranscriber({ phrases }), ...options });
  running.push(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

/** An emulator, and the SDK connected to it. */
async function connect(
  mode: SdkMode,
  model: string,
  config: LiveConnectConfig = {},
  options: EmulatorOptions = {},
): Promise<{ emulator: Emulator; client: SdkSession }> {
  const emulator = await start(options);
  return { emulator, client: await SdkSession.connect(createSdk(mode, emulator), model, config) };
}

function setupOf(emulator: Emulator): Record<string, unknown> {
  return emulator.sessions()[0]?.report().setup as Record<string, unknown>;
}

const MODES = [
  ['gemini', 'gemini-3.8-live'],
  ['vertex', 'gemini-live-2.5-flash-native-audio'],
] as const;
const say = (...steps: (string | BrainStep)[]): EmulatorOptions => ({ brain: new ScriptedBrain([steps, 'And then.']) });
const content = (client: SdkSession): LiveServerMessage['serverContent'][] =>
  client.messages.map((message) => message.serverContent);

describe.each(MODES)('every option of a %s connection (%s)', (mode, model) => {
  it('of generation, voice, activity, compression and transcription reaches the setup and is accepted', async () => {
    const { emulator, client } = await connect(mode, model, {
      systemInstruction: 'Be brief.',
      temperature: 0.5,
      topP: 0.9,
      topK: 20,
      maxOutputTokens: 1_000,
      seed: 3,
      mediaResolution: MediaResolution.MEDIA_RESOLUTION_LOW,
      speechConfig: { languageCode: 'en-US', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      realtimeInputConfig: {
        automaticActivityDetection: {
          startOfSpeechSensitivity: StartSensitivity.START_SENSITIVITY_LOW,
          endOfSpeechSensitivity: EndSensitivity.END_SENSITIVITY_HIGH,
          prefixPaddingMs: 40,
          silenceDurationMs: 500,
        },
        activityHandling: ActivityHandling.NO_INTERRUPTION,
        turnCoverage: TurnCoverage.TURN_INCLUDES_ALL_INPUT,
      },
      contextWindowCompression: { triggerTokens: '20000', slidingWindow: { targetTokens: '10000' } },
      sessionResumption: {},
      inputAudioTranscription: { languageCodes: ['en-US'] },
      outputAudioTranscription: {},
      labels: { team: 'tests' },
      tools: [{ googleSearch: {} }],
    });
    const setup = setupOf(emulator);
    expect(setup).toMatchObject({
      generationConfig: { temperature: 0.5, topK: 20, seed: 3, mediaResolution: 'MEDIA_RESOLUTION_LOW' },
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contextWindowCompression: { triggerTokens: '20000' },
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 500 } },
      tools: [{ googleSearch: {} }],
    });
    expect(client.closed).toBeNull();
  });

  it('of compression lets the oldest turns go', async () => {
    const { client } = await connect(
      mode,
      model,
      { contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '100' } } },
      { brain: new ScriptedBrain(['Yes.']) },
    );
    const prompts: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const from = client.messages.length;
      client.session.sendClientContent({ turns: 'word '.repeat(1_200) });
      prompts.push((await client.turnComplete(from)).usageMetadata?.promptTokenCount ?? 0);
    }
    expect(prompts[1]).toBeGreaterThan(prompts[0] ?? 0);
    expect(prompts.at(-1)).toBeLessThan(Math.max(...prompts));
    expect(Math.max(...prompts)).toBeLessThan(6_000);
  });

  it('of activity handling lets the model finish', async () => {
    const { client } = await connect(
      mode,
      model,
      { realtimeInputConfig: { activityHandling: ActivityHandling.NO_INTERRUPTION } },
      say(LONG),
    );
    client.session.sendRealtimeInput({ text: 'Count.' });
    await client.until((message) => message.serverContent?.modelTurn?.parts?.[0]?.inlineData);
    client.session.sendRealtimeInput({ text: 'Stop.' });
    await client.turnComplete();
    expect(content(client).some((each) => each?.interrupted)).toBe(false);
    expect(content(client).some((each) => each?.generationComplete)).toBe(true);
  });
});

describe.each(MODES)('what goes up from %s (%s)', (mode, model) => {
  it('is earlier turns without an answer, then one that completes them', async () => {
    const { emulator, client } = await connect(mode, model, {}, say('Hello again.'));
    client.session.sendClientContent({
      turns: [
        { role: 'user', parts: [{ text: 'My name is Ada.' }] },
        { role: 'model', parts: [{ text: 'Nice to meet you.' }] },
      ],
      turnComplete: false,
    });
    client.session.sendClientContent({ turns: 'Who am I?' });
    await client.turnComplete();
    const texts = emulator
      .sessions()[0]
      ?.report()
      .received.texts.last.map((each) => each.text);
    expect(texts).toEqual(['My name is Ada.', 'Nice to meet you.', 'Who am I?']);
    expect(emulator.sessions()[0]?.report().sent.turnsCompleted).toBe(1);
  });

  it('is a picture in a turn', async () => {
    const { emulator, client } = await connect(mode, model);
    const picture = { inlineData: { mimeType: 'image/jpeg', data: '/9j/2w==' } };
    client.session.sendClientContent({ turns: [{ role: 'user', parts: [picture, { text: 'What is it?' }] }] });
    await client.turnComplete();
    expect(emulator.sessions()[0]?.pictures()).toHaveLength(1);
  });

  it('is the end of the audio stream, which ends an utterance at once', async () => {
    const { emulator, client } = await connect(mode, model, { inputAudioTranscription: {} });
    client.speak(samples);
    client.session.sendRealtimeInput({ audioStreamEnd: true });
    await client.turnComplete();
    expect(emulator.sessions()[0]?.report().heard.utterances).toMatchObject([{ text }]);
  });

  it('is other functions while the session runs', async () => {
    const seen: string[][] = [];
    const brain: Brain = {
      respond: ({ tools }) => {
        seen.push(tools.map(({ name }) => name));
        return [];
      },
    };
    const tools = [{ functionDeclarations: [{ name: 'old' }] }];
    const { client } = await connect(mode, model, { tools }, { brain });
    client.session.sendContextUpdate({ tools: { tools: [{ functionDeclarations: [{ name: 'new' }] }] } });
    client.session.sendClientContent({ turns: 'Hello.' });
    await client.turnComplete();
    expect(seen).toEqual([['new']]);
  });

  it('is another system instruction while the session runs', async () => {
    const seen: string[] = [];
    const brain: Brain = {
      respond: ({ systemInstruction }) => {
        seen.push(systemInstruction);
        return [];
      },
    };
    const { client } = await connect(mode, model, { systemInstruction: 'Old.' }, { brain });
    client.session.sendContextUpdate({ systemInstruction: { parts: [{ text: 'New.' }] } });
    client.session.sendClientContent({ turns: 'Hello.' });
    await client.turnComplete();
    expect(seen).toEqual(['New.']);
  });
});

describe.each(MODES)('functions of %s (%s)', (mode, model) => {
  const tools = (behavior?: Behavior): LiveConnectConfig => ({
    outputAudioTranscription: {},
    tools: [{ functionDeclarations: ['search', 'watch'].map((name) => ({ name, behavior })) }],
  });
  const call = (...names: string[]): BrainStep => ({ type: 'call', calls: names.map((name) => ({ name, args: {} })) });

  async function called(
    behavior: Behavior,
    steps: readonly (string | BrainStep)[],
  ): Promise<{ emulator: Emulator; client: SdkSession; ids: (string | undefined)[] }> {
    const { emulator, client } = await connect(mode, model, tools(behavior), say(...steps));
    client.session.sendClientContent({ turns: 'Search.' });
    const { toolCall } = await client.until((message) => message.toolCall);
    return { emulator, client, ids: toolCall?.functionCalls?.map(({ id }) => id) ?? [] };
  }

  it('that block are called together and answered apart', async () => {
    const { client, ids } = await called(Behavior.BLOCKING, [call('search', 'watch')]);
    expect(ids).toHaveLength(2);
    client.session.sendToolResponse({ functionResponses: { id: ids[1], name: 'watch', response: { output: 2 } } });
    client.session.sendToolResponse({ functionResponses: { id: ids[0], name: 'search', response: { output: 1 } } });
    await client.turnComplete();
  });

  it.each([
    [FunctionResponseScheduling.INTERRUPT, true, true],
    [FunctionResponseScheduling.WHEN_IDLE, false, true],
    [FunctionResponseScheduling.SILENT, false, false],
  ])('that do not block are answered %s', async (scheduling, interrupts, answers) => {
    const { emulator, client, ids } = await called(Behavior.NON_BLOCKING, [call('search'), LONG]);
    await client.until((message) => message.serverContent?.modelTurn?.parts?.[0]?.inlineData);
    client.session.sendToolResponse({ functionResponses: [{ id: ids[0], name: 'search', response: {}, scheduling }] });
    await client.turnComplete();
    if (answers) await expect.poll(() => client.transcript).toContain('And then.');
    const { received, sent } = emulator.sessions()[0]?.report() ?? {};
    expect(received?.toolResponses.last).toMatchObject([{ matched: true, scheduling }]);
    expect((sent?.interruptions ?? 0) > 0).toBe(interrupts);
    if (!answers) expect(client.transcript).not.toContain('And then.');
  });

  it('that go on answering are matched until they end', async () => {
    const { emulator, client, ids } = await called(Behavior.NON_BLOCKING, [call('watch')]);
    for (const willContinue of [true, true, false]) {
      const scheduling = FunctionResponseScheduling.SILENT;
      const response = { id: ids[0], name: 'watch', response: { price: 1 }, scheduling, willContinue };
      client.session.sendToolResponse({ functionResponses: [response] });
    }
    client.session.sendToolResponse({ functionResponses: [{ id: ids[0], name: 'watch', response: {} }] });
    const matched = (): boolean[] =>
      emulator
        .sessions()[0]
        ?.report()
        .received.toolResponses.last.map((each) => each.matched) ?? [];
    await expect.poll(matched).toEqual([true, true, true, false]);
  });

  it('that nobody needs any more are cancelled', async () => {
    const { client, ids } = await called(Behavior.BLOCKING, [call('search')]);
    client.session.sendRealtimeInput({ text: 'Never mind.' });
    const { toolCallCancellation } = await client.until((message) => message.toolCallCancellation);
    expect(toolCallCancellation?.ids).toEqual(ids);
  });

  it('that run on the server show in the answer', async () => {
    const { client } = await connect(
      mode,
      model,
      { tools: [{ googleSearch: {} }] },
      say(
        { type: 'parts', parts: [{ executableCode: { language: 'PYTHON', code: 'print(42)' } }] },
        { type: 'parts', parts: [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '42\n' } }] },
        { type: 'urlContext', metadata: { urlMetadata: [{ retrievedUrl: 'https://example.com' }] } },
        { type: 'grounding', metadata: { webSearchQueries: ['weather'] } },
        { type: 'endReason', reason: 'NEED_MORE_INPUT' },
        { type: 'waitForInput' },
      ),
    );
    client.session.sendClientContent({ turns: 'Compute.' });
    const last = await client.turnComplete();
    expect(last.serverContent?.groundingMetadata?.webSearchQueries).toEqual(['weather']);
    expect(last.serverContent?.turnCompleteReason).toBe(TurnCompleteReason.NEED_MORE_INPUT);
    expect(content(client).some((each) => each?.waitingForInput)).toBe(true);
    expect(content(client).some((each) => each?.urlContextMetadata?.urlMetadata?.length === 1)).toBe(true);
    const parts = content(client).flatMap((each) => each?.modelTurn?.parts ?? []);
    expect(parts.map((part) => part.executableCode?.code ?? part.codeExecutionResult?.output)).toEqual([
      'print(42)',
      '42\n',
    ]);
  });
});

describe.each(MODES)('errors of %s (%s)', (mode, model) => {
  async function connectToEnd(): Promise<{ emulator: Emulator; client: SdkSession }> {
    const emulator = await start();
    const ai = createSdk(mode, emulator, undefined, { showsEnds: true });
    return { emulator, client: await SdkSession.connect(ai, model) };
  }

  it('in the middle of a session arrive as a close with the words of the service', async () => {
    const { emulator, client } = await connect(mode, model);
    client.session.sendRealtimeInput({ activityStart: {} });
    expect(await client.untilClosed()).toEqual({
      code: 1007,
      reason: 'Explicit activity control is not supported when automatic activity detection is enabled.',
    });
    expect(emulator.sessions()[0]?.report().violations).toHaveLength(1);
  });

  it('of a network that breaks are 1006', async () => {
    const { emulator, client } = await connectToEnd();
    emulator.sessions()[0]?.drop();
    expect((await client.untilClosed()).code).toBe(front.lossCode);
  });

  it('of a full quota are 1011', async () => {
    const { emulator, client } = await connectToEnd();
    emulator.sessions()[0]?.close(1011, 'You exceeded your current quota, please check your plan and billing details.');
    expect((await client.untilClosed()).reason).toContain('exceeded your current quota');
  });
});

describe('the official SDK in gemini mode', () => {
  it('thinks where the model does, and shows it', async () => {
    const thought: BrainStep = { type: 'thought', text: '**Choosing**' };
    for (const [model, thinkingConfig] of [
      ['gemini-2.5-flash-native-audio-latest', { thinkingBudget: 100, includeThoughts: true }],
      ['gemini-3.1-flash-live-preview', { includeThoughts: true }],
      ['gemini-3.8-live-extended-thinking', { includeThoughts: true }],
    ] as const) {
      const { client } = await connect('gemini', model, { thinkingConfig }, say(thought, 'Yes.'));
      client.session.sendRealtimeInput({ text: 'Why?' });
      await client.turnComplete();
      const parts = content(client).flatMap((each) => each?.modelTurn?.parts ?? []);
      expect(parts.some((part) => part.thought)).toBe(true);
    }
  });

  it('gets words, offsets and speakers of what was said where it asks for them', async () => {
    const inputAudioTranscription = { languageCodes: ['en-US'], wordTimestamp: true, diarization: true };
    const { client } = await connect('gemini', 'gemini-3.8-live', { inputAudioTranscription });
    client.speak(samples);
    client.speak(new Int16Array(32_000));
    const message = await client.until((each) => each.serverContent?.inputTranscription);
    const heard = message.serverContent?.inputTranscription;
    expect(heard).toMatchObject({ text, languageCode: 'en-US', speakerLabel: 'spk_1', finished: true });
    expect(heard?.words?.map(({ word }) => word).join(' ')).toBe(text);
  });

  it('has affective dialog with 2.5 native', async () => {
    const config = { enableAffectiveDialog: true };
    const { emulator } = await connect('gemini', 'gemini-2.5-flash-native-audio-latest', config);
    expect(setupOf(emulator)).toMatchObject({ generationConfig: { enableAffectiveDialog: true } });
  });

  it('has proactive audio with 2.5 native on v1alpha, where it is a known name, and on no other version', async () => {
    const emulator = await start();
    const model = 'gemini-2.5-flash-native-audio-latest';
    const config = { proactivity: { proactiveAudio: true } };
    await SdkSession.connect(createSdk('gemini', emulator, 'v1alpha'), model, config);
    expect(setupOf(emulator)).toMatchObject(config);
    await expect(SdkSession.connect(createSdk('gemini', emulator, 'v1beta'), model, config)).rejects.toThrow(
      'Unknown name "proactivity" at \'setup\'',
    );
  });

  it('has proactive video with 3.8, together with proactive audio only', async () => {
    const proactivity = { proactiveAudio: true, proactiveVideo: true };
    const { emulator } = await connect('gemini', 'gemini-3.8-live', { proactivity });
    expect(setupOf(emulator)).toMatchObject({ proactivity });
    await expect(connect('gemini', 'gemini-3.8-live', { proactivity: { proactiveVideo: true } })).rejects.toThrow(
      'invalid argument',
    );
  });

  it('translates with the model that does, and with no other', async () => {
    const translationConfig = { targetLanguageCode: 'es', echoTargetLanguage: true };
    const config = { translationConfig, inputAudioTranscription: {}, outputAudioTranscription: {} };
    const { emulator, client } = await connect('gemini', 'gemini-3.5-live-translate-preview', config);
    expect(setupOf(emulator)).toMatchObject({ generationConfig: { translationConfig } });
    client.speak(samples);
    client.session.sendRealtimeInput({ audioStreamEnd: true });
    await client.turnComplete();
    expect(client.audioBytes).toBeGreaterThan(0);
    await expect(connect('gemini', 'gemini-3.8-live', config)).rejects.toThrow('invalid argument');
  });

  it('has no option for the initial history: the field never leaves it, so that is shown on the wire alone', async () => {
    const config = { historyConfig: { initialHistoryInClientContent: true } } as LiveConnectConfig;
    const { emulator } = await connect('gemini', 'gemini-3.1-flash-live-preview', config);
    expect(setupOf(emulator)).not.toHaveProperty('historyConfig');
  });

  it('gets the signature of a consent recording with a replicated voice', async () => {
    const replicatedVoiceConfig = { mimeType: 'audio/wav', voiceSampleAudio: 'UklGRg==', consentAudio: 'UklGRg==' };
    const { client } = await connect('gemini', 'gemini-3.8-live', {
      speechConfig: { voiceConfig: { replicatedVoiceConfig } },
    });
    const { setupComplete } = await client.until((message) => message.setupComplete);
    expect(setupComplete?.voiceConsentSignature?.signature).toBeTruthy();
  });

  it('has the kinds of tools that run on the server, with the models that have them', async () => {
    const tools = [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }, { googleMaps: {} }];
    const { emulator } = await connect('gemini', 'gemini-2.5-flash-native-audio-latest', { tools });
    expect(setupOf(emulator)).toMatchObject({ tools });
    for (const tool of tools.slice(1)) {
      await expect(connect('gemini', 'gemini-3.8-live', { tools: [tool] })).rejects.toThrow('invalid argument');
    }
  });

  it('takes safety settings, without a method', async () => {
    const safetySettings = [
      { category: HarmCategory.HARM_CATEGORY_HARASSMENT, threshold: HarmBlockThreshold.BLOCK_ONLY_HIGH },
    ];
    const { emulator } = await connect('gemini', 'gemini-3.8-live', { safetySettings });
    expect(setupOf(emulator)).toMatchObject({ safetySettings });
  });

  it('is told whether extended thinking is done', async () => {
    const { client } = await connect('gemini', 'gemini-3.8-live-extended-thinking', {}, say('Yes.'));
    client.session.sendClientContent({ turns: 'Well?' });
    const last = (await client.turnComplete()) as { serverContent?: { interactionStatus?: string } };
    expect(last.serverContent?.interactionStatus).toBe('IDLE');
  });
});

describe('the official SDK in vertex mode', () => {
  const MODEL = 'gemini-live-2.5-flash-native-audio';

  it('resumes transparently: it is told which of its messages were consumed', async () => {
    const { emulator, client } = await connect('vertex', MODEL, { sessionResumption: { transparent: true } });
    for (const word of ['One.', 'Two.', 'Three.']) {
      client.session.sendClientContent({ turns: word, turnComplete: false });
    }
    client.session.sendClientContent({ turnComplete: true });
    await client.turnComplete();
    // Both may have come in one piece.
    const from = client.messages.findLastIndex(({ serverContent }) => serverContent?.turnComplete);
    const update = await client.until((message) => message.sessionResumptionUpdate?.resumable, from);
    expect(update.sessionResumptionUpdate?.lastConsumedClientMessageIndex).toBe('4');
    client.session.close();
    await client.untilClosed();
    const handle = update.sessionResumptionUpdate?.newHandle;
    await SdkSession.connect(createSdk('vertex', emulator), MODEL, {
      sessionResumption: { handle, transparent: true },
    });
    expect(emulator.sessions()[1]?.report().resumedFrom).toBe('session-1');
  });

  it('gets signals of voice activity where it asks for them', async () => {
    const { client } = await connect('vertex', MODEL, { explicitVadSignal: true });
    client.speak(samples);
    client.speak(new Int16Array(32_000));
    await client.until((message) => message.voiceActivityDetectionSignal?.vadSignalType === 'VAD_SIGNAL_TYPE_SOS');
    await client.until((message) => message.voiceActivityDetectionSignal?.vadSignalType === 'VAD_SIGNAL_TYPE_EOS');
  });

  it('has affective dialog and proactive audio', async () => {
    const proactivity = { proactiveAudio: true };
    const { emulator } = await connect('vertex', MODEL, { enableAffectiveDialog: true, proactivity });
    expect(setupOf(emulator)).toMatchObject({ generationConfig: { enableAffectiveDialog: true }, proactivity });
  });

  it('has the kinds of tools that only Vertex has', async () => {
    const tools = [
      { enterpriseWebSearch: {} },
      { retrieval: { vertexRagStore: { ragResources: [{ ragCorpus: 'projects/p/locations/l/ragCorpora/1' }] } } },
    ];
    const { emulator } = await connect('vertex', MODEL, { tools });
    expect(setupOf(emulator)).toMatchObject({ tools });
  });

  it('takes safety settings, with a method', async () => {
    const safetySettings = [
      {
        category: HarmCategory.HARM_CATEGORY_HARASSMENT,
        threshold: HarmBlockThreshold.BLOCK_ONLY_HIGH,
        method: HarmBlockMethod.SEVERITY,
      },
    ];
    const { emulator } = await connect('vertex', MODEL, { safetySettings });
    expect(setupOf(emulator)).toMatchObject({ safetySettings });
  });

  it('gets arguments in pieces', async () => {
    const partialArgs = [[{ jsonPath: '$.body', stringValue: 'Dear ' }], [{ jsonPath: '$.body', stringValue: 'Ada' }]];
    const { client } = await connect(
      'vertex',
      MODEL,
      { tools: [{ functionDeclarations: [{ name: 'write_note' }] }] },
      say({ type: 'call', calls: [{ name: 'write_note', args: {}, partialArgs }] }),
    );
    client.session.sendClientContent({ turns: 'Write.' });
    await client.until((message) => message.toolCall?.functionCalls?.some((call) => !call.willContinue));
    const calls = client.messages.flatMap((message) => message.toolCall?.functionCalls ?? []);
    expect(calls.flatMap((call) => call.partialArgs?.map((piece) => piece.stringValue)).join('')).toBe('Dear Ada');
    expect(new Set(calls.map(({ id }) => id)).size).toBe(1);
  });

  it('gets avatar video from 3.8', async () => {
    const { client } = await connect('vertex', 'gemini-3.8-live', {
      responseModalities: [Modality.VIDEO],
      avatarConfig: { avatarName: 'Kira' },
    });
    client.session.sendClientContent({ turns: 'Hello.' });
    await client.turnComplete();
    const parts = content(client).flatMap((each) => each?.modelTurn?.parts ?? []);
    const [first] = parts.flatMap((part) => part.inlineData ?? []);
    expect(first?.mimeType).toMatch(/^video\/mp4/);
    expect(Buffer.from(first?.data ?? '', 'base64').toString('latin1', 4, 12)).toBe('ftypisom');
  });
});
