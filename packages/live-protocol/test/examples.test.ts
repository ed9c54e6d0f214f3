import { describe, expect, it } from 'vitest';
import { parseServerMessage, validateClientMessage, validateServerMessage } from '../src/index.ts';
import { backendsOf, examples } from './fixtures.ts';

/** Valid in form, refused for what they mean: `check-setup.test.ts` and `check-realtime-input.test.ts` show how. */
const SEMANTIC = new Set([
  'invalid.twoModalities',
  'invalid.generationConfigUnsupportedInLive',
  'invalid.multiSpeaker',
  'invalid.activityStartWithAutoVad',
  'invalid.audioOddBytes',
]);

/** Messages that say nothing. */
const NOISE = new Set(['noise.emptyMessage', 'noise.emptyServerContent', 'serverContent.outputTranscriptionOpen']);

const valid = examples.filter(({ name }) => !name.startsWith('invalid.') || SEMANTIC.has(name));

describe('every valid example', () => {
  for (const line of valid) {
    for (const backend of backendsOf(line)) {
      const title = `${line.dir} ${line.name} on ${backend}`;
      if (line.dir === 'client') {
        it(`${title} passes, in canonical form`, () => {
          const result = validateClientMessage(line.message, { backend });
          expect(result).toMatchObject({ ok: true });
          if (!result.ok || !/snake/i.test(line.name)) return;
          expect(JSON.stringify(result.message)).not.toMatch(/"[a-z]+_[a-z_]+":(?!\{"type)/);
        });
      } else {
        it(`${title} passes unchanged, and says something`, () => {
          expect(validateServerMessage(line.message, { backend })).toMatchObject({ ok: true, message: line.message });
          const events = parseServerMessage(line.message);
          expect(events.length > 0).toBe(!NOISE.has(line.name));
        });
      }
    }
  }
});

describe('every invalid example is refused with the words of the service', () => {
  const refused: [name: string, reason: string, path: string, remedy: string][] = [
    [
      'invalid.unknownTopLevel',
      'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
      'foo',
      'Leave it out, or use one of setup, clientContent, realtimeInput, toolResponse, contextUpdate.',
    ],
    [
      'invalid.transcriptionInGenerationConfig',
      'Invalid JSON payload received. Unknown name "inputAudioTranscription" at \'setup.generation_config\': Cannot find field.',
      'setup.generationConfig.inputAudioTranscription',
      'Put it into setup.',
    ],
    [
      'invalid.modalitiesAtSetupLevel',
      'Invalid JSON payload received. Unknown name "responseModalities" at \'setup\': Cannot find field.',
      'setup.responseModalities',
      'Put it into setup.generationConfig.',
    ],
    [
      'invalid.twoKinds',
      "Invalid value (oneof), oneof field 'message_type' is already set. Cannot set 'realtimeInput'",
      'realtimeInput',
      'Send each in a message of its own.',
    ],
  ];

  it.each(refused)('%s', (name, reason, path, remedy) => {
    const result = validateClientMessage(examples.find((line) => line.name === name)?.message);
    expect(result).toEqual({ ok: false, violation: { closeCode: 1007, reason, path, remedy } });
  });

  it('and none is left out', () => {
    const names = examples.map(({ name }) => name).filter((name) => name.startsWith('invalid.'));
    expect(names.sort()).toEqual([...SEMANTIC, ...refused.map(([name]) => name)].sort());
  });
});
