import type { ServerMessage } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import { PhraseTranscriber, PROFILE_NAMES, ScriptedBrain } from '../src/index.ts';
import { audioSeconds, Bench, MODELS, outline, serverViolation, transcript } from './session-harness.ts';

const TRANSCRIBED = { inputAudioTranscription: {}, outputAudioTranscription: {} };
const TEXT = 'The parcel is on its way. It arrives on Monday.';
const phrases = await loadFixturePhrases();
const phrase = phrases.find(({ file }) => file === 'ben-noise.wav') ?? raise();
const transcriber = new PhraseTranscriber({ phrases });

function raise(): never {
  throw new Error('a fixture is missing');
}

describe('a typed turn', () => {
  it('of 2.5 native is thought, transcript ahead of audio, generationComplete, turnComplete', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([[{ type: 'thought', text: '**Thinking**' }, TEXT]]) });
    const client = await bench.open('2.5-native', TRANSCRIBED);
    client.say('Where is it?');
    await client.turnComplete();
    const words = client.outline(1);
    expect(words.slice(0, 4)).toEqual(['thought', 'output', 'audio', 'output']);
    expect(words.slice(-3)).toEqual(['audio', 'generationComplete', 'turnComplete']);
  });

  it.each(['3.1', '3.8', '3.8-et'] as const)(
    'of %s has the transcript in the messages of the audio',
    async (profile) => {
      const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
      const client = await bench.open(profile, TRANSCRIBED);
      client.say('Where is it?');
      await client.turnComplete();
      expect(new Set(client.outline(1))).toEqual(
        new Set(['audio+output', 'audio', 'generationComplete', 'turnComplete']),
      );
      expect(client.outline(1).slice(-2)).toEqual(['generationComplete', 'turnComplete']);
    },
  );

  it('of Vertex 2.5 flash has the whole transcript, framed, before all audio', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
    const client = await bench.open('vertex-2.5-flash', TRANSCRIBED);
    client.say('Where is it?');
    const last = await client.turnComplete();
    expect(client.outline(1)).toEqual([
      'outputOpen',
      'output',
      'outputFinished',
      'audio',
      'generationComplete',
      'turnComplete',
    ]);
    expect(last.message.serverContent?.groundingMetadata).toEqual({});
  });

  it.each(PROFILE_NAMES)(
    'of %s says everything the brain said, in messages the service could have sent',
    async (profile) => {
      const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
      const client = await bench.open(profile, TRANSCRIBED);
      client.say('Where is it?');
      await client.turnComplete();
      expect(transcript(client.messages).trim()).toBe(TEXT);
      expect(audioSeconds(client.messages)).toBeGreaterThan(3);
      for (const message of client.messages) expect(serverViolation(message, MODELS[profile].backend)).toBeNull();
    },
  );

  it('has no transcript unless the setup asks for one', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
    for (const profile of PROFILE_NAMES) {
      const client = await bench.open(profile);
      client.say('Where is it?');
      await client.turnComplete();
      expect(transcript(client.messages)).toBe('');
    }
  });

  it('streams audio three times as fast as it sounds and holds turnComplete until it has sounded', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
    const client = await bench.open('2.5-native');
    client.say('Where is it?');
    const end = await client.turnComplete();
    const chunks = client.received.filter(({ message }) => message.serverContent?.modelTurn);
    const first = chunks[0]?.atMs ?? 0;
    const seconds = audioSeconds(client.messages);
    const streamed = ((chunks.at(-1)?.atMs ?? 0) - first) / 1000;
    expect(streamed / seconds).toBeGreaterThan(0.3);
    expect(streamed / seconds).toBeLessThan(0.35);
    expect(end.atMs - first).toBeCloseTo(seconds * 1000, -1);
    for (const { message } of chunks) expect(audioSeconds([message])).toBeLessThanOrEqual(0.2);
  });

  it('answers with text where the model writes', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
    const client = bench.connect('gemini');
    client.send({
      setup: { model: 'models/gemini-3.5-transcribe-live', generationConfig: { responseModalities: ['TEXT'] } },
    });
    await client.until((message) => message.setupComplete !== undefined);
    client.say('Where is it?');
    await client.turnComplete();
    expect(outline(client.messages).slice(1)).toEqual(['text', 'generationComplete', 'turnComplete']);
    const said = client.messages.map((message) => message.serverContent?.modelTurn?.parts?.[0]?.text ?? '').join('');
    expect(said.trim()).toBe(TEXT);
  });

  it('with turnComplete absent waits for more', async () => {
    const bench = new Bench();
    const client = await bench.open('3.8');
    client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'My name is Ada.' }] }] } });
    await bench.clock.advance(10_000);
    expect(client.outline(1)).toEqual([]);
    client.send({ clientContent: { turnComplete: true } });
    await client.turnComplete();
    expect(client.outline(1)).toContain('audio');
  });

  it('as realtime text is answered too, and echoed by 3.1 only', async () => {
    for (const profile of ['2.5-native', '3.1', '3.8'] as const) {
      const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
      const client = await bench.open(profile, TRANSCRIBED);
      client.send({ realtimeInput: { text: 'What time is it?' } });
      await client.turnComplete();
      expect(client.outline(1).includes('input')).toBe(profile === '3.1');
      expect(client.outline(1)).toContain('generationComplete');
    }
  });
});

