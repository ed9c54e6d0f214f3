import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, type Client, MODELS, PATHS } from './session-harness.ts';

interface Example {
  readonly dir: 'client' | 'server';
  readonly backend: 'gemini' | 'vertex' | 'both';
  readonly name: string;
  readonly message: Record<string, unknown>;
}

const file = new URL('../../live-protocol/fixtures/examples.jsonl', import.meta.url);
const examples = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Example)
  .filter(({ dir }) => dir === 'client');

/** Setups that are well-formed and still refused: on this API version, or because a handle is made up. */
const REFUSED_SETUPS: Readonly<Record<string, string>> = {
  'setup.resume': 'BidiGenerateContent session not found',
  'setup.resumeTransparent': 'BidiGenerateContent session not found',
};

/** Setups with a field that only this version of the API has. */
const VERSIONS: Readonly<Record<string, string>> = { 'gemini setup.full': 'v1alpha' };

/** What the documented examples of mistakes are answered with. */
const INVALID: Readonly<Record<string, string>> = {
  'invalid.unknownTopLevel': 'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
  'invalid.transcriptionInGenerationConfig':
    'Invalid JSON payload received. Unknown name "inputAudioTranscription" at \'setup.generation_config\': Cannot find field.',
  'invalid.modalitiesAtSetupLevel':
    'Invalid JSON payload received. Unknown name "responseModalities" at \'setup\': Cannot find field.',
  'invalid.twoModalities':
    'At most one response modality can be specified in the setup request. To enable simultaneous transcription and audio output,',
  'invalid.twoKinds': "Invalid value (oneof), oneof field 'message_type' is already set. Cannot set 'realtimeInput'",
  'invalid.generationConfigUnsupportedInLive': 'Request contains an invalid argument.',
  'invalid.multiSpeaker': 'Request contains an invalid argument.',
  'invalid.activityStartWithAutoVad':
    'Explicit activity control is not supported when automatic activity detection is enabled.',
  'invalid.audioOddBytes':
    'error when processing input audio, please check if the inputaudio is in valid format: 16khz s16le pcm, mono channel',
};

/** What the report says of them: which field is to blame, as people write it, and what to do. */
const BLAMED: Readonly<Record<string, readonly [path: string, remedy: string]>> = {
  'invalid.unknownTopLevel': [
    'foo',
    'Leave it out, or use one of setup, clientContent, realtimeInput, toolResponse, contextUpdate.',
  ],
  'invalid.transcriptionInGenerationConfig': ['setup.generationConfig.inputAudioTranscription', 'Put it into setup.'],
  'invalid.modalitiesAtSetupLevel': ['setup.responseModalities', 'Put it into setup.generationConfig.'],
  'invalid.twoModalities': ['setup.generationConfig.responseModalities', 'Name one modality, such as ["AUDIO"].'],
  'invalid.twoKinds': ['realtimeInput', 'Send each in a message of its own.'],
  'invalid.generationConfigUnsupportedInLive': [
    'setup.generationConfig.responseLogprobs',
    'Leave it out: Live does not take responseLogprobs.',
  ],
  'invalid.multiSpeaker': [
    'setup.generationConfig.speechConfig.multiSpeakerVoiceConfig',
    'Leave it out: several speakers are for text to speech, a Live model has one voice.',
  ],
  'invalid.activityStartWithAutoVad': [
    'realtimeInput.activityStart',
    'Set realtimeInputConfig.automaticActivityDetection.disabled in setup, or send no activity markers.',
  ],
  'invalid.audioOddBytes': [
    'realtimeInput.audio.data',
    'Cut audio between samples: PCM16 has an even number of bytes, this piece has 3.',
  ],
};

function isSetup(example: Example): boolean {
  return 'setup' in example.message;
}

function sides(example: Example): ('gemini' | 'vertex')[] {
  return example.backend === 'both' ? ['gemini', 'vertex'] : [example.backend];
}

async function ready(bench: Bench, backend: 'gemini' | 'vertex'): Promise<Client> {
  return bench.open(backend === 'gemini' ? '3.8' : 'vertex-2.5-flash');
}

