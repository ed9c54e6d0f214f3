import { readFileSync } from 'node:fs';
import type { Backend } from '../src/index.ts';

/** One line of `fixtures/examples.jsonl`. */
export interface Example {
  readonly dir: 'client' | 'server';
  readonly backend: Backend | 'both';
  readonly name: string;
  readonly message: Record<string, unknown>;
}

/** Every recorded or documented message, valid and not. */
export const examples: readonly Example[] = readFileSync(new URL('../fixtures/examples.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Example);

/** The message of one example. */
export function example(name: string, backend?: Backend): Record<string, unknown> {
  const found = examples.find((line) => line.name === name && (backend === undefined || line.backend === backend));
  if (found === undefined) throw new Error(`fixtures/examples.jsonl has no line named ${name}; add it.`);
  return found.message;
}

/** The backends an example is for. */
export function backendsOf(line: Example): readonly Backend[] {
  return line.backend === 'both' ? ['gemini', 'vertex'] : [line.backend];
}
