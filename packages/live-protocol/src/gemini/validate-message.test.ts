import { describe, expect, it } from 'vitest';
import type { Backend } from './backend.ts';
import type { WireViolation } from './schema/violation.ts';
import { parseClientFrame, validateClientMessage, validateServerMessage } from './validate-message.ts';

/** Why a message does not pass; fails when it does. */
function violation(value: unknown, backend?: Backend): WireViolation {
  const result = validateClientMessage(value, { backend });
  if (result.ok) throw new Error(`passed: ${JSON.stringify(result.message)}`);
  expect(result.violation.closeCode).toBe(1007);
  // Whatever is wrong, people are told what to do about it.
  expect(result.violation.remedy).toMatch(/^[A-Z].*\.$/);
  return result.violation;
}

/** Reason and path of a refusal; fails when the message passes. */
function refusal(value: unknown, backend?: Backend): { reason: string; path: string } {
  const { reason, path } = violation(value, backend);
  return { reason, path };
}

/** The canonical form; fails when the message is refused. */
function canonical(value: unknown, backend?: Backend): unknown {
  const result = validateClientMessage(value, { backend });
  if (!result.ok) throw new Error(result.violation.reason);
  return result.message;
}

/** A setup with one function that has these parameters. */
function withParameters(parameters: unknown): unknown {
  return { setup: { tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] } };
}