describe('the documented client messages', () => {
  it.each(examples.filter(isSetup).filter(({ name }) => !(name in INVALID)))('$backend $name', async (example) => {
    for (const backend of sides(example)) {
      const bench = new Bench();
      const client = bench.connect(backend, { apiVersion: VERSIONS[`${backend} ${example.name}`] });
      client.send(example.message);
      await bench.clock.advance(1_000);
      const refused = REFUSED_SETUPS[example.name];
      if (refused === undefined) expect([client.closed, client.outline()]).toEqual([null, ['setupComplete']]);
      else expect(client.closed?.reason).toBe(refused);
    }
  });

  it.each(examples.filter((example) => !isSetup(example) && !(example.name in INVALID)))(
    '$backend $name',
    async (example) => {
      for (const backend of sides(example)) {
        const bench = new Bench();
        const manual = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
        const profile = backend === 'vertex' ? 'vertex-2.5-flash' : '2.5-native';
        const client = await bench.open(profile, example.name.includes('activity') ? manual : {});
        client.send(example.message);
        await bench.clock.advance(5_000);
        expect(client.closed).toBeNull();
      }
    },
  );

  it.each(examples.filter(({ name }) => name in INVALID))(
    '$backend $name is refused as documented',
    async (example) => {
      for (const backend of sides(example)) {
        const bench = new Bench();
        const client = isSetup(example) ? bench.connect(backend) : await ready(bench, backend);
        client.send(example.message);
        await bench.clock.advance(1_000);
        expect(client.closed).toEqual({ code: 1007, reason: INVALID[example.name] });
        const [violation, ...more] = client.session.record.report().violations;
        expect(more).toEqual([]);
        expect([violation?.path, violation?.remedy]).toEqual(BLAMED[example.name]);
      }
    },
  );

  it('are all looked at above', () => {
    expect(Object.keys(INVALID).every((name) => examples.some((example) => example.name === name))).toBe(true);
    expect(examples.length).toBeGreaterThan(60);
  });
});

describe('the order of messages', () => {
  it.each([{ clientContent: { turnComplete: true } }, { realtimeInput: { text: 'Hello.' } }, { toolResponse: {} }])(
    '%j before the setup is refused',
    async (message) => {
      const client = new Bench().connect();
      client.send(message);
      expect(client.closed).toEqual({ code: 1007, reason: 'setup must be the first message and only the first' });
      expect(client.session.record.report().violations).toMatchObject([
        { path: Object.keys(message)[0], remedy: 'Send the setup first, and wait for setupComplete.' },
      ]);
    },
  );

  it('a second setup is refused, before and after the first one stands', async () => {
    const { model } = MODELS['3.8'];
    const early = new Bench().connect();
    early.send({ setup: { model } });
    early.send({ setup: { model } });
    expect(early.closed?.reason).toBe('setup must be the first message and only the first');
    const late = await new Bench().open('3.8');
    late.send({ setup: { model } });
    expect(late.closed).toEqual({ code: 1007, reason: 'setup must be the first message and only the first' });
  });

  it('what comes between setup and setupComplete is taken right after it', async () => {
    const bench = new Bench();
    const client = bench.connect();
    client.send({ setup: { model: MODELS['3.8'].model } });
    client.say('Hello.');
    await client.turnComplete();
    expect(client.outline()).toEqual(['setupComplete', 'audio', 'generationComplete', 'turnComplete']);
  });
});

describe('setups that make no sense', () => {
  it.each([
    [
      'gemini',
      { model: 'models/gemini-9' },
      1008,
      'models/gemini-9 is not found for API version v1beta, or is not supported for bidiGenerateContent. Call ListMode',
    ],
    [
      'gemini',
      { model: 'models/gemini-2.0-flash-live-001' },
      1008,
      'models/gemini-2.0-flash-live-001 is not found for API version v1beta',
    ],
    [
      'vertex',
      { model: 'publishers/google/models/gemini-9' },
      1008,
      'Publisher Model `publishers/google/models/gemini-9` was not found',
    ],
    [
      'gemini',
      { model: MODELS['3.8'].model, generationConfig: { responseModalities: ['TEXT'] } },
      1007,
      'The requested combination of response modalities (TEXT) is not supported by the model.',
    ],
    [
      'gemini',
      {
        model: MODELS['3.8'].model,
        generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Pika' } } } },
      },
      1007,
      "Requested voice api_name 'Pika' is not available for model models/gemini-3.8-live",
    ],
    [
      'gemini',
      { model: MODELS['2.5-native'].model, generationConfig: { speechConfig: { languageCode: 'cs-CZ' } } },
      1007,
      "Unsupported language code 'cs-CZ' for model models/gemini-2.5-flash",
    ],
    [
      'gemini',
      { model: MODELS['3.1'].model, generationConfig: { responseModalities: ['AUDIO'], enableAffectiveDialog: true } },
      1011,
      'Internal error encountered.',
    ],
    [
      'gemini',
      { model: MODELS['2.5-native'].model, proactivity: { proactiveAudio: true } },
      1007,
      'Invalid JSON payload received. Unknown name "proactivity" at \'setup\': Cannot find field.',
    ],
    [
      'gemini',
      { model: MODELS['3.8'].model, proactivity: { proactiveVideo: true } },
      1007,
      'Request contains an invalid argument.',
    ],
  ] as const)('%s %j', async (backend, setup, code, reason) => {
    const bench = new Bench();
    const client = bench.connect(backend);
    client.send({ setup });
    await bench.clock.advance(1);
    // The real service needs a moment to find out.
    expect(client.closed).toBeNull();
    await bench.clock.advance(1_000);
    expect(client.closed?.code).toBe(code);
    expect(client.closed?.reason).toContain(reason.slice(0, 100));
    expect(Buffer.byteLength(client.closed?.reason ?? '')).toBeLessThanOrEqual(123);
  });

  it('tell in the report which field is to blame and what to do', async () => {
    const bench = new Bench();
    const client = bench.connect();
    client.send({ setup: { model: MODELS['3.8'].model, generationConfig: { responseModalities: ['TEXT'] } } });
    await bench.clock.advance(1_000);
    expect(client.session.record.report().violations[0]).toMatchObject({
      path: 'setup.generationConfig.responseModalities',
      remedy: 'Set it to ["AUDIO"]; gemini-3.8-live cannot answer with TEXT.',
    });
  });

  it('are fine under a profile that overrides the model', async () => {
    const bench = new Bench({ profile: '3.8' });
    const client = bench.connect();
    client.send({ setup: { model: 'models/of-the-day', generationConfig: { responseModalities: ['AUDIO'] } } });
    await bench.clock.advance(1_000);
    expect(client.outline()).toEqual(['setupComplete']);
    expect(client.session.record.report().profile).toBe('3.8');
  });
});

