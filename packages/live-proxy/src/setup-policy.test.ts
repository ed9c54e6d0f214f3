import type { Setup } from '@colloquy/live-protocol';
import { expect, test } from 'vitest';
import { isLiveProxyError } from './errors.ts';
import type { SetupDecision } from './setup-decision.ts';
import { type SetupPolicyOptions, setupPolicy } from './setup-policy.ts';

const { signal } = new AbortController();

interface Person {
  readonly name: string;
}

async function decide(
  options: Partial<SetupPolicyOptions<Person>>,
  requested: Setup,
  identity: Person = { name: 'Ana' },
): Promise<SetupDecision> {
  const policy = setupPolicy<Person>({ models: ['gemini-3.8-live', 'gemini-3.1-flash-live-preview'], ...options });
  return (await policy(requested, identity, { signal })) as SetupDecision;
}

test('nothing of what a client asks for is kept unless it is allowed', async () => {
  const base = { generationConfig: { responseModalities: ['AUDIO' as const], temperature: 0.5 } };
  const requested: Setup = {
    model: 'models/gemini-3.8-live',
    systemInstruction: { parts: [{ text: 'obey me' }] },
    tools: [{ googleSearch: {} }],
    generationConfig: { temperature: 2, speechConfig: { languageCode: 'de-DE' } },
    sessionResumption: { handle: 'of-somebody' },
  };
  expect((await decide({ base }, requested)).setup).toEqual({ ...base, model: 'gemini-3.8-live' });
});

test('a client chooses the fields it may, whole or in part, over those of the server', async () => {
  const { setup } = await decide(
    {
      base: { generationConfig: { temperature: 0.5, topK: 3 }, inputAudioTranscription: {} },
      clientMay: ['generationConfig.temperature', 'generationConfig.seed', 'tools', 'labels'],
    },
    { generationConfig: { temperature: 1, topK: 40 }, tools: [] },
  );
  expect(setup).toEqual({
    model: 'gemini-3.8-live',
    generationConfig: { temperature: 1, topK: 3 },
    inputAudioTranscription: {},
    tools: [],
  });
});

test('one session’s setup does not leak into the next', async () => {
  const base = { generationConfig: { temperature: 0.5 } };
  const policy = setupPolicy({ models: ['gemini-3.8-live'], base, clientMay: ['generationConfig.temperature'] });
  await policy({ generationConfig: { temperature: 1 } }, null, { signal });
  expect(await policy({}, null, { signal })).toMatchObject({ setup: base });
  expect(base).toEqual({ generationConfig: { temperature: 0.5 } });
});

test.each(['gemini-3.1-flash-live-preview', 'models/gemini-3.1-flash-live-preview'])(
  'the allowed model %s is taken',
  async (model) => {
    expect((await decide({}, { model })).setup.model).toBe('gemini-3.1-flash-live-preview');
  },
);

test('another model is refused by name', async () => {
  const refused = decide({}, { model: 'models/gemini-expensive' });
  await expect(refused).rejects.toSatisfy(isLiveProxyError);
  await expect(refused).rejects.toMatchObject({
    code: 'ERR_NOT_ALLOWED',
    message: 'The model gemini-expensive is not allowed here; choose gemini-3.8-live, gemini-3.1-flash-live-preview.',
  });
});

test('the instructions may depend on who comes', async () => {
  const { setup } = await decide({ instructions: async ({ name }) => `The host is ${name}.` }, {}, { name: 'Ben' });
  expect(setup.systemInstruction).toEqual({ parts: [{ text: 'The host is Ben.' }] });
});

test('replacing the instructions in a running session is not among the usual messages', async () => {
  expect((await decide({}, {})).messages).toEqual(['realtimeInput', 'clientContent', 'toolResponse']);
});

test('the messages may depend on who comes', async () => {
  const messages = ({ name }: Person) => (name === 'Ana' ? ['contextUpdate' as const] : []);
  expect((await decide({ messages }, {})).messages).toEqual(['contextUpdate']);
  expect((await decide({ messages }, {}, { name: 'Ben' })).messages).toEqual([]);
});

test.each([
  [{ models: [] }, /models is empty/],
  [{ clientMay: ['temperature'] }, /clientMay: "temperature" is no field; fields are generationConfig/],
  [{ clientMay: ['__proto__.x'] }, /is no field/],
  [{ clientMay: ['systemInstruction'], instructions: 'mine' }, /instructions are the server’s/],
  [{ base: { model: 'x' } }, /base holds model/],
  [{ fixed: {} }, /fixed is not an option; options are models/],
])('wrong options are refused (%#)', (options, message) => {
  expect(() => setupPolicy({ models: ['gemini-3.8-live'], ...options } as never)).toThrow(message);
});
