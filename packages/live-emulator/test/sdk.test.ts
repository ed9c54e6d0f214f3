import { FunctionResponseScheduling, Modality } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { type Emulator, type EmulatorOptions, PhraseTranscriber, ScriptedBrain, startEmulator } from '../src/index.ts';
import { createSdk, front, SdkSession } from './google-sdk.ts';

const phrases = await loadFixturePhrases();
const phrase = phrases.find(({ file }) => file === 'ana-money.wav') ?? raise();
const SILENCE = new Int16Array(32_000);
const TRANSCRIBED = { inputAudioTranscription: {}, outputAudioTranscription: {} };
const running: Emulator[] = [];

function raise(): never {
  throw new Error('a fixture is missing');
}

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ timeScale: 40, transcriber: new PhraseTranscriber({ phrases }), ...options });
  running.push(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

const MODES = [
  { mode: 'gemini', model: 'gemini-3.8-live', sessionId: undefined },
  { mode: 'gemini', model: 'gemini-2.5-flash-native-audio-latest', sessionId: undefined },
  { mode: 'gemini', model: 'gemini-3.1-flash-live-preview', sessionId: undefined },
  { mode: 'vertex', model: 'gemini-live-2.5-flash-native-audio', sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  { mode: 'vertex', model: 'gemini-live-2.5-flash', sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
] as const;

describe.each(MODES)('the official SDK in $mode mode with $model', ({ mode, model, sessionId }) => {
  it('connects, by the path and with the credentials of its mode', async () => {
    const emulator = await start(mode === 'vertex' ? { bearerTokens: ['test-token'] } : { apiKeys: ['test-key'] });
    const client = await SdkSession.connect(createSdk(mode, emulator), model);
    const setupComplete = await client.until((message) => message.setupComplete);
    expect(setupComplete.setupComplete?.sessionId).toEqual(sessionId);
    const report = emulator.sessions()[0]?.report();
    expect(report?.backend).toBe(mode);
    expect(report?.path).toBe(
      mode === 'vertex'
        ? '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent'
        : '/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent',
    );
    expect(report?.model).toContain(model);
    client.session.close();
    await expect
      .poll(() => emulator.sessions()[0]?.report().close)
      .toEqual({
        code: front.goodbyeCode,
        reason: '',
        by: 'client',
      });
  });

  it('has a typed turn with audio, transcript and usage', async () => {
    const emulator = await start();
    const client = await SdkSession.connect(createSdk(mode, emulator), model, TRANSCRIBED);
    client.session.sendClientContent({ turns: 'Ana: Hello there.' });
    const last = await client.turnComplete();
    expect(client.transcript).toContain('Hello, Ana.');
    expect(client.audioBytes).toBeGreaterThan(48_000);
    expect(last.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
    expect(last.usageMetadata?.responseTokenCount).toBeGreaterThan(0);
  });

  it('has a spoken turn from a WAV file, with both transcriptions', async () => {
    const emulator = await start();
    const client = await SdkSession.connect(createSdk(mode, emulator), model, TRANSCRIBED);
    client.speak(phrase.samples);
    client.speak(SILENCE);
    await client.turnComplete();
    const heard = client.messages.map((message) => message.serverContent?.inputTranscription?.text ?? '').join('');
    expect(heard.trim()).toBe(phrase.text);
    expect(client.transcript).toContain('good question');
  });

  it('is interrupted by speech', async () => {
    const emulator = await start({ timeScale: 1 });
    const client = await SdkSession.connect(createSdk(mode, emulator), model);
    client.session.sendClientContent({ turns: 'Please count to thirty.' });
    await client.until((message) => message.serverContent?.modelTurn?.parts?.some((part) => part.inlineData));
    client.speak(phrase.samples);
    await client.until((message) => message.serverContent?.interrupted);
    await client.turnComplete();
    expect(client.messages.some((message) => message.serverContent?.generationComplete)).toBe(false);
  });

  it('marks activity itself', async () => {
    const emulator = await start();
    const client = await SdkSession.connect(createSdk(mode, emulator), model, {
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
      inputAudioTranscription: {},
    });
    client.session.sendRealtimeInput({ activityStart: {} });
    client.speak(phrase.samples);
    client.session.sendRealtimeInput({ activityEnd: {} });
    await client.turnComplete();
    expect(emulator.sessions()[0]?.report().heard.utterances).toMatchObject([{ text: phrase.text }]);
  });

  it('shows pictures and types into the live stream', async () => {
    const emulator = await start();
    const client = await SdkSession.connect(createSdk(mode, emulator), model, TRANSCRIBED);
    client.session.sendRealtimeInput({ video: { mimeType: 'image/jpeg', data: '/9j/2w==' } });
    client.session.sendRealtimeInput({ text: 'What do you see?' });
    await client.turnComplete();
    expect(client.transcript).toContain('I have received one picture so far.');
    expect(emulator.sessions()[0]?.pictures()).toHaveLength(1);
  });

  it('answers a function call', async () => {
    const emulator = await start();
    const client = await SdkSession.connect(createSdk(mode, emulator), model, {
      ...TRANSCRIBED,
      tools: [
        {
          functionDeclarations: [
            {
              name: 'lookup_order',
              description: 'Returns the state of an order.',
              parametersJsonSchema: {
                type: 'object',
                properties: { order_id: { type: 'string', pattern: '^[A-Z]{2}[0-9]{4}$' } },
                required: ['order_id'],
              },
            },
          ],
        },
      ],
    });
    client.session.sendClientContent({ turns: 'What became of order AB1234?' });
    const { toolCall } = await client.until((message) => message.toolCall);
    const [call] = toolCall?.functionCalls ?? [];
    expect(call).toMatchObject({ name: 'lookup_order', args: { order_id: 'AB1234' } });
    const { id, name } = call ?? {};
    client.session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'It was shipped.' } }] });
    await expect.poll(() => client.transcript).toContain('Lookup order says: It was shipped.');
  });

  it('resumes by handle', async () => {
    const emulator = await start();
    const ai = createSdk(mode, emulator);
    const first = await SdkSession.connect(ai, model, { sessionResumption: {} });
    const update = await first.until((message) => message.sessionResumptionUpdate?.newHandle);
    const handle = update.sessionResumptionUpdate?.newHandle ?? '';
    await expect(SdkSession.connect(ai, model, { sessionResumption: { handle } })).rejects.toThrow('code 1011');
    first.session.close();
    await first.untilClosed();
    const second = await SdkSession.connect(ai, model, { sessionResumption: { handle } });
    second.session.close();
    expect(emulator.sessions().at(-1)?.report().resumedFrom).toBe('session-1');
    await expect(SdkSession.connect(ai, model, { sessionResumption: { handle: 'made-up' } })).rejects.toThrow(
      'BidiGenerateContent session not found',
    );
  });

  it('is told that the connection ends, and then it does', async () => {
    const emulator = await start({ maxConnectionSeconds: 10, timeScale: 20 });
    const ai = createSdk(mode, emulator, undefined, { showsEnds: true });
    const client = await SdkSession.connect(ai, model);
    const { goAway } = await client.until((message) => message.goAway);
    expect(goAway?.timeLeft).toBe('5s');
    expect(await client.untilClosed()).toEqual({
      code: 1011,
      reason: 'Deadline expired before operation could complete.',
    });
  });

  it('is told why a setup is wrong', async () => {
    const emulator = await start();
    const ai = createSdk(mode, emulator);
    await expect(SdkSession.connect(ai, 'gemini-nonsense')).rejects.toThrow(/code 1008.*not found/i);
    const speechConfig = { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Pika' } } };
    await expect(SdkSession.connect(ai, model, { speechConfig })).rejects.toThrow("voice api_name 'Pika'");
    const responseModalities = [Modality.AUDIO, Modality.TEXT];
    await expect(SdkSession.connect(ai, model, { responseModalities })).rejects.toThrow(
      'At most one response modality',
    );
  });
});