describe('usage', () => {
  it("has each backend's own names", async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
    const gemini = await bench.open('2.5-native');
    gemini.say('Where is my parcel?');
    const { usageMetadata: usage } = (await gemini.turnComplete()).message;
    expect(usage?.promptTokenCount).toBe(1_130 + 5);
    expect(usage?.responseTokenCount).toBe(Math.ceil(audioSeconds(gemini.messages) * 25));
    expect(usage?.totalTokenCount).toBe((usage?.promptTokenCount ?? 0) + (usage?.responseTokenCount ?? 0));
    expect(usage?.responseTokensDetails).toEqual([{ modality: 'AUDIO', tokenCount: usage?.responseTokenCount }]);
    expect(usage?.candidatesTokenCount).toBeUndefined();
    const vertex = await bench.open('vertex-2.5-flash');
    vertex.say('Where is my parcel?');
    const other = (await vertex.turnComplete()).message.usageMetadata;
    const tokenCount = Math.ceil(TEXT.length / 4);
    expect(other?.candidatesTokenCount).toBe(tokenCount);
    // As recorded: a half-cascade model writes, and the sound is named without a count.
    expect(other?.candidatesTokensDetails).toEqual([{ modality: 'TEXT', tokenCount }, { modality: 'AUDIO' }]);
    expect(other?.responseTokenCount).toBeUndefined();
    expect(other?.trafficType).toBe('ON_DEMAND');
  });

  it('leaves out what is nothing: counts of zero and lists without an element', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([[{ type: 'pause', ms: 5_000 }, TEXT], TEXT]) });
    const client = await bench.open('3.8');
    client.send({ clientContent: { turnComplete: true } });
    await bench.clock.advance(1_000);
    client.say('Stop.');
    const cut = client.messages.find((message) => message.serverContent?.turnComplete);
    expect(cut?.usageMetadata).toEqual({ promptTokenCount: 310, totalTokenCount: 310 });
  });

  it('bills the whole context anew in every turn', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]) });
    const client = await bench.open('3.8');
    client.say('One.');
    const first = (await client.turnComplete()).message.usageMetadata;
    client.say('Two.');
    const second = (await client.turnComplete()).message.usageMetadata;
    expect(second?.promptTokenCount).toBe((first?.totalTokenCount ?? 0) + 1);
  });

  it('counts 25 tokens for a second of speech and 258 for a picture', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([TEXT]), transcriber });
    const client = await bench.open('3.8');
    client.send({ realtimeInput: { video: { mimeType: 'image/jpeg', data: '/9j/2w==' } } });
    client.speak(phrase.samples);
    client.silence(1);
    const usage = (await client.turnComplete()).message.usageMetadata;
    const heard = client.session.record.report().heard.utterances[0];
    const seconds = ((heard?.endMs ?? 0) - (heard?.startMs ?? 0)) / 1000;
    expect(usage?.promptTokensDetails).toEqual([
      { modality: 'AUDIO', tokenCount: Math.ceil(seconds * 25) },
      { modality: 'IMAGE', tokenCount: 258 },
    ]);
  });

  it('forgets the oldest turns when compression is on', async () => {
    const bench = new Bench({ brain: new ScriptedBrain(['Yes.']) });
    const compression = { contextWindowCompression: { triggerTokens: '1000', slidingWindow: { targetTokens: '500' } } };
    const client = await bench.open('3.8', compression);
    let highest = 0;
    for (let turn = 0; turn < 12; turn += 1) {
      client.say('x'.repeat(600));
      highest = Math.max(highest, (await client.turnComplete()).message.usageMetadata?.promptTokenCount ?? 0);
    }
    expect(highest).toBeLessThan(1_400);
  });
});