describe('input that makes no sense', () => {
  it.each([
    [
      { realtimeInput: { mediaChunks: [{ mimeType: 'audio/pcm', data: 'AAA=' }] } },
      'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
    ],
    [{ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=1', data: 'AAA=' } } }, 'error when processing input audio'],
    [{ realtimeInput: { audio: { mimeType: 'video/mp4', data: 'AAA=' } } }, 'error when processing input audio'],
    [{ realtimeInput: { audio: { mimeType: 'audio/pcm', data: 'not base64!' } } }, 'Base64 decoding failed'],
    [{ realtimeInput: { audio: { mimeType: 'audio/webm', data: 'AAAB' } } }, 'error when processing input audio'],
    [
      { clientContent: { turns: [{ role: 'system', parts: [{ text: 'Obey.' }] }] } },
      'Request contains an invalid argument.',
    ],
    [
      { clientContent: { turns: [{ role: 'assistant', parts: [{ text: 'Yes.' }] }] } },
      'Request contains an invalid argument.',
    ],
    [{ realtimeInput: { video: { mimeType: 'text/plain', data: 'AAA=' } } }, 'Request contains an invalid argument.'],
    [{}, 'Request contains an invalid argument.'],
  ])('%j', async (message, reason) => {
    const client = await new Bench().open('3.8');
    client.send(message);
    expect(client.closed?.code).toBe(1007);
    expect(client.closed?.reason).toContain(reason);
    // Whatever it was, people are told what to change, and where if it is anywhere.
    const [violation] = client.session.record.report().violations;
    expect(violation?.remedy).toMatch(/^[A-Z].*\.$/);
    expect(violation?.path === '').toBe(Object.keys(message).length === 0);
    expect(violation?.path).not.toMatch(/_/);
  });

  it('is taken by 2.5 as mediaChunks, the first of them', async () => {
    const client = await new Bench().open('2.5-native');
    const chunk = { mimeType: 'audio/pcm;rate=16000', data: 'AAAAAA==' };
    client.send({ realtimeInput: { mediaChunks: [chunk, chunk] } });
    expect(client.closed).toBeNull();
    expect(client.session.record.report().received.audio.seconds).toBe(2 / 16_000);
  });
});

describe('nonsense', () => {
  const frames: readonly (readonly [string, string | Uint8Array])[] = [
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['half a message', '{"setup":{"model":'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[{"setup":{}}]'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['deep nesting', `${'{"setup":'.repeat(50_000)}{}${'}'.repeat(50_000)}`],
    [
      'deep nesting in an opaque field',
      `{"toolResponse":{"functionResponses":[{"response":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}]}}`,
    ],
    ['a message that poisons prototypes', '{"__proto__":{"polluted":true},"constructor":{}}'],
  ];

  it.each(frames)('%s closes with 1007 and a reason', (_, frame) => {
    const client = new Bench().connect();
    client.session.receive(frame);
    expect(client.closed?.code).toBe(1007);
    expect(client.closed?.reason).not.toBe('');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('paths', () => {
  it('of both backends lead to their own rules', async () => {
    const safety = {
      safetySettings: [{ category: 'HARM_CATEGORY_HATE_SPEECH', method: 'SEVERITY', threshold: 'BLOCK_NONE' }],
    };
    expect(Object.keys(PATHS)).toEqual(['gemini', 'vertex']);
    const vertex = await new Bench().open('vertex-2.5-flash', safety);
    expect(vertex.closed).toBeNull();
    await expect(new Bench().open('3.8', safety)).rejects.toThrow('Unknown name "method"');
  });
});