describe('an unknown name', () => {
  it('is quoted as the client spelled it, at the snake_case path of its parent', () => {
    const tools = [
      {},
      { functionDeclarations: [{ name: 'f', parameters: { properties: { a: {}, b: { const: 1 } } } }] },
    ];
    expect(refusal({ setup: { tools } })).toEqual({
      reason:
        'Invalid JSON payload received. Unknown name "const" at \'setup.tools[1].function_declarations[0].parameters.properties[1].value\': Cannot find field.',
      path: 'setup.tools[1].functionDeclarations[0].parameters.properties[1].value.const',
    });
  });

  it('is a name in a spelling that is neither lowerCamelCase nor snake_case', () => {
    expect(refusal({ setup: { generation_Config: {} } }).reason).toContain(
      'Unknown name "generation_Config" at \'setup\'',
    );
    expect(refusal({ Setup: {} }).reason).toContain('Unknown name "Setup": Cannot find field.');
  });

  it('is fatal even when its value is null', () => {
    expect(refusal({ setup: { tool_config: null } }).reason).toContain('"tool_config"');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('is %j', (key) => {
    expect(refusal(JSON.parse(`{"setup":{"${key}":{}}}`)).reason).toContain(`Unknown name "${key}" at 'setup'`);
    expect(refusal(JSON.parse(`{"${key}":{}}`)).reason).toContain(`Unknown name "${key}": Cannot`);
  });

  it('of a hostile length is cut', () => {
    expect(refusal({ ['x'.repeat(1_000_000)]: 1 }).reason.length).toBeLessThan(400);
  });

  it('is a field that only the other backend has', () => {
    const transparent = { setup: { sessionResumption: { transparent: true } } };
    expect(refusal(transparent, 'gemini')).toMatchObject({ path: 'setup.sessionResumption.transparent' });
    expect(canonical(transparent, 'vertex')).toEqual(transparent);
    expect(canonical(transparent)).toEqual(transparent);
    const fileSearch = { setup: { tools: [{ fileSearch: {} }] } };
    expect(refusal(fileSearch, 'vertex').reason).toContain('Unknown name "fileSearch" at \'setup.tools[0]\'');
    expect(canonical(fileSearch, 'gemini')).toEqual(fileSearch);
  });

  it('is the first of several', () => {
    expect(refusal({ setup: { first: 1, model: 5, second: 2 } }).reason).toContain('"first"');
  });
});

describe('a wrong value', () => {
  const cases: [title: string, message: unknown, reason: string, path: string][] = [
    [
      'an enum name',
      { setup: { generationConfig: { responseModalities: ['FOO'] } } },
      'Invalid value at \'setup.generation_config.response_modalities[0]\' (type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.Modality), "FOO"',
      'setup.generationConfig.responseModalities[0]',
    ],
    [
      'an enum number',
      { setup: { generationConfig: { mediaResolution: 77 } } },
      "Invalid value at 'setup.generation_config.media_resolution' (type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.MediaResolution), 77",
      'setup.generationConfig.mediaResolution',
    ],
    [
      'a fraction for an integer',
      { setup: { generationConfig: { topK: 1.5 } } },
      "Invalid value at 'setup.generation_config.top_k' (TYPE_INT32), 1.5",
      'setup.generationConfig.topK',
    ],
    [
      'an integer of more than 32 bits',
      { setup: { generationConfig: { seed: 2_147_483_648 } } },
      "Invalid value at 'setup.generation_config.seed' (TYPE_INT32), 2147483648",
      'setup.generationConfig.seed',
    ],
    [
      'an int64 that is none',
      { setup: { contextWindowCompression: { triggerTokens: '9223372036854775808' } } },
      'Invalid value at \'setup.context_window_compression.trigger_tokens\' (TYPE_INT64), "9223372036854775808"',
      'setup.contextWindowCompression.triggerTokens',
    ],
    [
      'words for a number',
      { setup: { generationConfig: { temperature: 'hot' } } },
      'Invalid value at \'setup.generation_config.temperature\' (TYPE_FLOAT), "hot"',
      'setup.generationConfig.temperature',
    ],
    [
      'a number for a text',
      { realtimeInput: { text: 123 } },
      "Invalid value at 'realtime_input.text' (TYPE_STRING), 123",
      'realtimeInput.text',
    ],
    [
      'a text for a boolean',
      { clientContent: { turnComplete: 'yes' } },
      'Invalid value at \'client_content.turn_complete\' (TYPE_BOOL), "yes"',
      'clientContent.turnComplete',
    ],
    [
      'bytes that are no base64',
      { realtimeInput: { audio: { mimeType: 'audio/pcm', data: 'data:audio/pcm;base64,' } } },
      'Invalid value at \'realtime_input.audio.data\' (TYPE_BYTES), Base64 decoding failed for "data:audio/pcm;base64,"',
      'realtimeInput.audio.data',
    ],
    [
      'a duration without its unit',
      { clientContent: { turns: [{ parts: [{ text: 'a', videoMetadata: { startOffset: '5' } }] }] } },
      'Invalid value at \'client_content.turns[0].parts[0].video_metadata.start_offset\' (type.googleapis.com/google.protobuf.Duration), "5"',
      'clientContent.turns[0].parts[0].videoMetadata.startOffset',
    ],
    [
      'a text for a message',
      { setup: { systemInstruction: 'Be brief.' } },
      'Invalid value at \'setup.system_instruction\' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "Be brief."',
      'setup.systemInstruction',
    ],
    [
      'an object for a text',
      { setup: { model: { name: 'x' } } },
      "Invalid value at 'setup' (model), Starting an object on a scalar field",
      'setup.model',
    ],
    [
      'an object in a list of enums',
      { setup: { generationConfig: { responseModalities: [{}] } } },
      "Invalid value at 'setup.generation_config' (response_modalities), Starting an object on a scalar field",
      'setup.generationConfig.responseModalities[0]',
    ],
    [
      'an array for a scalar',
      withParameters({ type: ['STRING', 'NULL'] }),
      'Invalid JSON payload received. Unknown name "type" at \'setup.tools[0].function_declarations[0].parameters\': Proto field is not repeating, cannot start list.',
      'setup.tools[0].functionDeclarations[0].parameters.type',
    ],
    [
      'an array for a message',
      { setup: [] },
      'Invalid JSON payload received. Unknown name "setup": Proto field is not repeating, cannot start list.',
      'setup',
    ],
    [
      'an array for an opaque object',
      { toolResponse: { functionResponses: [{ id: '1', name: 'f', response: [] }] } },
      'Invalid JSON payload received. Unknown name "response" at \'tool_response.function_responses[0]\': Proto field is not repeating, cannot start list.',
      'toolResponse.functionResponses[0].response',
    ],
    [
      'a list in a list',
      { clientContent: { turns: [[]] } },
      'Invalid JSON payload received. Unknown name "turns" at \'client_content.turns\': Proto field is not repeating, cannot start list.',
      'clientContent.turns[0]',
    ],
    [
      'an array for a map',
      { setup: { labels: [] } },
      "Invalid value at 'setup.labels' (Map), Cannot bind a list to map for field 'labels'.",
      'setup.labels',
    ],
    [
      'a number in a map of texts',
      { setup: { labels: { a: 'x', b: 1 } } },
      "Invalid value at 'setup.labels[1].value' (TYPE_STRING), 1",
      'setup.labels[1].value',
    ],
    [
      'two data members of one part',
      { clientContent: { turns: [{ parts: [{ text: 'a', inline_data: {} }] }] } },
      "Invalid value at 'client_content.turns[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'inline_data'",
      'clientContent.turns[0].parts[0].inline_data',
    ],
  ];

  it.each(cases)('%s', (_title, message, reason, path) => {
    expect(refusal(message)).toEqual({ reason, path });
  });

  it('is named in the words of the backend', () => {
    const message = { setup: { generationConfig: { responseModalities: ['FOO'] } } };
    expect(refusal(message, 'vertex').reason).toContain(
      '(type.googleapis.com/google.cloud.aiplatform.v1beta1.GenerationConfig.Modality)',
    );
  });

  it('of a hostile length is cut', () => {
    expect(refusal({ realtimeInput: { audio: { data: '!'.repeat(1_000_000) } } }).reason.length).toBeLessThan(400);
  });
});

describe('the remedy', () => {
  const remedies: readonly (readonly [title: string, message: unknown, remedy: string])[] = [
    [
      'for a name that belongs elsewhere is its place',
      { setup: { responseModalities: ['AUDIO'] } },
      'Put it into setup.generationConfig.',
    ],
    [
      'for transcription in the generation config is the setup',
      { setup: { generationConfig: { inputAudioTranscription: {} } } },
      'Put it into setup.',
    ],
    [
      'for a name in another spelling is the right one',
      { setup: { GenerationConfig: {} } },
      'Spell it generationConfig.',
    ],
    [
      'for a name that is nowhere lists those that are here',
      { setup: { sessionResumption: { token: 'x' } } },
      'Leave it out, or use one of handle, transparent.',
    ],
    [
      'for a name where none may stand is to leave it',
      { realtimeInput: { activityStart: { at: 1 } } },
      'Leave it out: nothing stands here.',
    ],
    [
      'for a wrong enum lists the right ones',
      { setup: { generationConfig: { mediaResolution: 'HUGE' } } },
      'Choose one of MEDIA_RESOLUTION_LOW, MEDIA_RESOLUTION_MEDIUM, MEDIA_RESOLUTION_HIGH.',
    ],
    [
      'for a text in place of an object names its fields',
      { setup: { systemInstruction: 'x' } },
      'Give an object, with any of role, parts.',
    ],
    [
      'for a fraction is a whole number',
      { setup: { generationConfig: { topK: 1.5 } } },
      'Give a whole number of at most 32 bits.',
    ],
    ['for two kinds at once is two messages', { setup: {}, realtimeInput: {} }, 'Send each in a message of its own.'],
  ];

  it.each(remedies)('%s', (_title, message, remedy) => {
    expect(violation(message).remedy).toBe(remedy);
  });

  it('for a field of the other backend names the backend', () => {
    const transparent = { setup: { sessionResumption: { transparent: true } } };
    expect(violation(transparent, 'gemini').remedy).toBe('Leave it out: only Vertex AI has it.');
    expect(violation({ setup: { tools: [{ fileSearch: {} }] } }, 'vertex').remedy).toBe(
      'Leave it out: only the Gemini API has it.',
    );
    expect(violation({ setup: { sessionResumption: { token: 'x' } } }, 'gemini').remedy).toBe(
      'Leave it out, or use one of handle.',
    );
  });
});

describe('a message that is no message', () => {
  it.each([null, undefined, 5, 'setup', true, []])('%j has no fields', (value) => {
    expect(refusal(value).reason).toBe(
      'Invalid JSON payload received. Unknown name "": Root element must be a message.',
    );
  });

  it.each([{}, { setup: null }, { setup: undefined, clientContent: null }])('%j says nothing', (value) => {
    expect(refusal(value)).toEqual({ reason: 'Request contains an invalid argument.', path: '' });
  });
});

describe('the canonical form', () => {
  it('has lowerCamelCase at every level, from either spelling', () => {
    expect(
      canonical({
        setup: {
          model: 'models/x',
          generation_config: { speech_config: { voiceConfig: { prebuilt_voice_config: { voiceName: 'Puck' } } } },
          realtimeInputConfig: { automatic_activity_detection: { silence_duration_ms: 500 } },
        },
      }),
    ).toEqual({
      setup: {
        model: 'models/x',
        generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } } },
        realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 500 } },
      },
    });
  });

  it('has enum names in full, from any case and from numbers', () => {
    const generationConfig = { responseModalities: ['audio', 1], thinkingConfig: { thinkingLevel: 'Low' } };
    expect(canonical({ setup: { generationConfig } })).toEqual({
      setup: { generationConfig: { responseModalities: ['AUDIO', 'TEXT'], thinkingConfig: { thinkingLevel: 'LOW' } } },
    });
    expect(canonical(withParameters({ type: 'object', items: { type: 'String' } }))).toEqual(
      withParameters({ type: 'OBJECT', items: { type: 'STRING' } }),
    );
  });

  it('has int64 as strings and other numbers as numbers, from either', () => {
    expect(canonical(withParameters({ minItems: 1, maxItems: '05', minimum: '0.5' }))).toEqual(
      withParameters({ minItems: '1', maxItems: '5', minimum: 0.5 }),
    );
    expect(canonical({ setup: { generationConfig: { topK: '40', seed: -0 } } })).toEqual({
      setup: { generationConfig: { topK: 40, seed: 0 } },
    });
  });

  it('has no null', () => {
    expect(canonical({ setup: { model: 'm', tools: null, labels: { a: null, b: 'c' } }, clientContent: null })).toEqual(
      {
        setup: { model: 'm', labels: { b: 'c' } },
      },
    );
    expect(canonical({ clientContent: { turns: [null, { parts: [null] }] } })).toEqual({
      clientContent: { turns: [{ parts: [] }] },
    });
  });

  it('has a list where one value was given for one', () => {
    expect(canonical({ setup: { tools: { codeExecution: {} } } })).toEqual({
      setup: { tools: [{ codeExecution: {} }] },
    });
  });

  it('keeps empty messages, which mean something', () => {
    const message = { setup: { model: 'm', inputAudioTranscription: {}, sessionResumption: {} } };
    expect(canonical(message)).toEqual(message);
  });

  it('keeps opaque values exactly, with keys that look like ours', () => {
    const response = { turn_complete: true, list: [1, null, { a_b: 'x' }], __typename: 'T' };
    const message = { toolResponse: { functionResponses: [{ id: '1', name: 'f', response }] } };
    expect(canonical(message)).toEqual(message);
    const schema = withParameters({ properties: { turn_complete: { type: 'STRING' } } });
    expect(canonical(schema)).toEqual(schema);
  });

  it('takes base64 of both alphabets, padded or not', () => {
    for (const data of ['', 'AA==', 'AA', '-_-_', '+/+/', 'AAA=']) {
      expect(canonical({ realtimeInput: { audio: { data } } })).toEqual({ realtimeInput: { audio: { data } } });
    }
    for (const data of ['A', 'AA=', 'A===', 'AA A', 'AA==AA==', '=']) {
      expect(refusal({ realtimeInput: { audio: { data } } }).reason).toContain('Base64 decoding failed');
    }
  });

  it('leaves the given value as it was', () => {
    const message = { setup: { generation_config: { response_modalities: ['audio'] }, tools: null } };
    const before = structuredClone(message);
    canonical(message);
    expect(message).toEqual(before);
  });

  it('names the kind', () => {
    expect(validateClientMessage({ tool_response: {} })).toMatchObject({ ok: true, kind: 'toolResponse' });
    expect(validateServerMessage({ usageMetadata: {}, goAway: {} })).toMatchObject({ kind: 'goAway' });
    expect(validateServerMessage({ usageMetadata: {} })).toMatchObject({ kind: 'usageMetadata' });
    expect(validateServerMessage({})).toMatchObject({ ok: true, kind: 'empty' });
  });
});

