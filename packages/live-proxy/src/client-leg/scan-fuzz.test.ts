import { expect, test } from 'vitest';
import { scanMessage } from './scan-message.ts';

/** Mulberry32: a seed says which messages these are. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const seed = 20_260_901;
const random = randomOf(seed);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

const kinds: Readonly<Record<string, string>> = {
  setup: 'setup',
  realtimeInput: 'realtimeInput',
  realtime_input: 'realtimeInput',
  clientContent: 'clientContent',
  client_content: 'clientContent',
  toolResponse: 'toolResponse',
  contextUpdate: 'contextUpdate',
  context_update: 'contextUpdate',
};
const names = [
  ...Object.keys(kinds),
  'audio',
  'video',
  'mediaChunks',
  'data',
  'mimeType',
  'x"y',
  'a\\',
  'é',
  '',
  '{',
  'constructor',
];
const texts = [
  '',
  'audio/pcm;rate=16000',
  'image/png',
  '"',
  '\\',
  '\\"',
  '}',
  '{"contextUpdate":1}',
  'é\n',
  'A'.repeat(40),
  'ü"'.repeat(30),
];

function anyValue(depth: number): unknown {
  const kind = random();
  if (depth > 4 || kind < 0.4) return pick<unknown>([...texts, 0, -1.5e3, 1e-9, true, false, null]);
  if (kind < 0.6) return Array.from({ length: Math.floor(random() * 4) }, () => anyValue(depth + 1));
  return anyObject(depth + 1);
}

function anyObject(depth: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, () => [pick(names), anyValue(depth)]));
}

function mutate(text: string): string {
  const at = Math.floor(random() * (text.length + 1));
  const some = pick(['"', '\\', '{', '}', '[', ']', ',', ':', "'", '/', ' ', 'e', '\u0000', '\\u0022']);
  return random() < 0.5 ? text.slice(0, at) + some + text.slice(at) : text.slice(0, at) + text.slice(at + 1);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

test(`what JSON.parse finds in a message, the scan finds, whole or mutated (seed ${seed})`, () => {
  let read = 0;
  for (let round = 0; round < 10_000; round += 1) {
    let text = JSON.stringify(anyObject(0), null, pick([0, 1]));
    for (let changes = Math.floor(random() * 3); changes > 0; changes -= 1) text = mutate(text);
    const parsed = parse(text);
    const found = scanMessage(Buffer.from(text), { media: false });
    if (parsed === null) continue; // the scan may be more lenient inside of values, where no name is hidden
    read += 1;
    const expected = new Set(Object.keys(parsed).map((name) => (Object.hasOwn(kinds, name) ? kinds[name] : null)));
    expect(new Set(found?.kinds), text).toEqual(expected);
    const counted = scanMessage(Buffer.from(text), { media: true });
    expect(counted?.kinds, text).toEqual(found?.kinds);
    expect(Number.isFinite(counted?.audioSeconds), text).toBe(true);
  }
  expect(read).toBeGreaterThan(2_500);
});