describe('the official SDK', () => {
  it('is refused with a wrong key or token, in the words of the service', async () => {
    const emulator = await start({ apiKeys: ['other'], bearerTokens: ['other'] });
    await expect(SdkSession.connect(createSdk('gemini', emulator), 'gemini-3.8-live')).rejects.toThrow(
      'API key not valid',
    );
    await expect(SdkSession.connect(createSdk('vertex', emulator), 'gemini-live-2.5-flash')).rejects.toThrow(
      'invalid authentication credentials',
    );
  });

  it('gets the audio offsets of voice activity in both modes', async () => {
    for (const mode of ['gemini', 'vertex'] as const) {
      const emulator = await start();
      const client = await SdkSession.connect(createSdk(mode, emulator), 'gemini-3.8-live');
      client.speak(phrase.samples);
      client.speak(SILENCE);
      const first = await client.until((message) => message.voiceActivity);
      expect(first.voiceActivity?.audioOffset).toMatch(/^0\.1[02]0s$/);
    }
  });

  it('lets a background function interrupt', async () => {
    const emulator = await start({
      brain: new ScriptedBrain([
        [{ type: 'call', calls: [{ name: 'search', args: {} }] }, 'One, two, three, four, five, six, seven, eight.'],
        'I found it.',
      ]),
      timeScale: 1,
    });
    const client = await SdkSession.connect(createSdk('gemini', emulator), 'gemini-3.8-live', {
      ...TRANSCRIBED,
      tools: [{ functionDeclarations: [{ name: 'search' }] }],
    });
    client.session.sendClientContent({ turns: 'Search.' });
    const { toolCall } = await client.until((message) => message.toolCall);
    await client.until((message) => message.serverContent?.modelTurn);
    client.session.sendToolResponse({
      functionResponses: [
        {
          id: toolCall?.functionCalls?.[0]?.id,
          name: 'search',
          response: {},
          scheduling: FunctionResponseScheduling.INTERRUPT,
        },
      ],
    });
    await client.until((message) => message.serverContent?.interrupted);
    await expect.poll(() => client.transcript).toContain('I found it.');
  });

  it('can push five seconds of audio at once', async () => {
    const emulator = await start();
    const client = await SdkSession.connect(createSdk('gemini', emulator), 'gemini-3.8-live', TRANSCRIBED);
    client.speak(new Int16Array(16_000));
    client.speak(phrase.samples);
    client.speak(SILENCE);
    const ended = await client.until(
      (message) =>
        message.voiceActivity?.voiceActivityType === 'ACTIVITY_END' ||
        (message.voiceActivity as { type?: string } | undefined)?.type === 'ACTIVITY_END',
    );
    expect(Number.parseFloat(ended.voiceActivity?.audioOffset ?? '')).toBeCloseTo(
      1 + phrase.samples.length / 16_000 - 0.1,
      0,
    );
  });
});