describe('hostile messages', () => {
  it('cannot reach a prototype through a map', () => {
    const result = canonical(JSON.parse('{"setup":{"labels":{"__proto__":"x","constructor":"y"}}}')) as {
      setup: { labels: Record<string, string> };
    };
    expect(Object.getPrototypeOf(result.setup.labels)).toBe(Object.prototype);
    expect(Object.entries(result.setup.labels)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    const text = '{"properties":{"__proto__":{"type":"STRING"}}}';
    canonical(withParameters(JSON.parse(text)));
    expect(({} as Record<string, unknown>).type).toBeUndefined();
  });

  it.each([
    [
      'schemas',
      (depth: number) =>
        `{"setup":{"tools":[{"functionDeclarations":[{"parameters":${'{"items":'.repeat(depth)}{}${'}'.repeat(depth)}}]}]}}`,
    ],
    [
      'maps',
      (depth: number) =>
        `{"setup":{"tools":[{"functionDeclarations":[{"parameters":${'{"properties":{"p":'.repeat(depth)}{}${'}}'.repeat(depth)}}]}]}}`,
    ],
    [
      'opaque objects',
      (depth: number) =>
        `{"toolResponse":{"functionResponses":[{"response":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}]}}`,
    ],
    [
      'opaque lists',
      (depth: number) =>
        `{"toolResponse":{"functionResponses":[{"response":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}]}}`,
    ],
    [
      'JSON schemas',
      (depth: number) =>
        `{"setup":{"tools":[{"functionDeclarations":[{"parametersJsonSchema":${'['.repeat(depth)}${']'.repeat(depth)}}]}]}}`,
    ],
  ])('of deeply nested %s are refused, shallow ones are not', (_title, build) => {
    expect(parseClientFrame(build(20))).toMatchObject({ ok: true });
    for (const depth of [100, 100_000]) {
      const result = parseClientFrame(build(depth));
      expect(result).toMatchObject({ ok: false, violation: { closeCode: 1007 } });
      if (!result.ok)
        expect(result.violation.reason).toMatch(/^Message too deep\. Max recursion depth reached for key '/);
    }
  });

  it('may have exactly 100 levels', () => {
    // Message, toolResponse, the list, its item, and `response` are five.
    const nested = (depth: number) =>
      parseClientFrame(
        `{"toolResponse":{"functionResponses":[{"response":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}]}}`,
      );
    expect(nested(96).ok).toBe(true);
    expect(nested(97).ok).toBe(false);
  });
});

describe('parseClientFrame', () => {
  it('reads text and UTF-8 bytes alike', () => {
    const text = '{"realtimeInput":{"text":"čau 🎤"}}';
    const expected = { ok: true, kind: 'realtimeInput', message: { realtimeInput: { text: 'čau 🎤' } } };
    expect(parseClientFrame(text)).toEqual(expected);
    expect(parseClientFrame(new TextEncoder().encode(text))).toEqual(expected);
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(parseClientFrame(new Uint8Array([0x7b, 0xff, 0x7d]))).toMatchObject({
      ok: false,
      violation: { closeCode: 1007, reason: 'Invalid JSON payload received. Encountered non UTF-8 code points.' },
    });
  });

  it.each(['', '{', 'hello', '{"setup":}', "{'setup':{}}"])('refuses %j as no JSON, with its start', (text) => {
    const result = parseClientFrame(text);
    if (result.ok) throw new Error('passed');
    expect(result.violation.reason).toBe(`Invalid JSON payload received. Unexpected token. ${JSON.stringify(text)}`);
  });
});