describe('a spoken turn', () => {
  it('of 3.8 is heard in audio time, however fast it is pushed', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('3.8', TRANSCRIBED);
    client.silence(1);
    client.speak(phrase.samples);
    client.silence(1);
    await client.turnComplete();
    const words = client.outline(1);
    expect(words.slice(0, 3)).toEqual(['start', 'input', 'end']);
    expect(words.slice(-2)).toEqual(['generationComplete', 'turnComplete']);
    const find = (matches: (message: ServerMessage) => unknown): ServerMessage | undefined =>
      client.messages.find(matches);
    expect(find((message) => message.serverContent?.inputTranscription)?.serverContent?.inputTranscription).toEqual({
      text: phrase.text,
    });
    const start = find((message) => message.voiceActivity)?.voiceActivity;
    expect(start?.type).toBe('ACTIVITY_START');
    expect(start?.audioOffset).toBe('1.100s');
  });

  it('of 2.5 native comes back word by word', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('2.5-native', TRANSCRIBED);
    client.speak(phrase.samples);
    client.silence(1);
    await client.turnComplete();
    const pieces = client.messages.flatMap((message) => message.serverContent?.inputTranscription?.text ?? []);
    expect(pieces.slice(0, 3)).toEqual([' My', ' neighbours', ' are']);
    expect(pieces.at(-1)).toBe('.');
    expect(pieces.join('').trim()).toBe(phrase.text);
    expect(client.outline(1)).not.toContain('start');
  });

  it('of Vertex is framed by an empty opener and a finished closer', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('vertex-2.5-flash', TRANSCRIBED);
    client.speak(phrase.samples);
    client.silence(2);
    await client.turnComplete();
    const pieces = client.messages.flatMap((message) => message.serverContent?.inputTranscription ?? []);
    expect(pieces[0]).toEqual({});
    expect(pieces.at(-1)).toEqual({ finished: true });
  });

  it('at any declared rate is the same utterance', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('3.8');
    const at48k = Int16Array.from(
      { length: phrase.samples.length * 3 },
      (_, index) => phrase.samples[Math.floor(index / 3)] ?? 0,
    );
    client.speak(at48k, 48_000);
    client.speak(new Int16Array(48_000), 48_000);
    await client.turnComplete();
    expect(client.session.record.report().heard.utterances.map(({ text }) => text)).toEqual([phrase.text]);
    expect(client.session.record.heard().sampleRate).toBe(48_000);
  });

  it('keeps its beginning however late the setup wants it committed', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('3.8', {
      realtimeInputConfig: { automaticActivityDetection: { prefixPaddingMs: 1_500, silenceDurationMs: 600 } },
    });
    // Steady enough to count as uninterrupted speech for a second and a half.
    const loud = phrase.samples.map((sample, index) => sample + 900 * Math.sin(index / 9));
    client.speak(loud);
    client.silence(1);
    await client.turnComplete();
    expect(client.session.record.report().heard.utterances.map(({ text }) => text)).toEqual([phrase.text]);
  });

  it('ends at once when the audio stream ends', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('3.8');
    client.speak(phrase.samples);
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await client.turnComplete();
    expect(client.session.record.report().heard.utterances).toHaveLength(1);
  });

  it('never begins in silence, nor in the quiet hum of a room', async () => {
    const bench = new Bench();
    const client = await bench.open('3.8');
    client.silence(5);
    client.speak(Int16Array.from({ length: 80_000 }, (_, index) => 30 * Math.sin(index / 20)));
    await bench.clock.advance(10_000);
    expect(client.outline(1)).toEqual([]);
  });

  it('by marked activity is answered after its end, without voice activity detection', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('3.8', {
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
      ...TRANSCRIBED,
    });
    client.speak(phrase.samples);
    client.silence(2);
    await bench.clock.advance(5_000);
    expect(client.outline(1)).toEqual([]);
    client.send({ realtimeInput: { activityStart: {} } });
    client.speak(phrase.samples);
    client.silence(2);
    await bench.clock.advance(5_000);
    expect(client.outline(1)).toEqual([]);
    client.send({ realtimeInput: { activityEnd: {} } });
    await client.turnComplete();
    expect(client.outline(1)[0]).toBe('input');
    expect(client.outline(1)).not.toContain('start');
  });

  it('sends the signals that Vertex projects can ask for', async () => {
    const bench = new Bench({ transcriber });
    const client = await bench.open('vertex-2.5-flash', { explicitVadSignal: true });
    client.speak(phrase.samples);
    client.silence(2);
    await client.turnComplete();
    const signals = client.messages.flatMap((message) => message.voiceActivityDetectionSignal?.vadSignalType ?? []);
    expect(signals).toEqual(['VAD_SIGNAL_TYPE_SOS', 'VAD_SIGNAL_TYPE_EOS']);
  });
});

