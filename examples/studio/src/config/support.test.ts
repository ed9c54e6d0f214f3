import { DEFAULT_ROOM_CONFIGURATION, MODEL_PROFILES } from '@colloquy/live-protocol';
import { geminiApi, vertex } from '@colloquy/live-proxy';
import { geminiModel } from '@colloquy/live-proxy/rooms';
import { describe, expect, it } from 'vitest';
import { CONFIG_GROUPS, changesOf, type FieldPath, withValue } from './fields.ts';
import { whyNot, whyNotValue } from './support.ts';

const servers = {
  gemini: geminiModel({ upstream: geminiApi({ apiKey: 'none' }) }),
  vertex: geminiModel({ upstream: vertex({ project: 'p', location: 'us-central1' }) }),
} as const;

const values: readonly (readonly [FieldPath, unknown])[] = [
  ['affectiveDialog', true],
  ['proactivity', true],
  ['thinking.budget', 100],
  ...(['minimal', 'low', 'medium', 'high'] as const).map((level) => ['thinking.level', level] as const),
  ...(['audio', 'text'] as const).map((response) => ['response', response] as const),
  ...(['activity', 'activity-and-video', 'everything'] as const).map((turn) => ['turnCoverage', turn] as const),
  ['grounding', true],
  ['voice', 'Puck'],
  ['language', 'de-DE'],
];

const usable = MODEL_PROFILES.filter(({ status, supports }) => status !== 'retired' && supports.systemInstruction);

describe('what is disabled for a model', () => {
  it.each(usable)('has all that the server refuses: $id on $backend', (profile) => {
    for (const [path, value] of values) {
      const configuration = withValue({ ...DEFAULT_ROOM_CONFIGURATION, model: profile.id }, path, value);
      const refused = servers[profile.backend].check?.(configuration) ?? null;
      const reason = whyNot(path, profile) ?? whyNotValue(path, value, profile);
      if (refused !== null) expect(reason, `${path} ${value}: ${refused.remedy}`).not.toBeNull();
    }
  });

  it.each(usable)('has nothing without a reason that names the model: $id on $backend', (profile) => {
    for (const [path, value] of values) {
      const reason = whyNot(path, profile) ?? whyNotValue(path, value, profile);
      if (reason !== null) expect(reason).toContain(profile.id);
    }
  });
});

describe('the fields of the configuration', () => {
  it('are all there: whatever a room can be configured with has a control', () => {
    const shown = new Set<string>([
      'model',
      'instructions',
      ...CONFIG_GROUPS.flatMap(({ fields }) => fields.map(({ path }) => path)),
    ]);
    const all = Object.entries(DEFAULT_ROOM_CONFIGURATION).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null ? Object.keys(value).map((part) => `${name}.${part}`) : [name],
    );
    expect(all.filter((path) => !shown.has(path))).toEqual([]);
  });

  it('change as a whole what they are part of', () => {
    const draft = withValue(withValue(DEFAULT_ROOM_CONFIGURATION, 'thinking.level', 'low'), 'voice', 'Puck');
    expect(changesOf(DEFAULT_ROOM_CONFIGURATION, draft)).toEqual({
      thinking: { budget: null, level: 'low' },
      voice: 'Puck',
    });
  });
});
