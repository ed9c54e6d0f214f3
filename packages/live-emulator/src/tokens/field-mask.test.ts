import { describe, expect, it } from 'vitest';
import { overwriteMasked, parseFieldMask } from './field-mask.ts';

const client = { model: 'models/a', generationConfig: { temperature: 1, seed: 2 }, inputAudioTranscription: {} };
const token = { model: 'models/b', generationConfig: { temperature: 0.5 }, outputAudioTranscription: {} };

describe('a field mask', () => {
  it('is read in either spelling', () => {
    expect(parseFieldMask(' generation_config.top_k,model,, generationConfig.seed')).toEqual([
      ['generationConfig', 'topK'],
      ['model'],
      ['generationConfig', 'seed'],
    ]);
  });

  it.each([
    ['model', { ...client, model: 'models/b' }],
    ['generationConfig', { ...client, generationConfig: { temperature: 0.5 } }],
    ['generationConfig.temperature', { ...client, generationConfig: { temperature: 0.5, seed: 2 } }],
    ['generationConfig.seed', { ...client, generationConfig: { temperature: 1 } }],
    ['inputAudioTranscription', { model: 'models/a', generationConfig: { temperature: 1, seed: 2 } }],
    ['outputAudioTranscription', { ...client, outputAudioTranscription: {} }],
    ['tools.x,sessionResumption.handle', client],
    ['nothing', client],
  ])('of %s lays exactly that over the client’s setup', (mask, merged) => {
    const before = structuredClone(client);
    expect(overwriteMasked(client, token, parseFieldMask(mask))).toEqual(merged);
    expect(client).toEqual(before);
  });
});