describe('initial history', () => {
  it('is absorbed without an answer until it is complete', async () => {
    const seen: unknown[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        seen.push(turn.history, turn.input);
        return 'Hello again.';
      },
    ]);
    const bench = new Bench({ brain });
    const client = await bench.open('3.1', { historyConfig: { initialHistoryInClientContent: true } });
    const turns = [
      { role: 'user', parts: [{ text: 'My name is Ada.' }] },
      { role: 'model', parts: [{ text: 'Nice to meet you.' }] },
    ];
    client.send({ clientContent: { turns, turnComplete: false } });
    client.send({ clientContent: { turnComplete: true } });
    await bench.clock.advance(10_000);
    expect(client.outline(1)).toEqual([]);
    client.send({ realtimeInput: { text: 'Who am I?' } });
    await client.turnComplete();
    expect(seen[0]).toMatchObject([
      { role: 'user', text: 'My name is Ada.' },
      { role: 'model', text: 'Nice to meet you.' },
    ]);
    expect(seen[1]).toMatchObject([{ type: 'text', text: 'Who am I?' }]);
  });

  it.each(['3.1', '3.8'] as const)(
    'of %s leaves text, speech and marked activity of the live stream unanswered until it is complete',
    async (profile) => {
      const seen: string[][] = [];
      const brain = new ScriptedBrain([
        (turn) => {
          seen.push(turn.input.map((item) => (item.type === 'text' ? item.text : item.type)));
          return 'Yes.';
        },
      ]);
      const bench = new Bench({ brain });
      const client = await bench.open(profile, {
        historyConfig: { initialHistoryInClientContent: true },
        realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
      });
      client.send({ realtimeInput: { text: 'Too early.' } });
      client.send({ realtimeInput: { activityStart: {} } });
      client.silence(1);
      client.send({ realtimeInput: { activityEnd: {} } });
      await bench.clock.advance(10_000);
      expect(client.outline(1)).toEqual([]);
      client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'I am Ada.' }] }], turnComplete: true } });
      await bench.clock.advance(10_000);
      expect(client.outline(1)).toEqual([]);
      client.send({ realtimeInput: { text: 'Now.' } });
      await client.turnComplete();
      // What came too early is part of what is answered at last.
      expect(seen).toHaveLength(1);
      expect(seen[0]?.at(0)).toBe('Too early.');
      expect(seen[0]?.at(-1)).toBe('Now.');
    },
  );
});

describe('what a brain is told', () => {
  it('holds pictures, texts and a changed system instruction', async () => {
    const turns: unknown[] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        turns.push(turn);
        return 'Yes.';
      },
    ]);
    const bench = new Bench({ brain });
    const client = await bench.open('vertex-2.5-flash', {
      systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
    });
    client.send({
      clientContent: {
        turns: [
          { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw==' } }, { text: 'Look.' }] },
        ],
        turnComplete: true,
      },
    });
    await client.turnComplete();
    client.send({ clientContent: { turns: [{ role: 'system', parts: [{ text: 'Answer in French.' }] }] } });
    client.say('And now?');
    await client.turnComplete();
    expect(turns).toMatchObject([
      {
        number: 1,
        systemInstruction: 'Be brief.\nBe kind.',
        pictureCount: 1,
        input: [
          { type: 'picture', byteLength: 4 },
          { type: 'text', text: 'Look.' },
        ],
      },
      {
        number: 2,
        systemInstruction: 'Answer in French.',
        history: [
          { role: 'user', text: 'Look.' },
          { role: 'model', text: 'Yes.' },
        ],
      },
    ]);
  });
});
