import { describe, expect, it } from 'vitest';
import { parseClientFrame, parseServerMessage, validateClientMessage, validateServerMessage } from '../src/index.ts';
import { examples } from './fixtures.ts';

/** A failing seed is worth keeping here; `FUZZ_SEED=<n>` tries another. */
const SEEDS = [1, 7, 20_261_123, Number(process.env.FUZZ_SEED ?? 42)];
const ROUNDS = 1_500;

/** Small generator with a full period (xorshift of 32 bits); good enough to pick mutations. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const ODD_VALUES: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => -0,
  () => 1e308,
  () => Number.NaN,
  () => 2 ** 53,
  () => '',
  () => 'AUDIO',
  () => '\uD800',
  () => '9'.repeat(400),
  () => [],
  () => [[[]]],
  () => [null, 1, 'x', {}],
  () => ({}),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  () => {
    let deep: unknown = 'leaf';
    for (let level = 0; level < 150; level += 1) deep = level % 2 === 0 ? { items: deep } : [deep];
    return deep;
  },
];

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'turn_complete',
  'turnComplete',
  'Setup',
  '0',
  '\uD800',
  'a b',
];

/** Changes one place in a tree: a value, a key, or its shape. */
function mutate(value: unknown, random: (below: number) => number): unknown {
  const isBranch = typeof value === 'object' && value !== null;
  if (!isBranch || random(16) === 0) return ODD_VALUES[random(ODD_VALUES.length)]?.();
  if (Array.isArray(value)) return mutateList(value, random);
  const entries = Object.entries(value);
  if (entries.length === 0 || random(5) === 0) {
    entries.push([ODD_KEYS[random(ODD_KEYS.length)] ?? '', ODD_VALUES[random(ODD_VALUES.length)]?.()]);
  } else {
    const index = random(entries.length);
    const [key, child] = entries[index] as [string, unknown];
    const renamed = random(2) === 0 ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key;
    entries[index] = [random(12) === 0 ? `${key}x` : renamed, mutate(child, random)];
  }
  // Own properties throughout, `__proto__` too, as JSON.parse makes them.
  return Object.fromEntries(entries);
}

function mutateList(list: readonly unknown[], random: (below: number) => number): unknown {
  if (list.length === 0 || random(5) === 0) return [...list, ODD_VALUES[random(ODD_VALUES.length)]?.()];
  const copy = [...list];
  const index = random(copy.length);
  copy[index] = mutate(copy[index], random);
  return copy;
}

/** Fails unless the result is a message or a violation with its path and words. */
function expectVerdict(result: ReturnType<typeof validateClientMessage | typeof validateServerMessage>): void {
  if (result.ok) {
    expect(typeof result.kind).toBe('string');
    // The canonical form is a fixed point, and can be sent.
    expect(() => JSON.stringify(result.message)).not.toThrow();
    return;
  }
  expect(result.violation.closeCode).toBe(1007);
  // Names of fields, and at the end perhaps a key that is none, which is cut.
  expect(result.violation.path.length).toBeLessThan(1_000);
  expect(result.violation.remedy).toMatch(/^[A-Z].*\.$/);
  expect(result.violation.reason).not.toBe('');
  expect(result.violation.reason.length).toBeLessThan(1_000);
}

describe.each(SEEDS)('mutated messages (FUZZ_SEED=%i)', (seed) => {
  it('always get a verdict, and never throw', () => {
    const random = randomOf(seed);
    let accepted = 0;
    let refused = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const line = examples[random(examples.length)];
      let message: unknown = line?.message;
      for (let changes = random(3); changes > 0; changes -= 1) message = mutate(message, random);
      const backend = ([undefined, 'gemini', 'vertex'] as const)[random(3)];
      for (const validate of [validateClientMessage, validateServerMessage]) {
        const result = validate(message, { backend });
        expectVerdict(result);
        if (result.ok) expect(validate(result.message, { backend })).toEqual(result);
        if (result.ok) accepted += 1;
        else refused += 1;
      }
      if (typeof message === 'object' && message !== null && !Array.isArray(message)) parseServerMessage(message);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    // Both sides of the fence were visited, or the test shows nothing.
    expect(accepted).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(1_000);
  });

  it('as frames with a byte changed get a verdict too', () => {
    const random = randomOf(seed);
    for (let round = 0; round < ROUNDS / 3; round += 1) {
      const bytes = new TextEncoder().encode(JSON.stringify(examples[random(examples.length)]?.message));
      bytes[random(bytes.length)] = random(256);
      expectVerdict(parseClientFrame(bytes.subarray(0, random(4) === 0 ? random(bytes.length) : undefined)));
    }
  });
});
