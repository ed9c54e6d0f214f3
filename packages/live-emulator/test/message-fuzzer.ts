import { readFileSync } from 'node:fs';
import { SeededRandom } from '../src/random.ts';

const file = new URL('../../live-protocol/fixtures/examples.jsonl', import.meta.url);
const examples = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as { dir: string; name: string; message: Record<string, unknown> })
  .filter(({ dir }) => dir === 'client');
/** What most sessions live through; the rest ends one at once. */
const harmless = examples.filter(
  ({ name, message }) =>
    !('setup' in message) && !/^invalid|activity|mediaChunks|MediaProcessing|systemRole/.test(name),
);
const setups = examples.filter(({ message }) => 'setup' in message);

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, '', 'AUDIO', 'audio/pcm;rate=1', 'image/png', '\uD800'],
  ...[[], {}, [[]], [null, 1, {}], 'A'.repeat(3_000), '9'.repeat(400), { a: { b: [] } }],
];
const KEYS = ['__proto__', 'constructor', '', 'turn_complete', 'Setup', '0', 'id', 'data', 'mimeType', 'willContinue'];
const JUNK = ['null', '{}', '[]', '"x"', '-1', '1e999', 'true', '{"a":[{}]}', '\\u0000', '"', '{', ']'] as const;

/** Client messages that nobody should send, from a seed: valid ones, changed ones, half ones, and no messages at all. */
export class MessageFuzzer {
  readonly #random: SeededRandom;

  constructor(seed: string) {
    this.#random = new SeededRandom(seed);
  }

  next(): string | Uint8Array {
    const random = this.#random;
    // Most are harmless, or no session would live long enough to be hurt.
    const example = random.float() < 0.95 ? this.#pick(harmless) : this.#pick(examples);
    return this.#spoil(example?.message, 0.8);
  }

  /** A first message: some setup, two times of three not as it should be. */
  nextSetup(): string | Uint8Array {
    return this.#spoil(this.#pick(setups)?.message, 0.3);
  }

  /** `message` as it is with a probability of `intact`, or changed in one way or another. */
  #spoil(message: unknown, intact: number): string | Uint8Array {
    const random = this.#random;
    if (random.float() < intact) return JSON.stringify(message);
    const kind = random.float();
    if (kind < 0.6) return JSON.stringify(this.#mutate(message));
    const text = JSON.stringify(message);
    if (kind < 0.85) return this.#scribble(text);
    const bytes = Buffer.from(text);
    bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
    return random.float() < 0.5 ? bytes : bytes.subarray(0, random.integer(0, bytes.length));
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#random.integer(0, list.length - 1)];
  }

  /** One change somewhere in the tree: a value, a name, one more, or one less. */
  #mutate(value: unknown): unknown {
    const random = this.#random;
    if (typeof value !== 'object' || value === null || random.float() < 0.06) return this.#pick(VALUES);
    if (Array.isArray(value)) {
      const index = random.integer(0, value.length);
      return index < value.length
        ? value.toSpliced(index, 1, this.#mutate(value[index]))
        : [...value, this.#pick(VALUES)];
    }
    const entries = Object.entries(value);
    const index = random.integer(0, entries.length);
    const entry = entries[index];
    if (!entry) entries.push([this.#pick(KEYS) ?? '', this.#pick(VALUES)]);
    else if (random.float() < 0.1) entries.splice(index, 1);
    else entries[index] = [random.float() < 0.05 ? `${entry[0]}x` : entry[0], this.#mutate(entry[1])];
    return Object.fromEntries(entries);
  }

  #scribble(text: string): string {
    const random = this.#random;
    let result = text;
    for (let change = random.integer(1, 3); change > 0; change -= 1) {
      const at = random.integer(0, result.length);
      result = result.slice(0, at) + random.pick(JUNK) + result.slice(at + random.integer(0, 12));
    }
    return result;
  }
}
