import { CliUsageError } from './usage-error.ts';

/** @throws {@link CliUsageError} */
export function wholeNumber(name: string, text: string | undefined, highest: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= highest) return value;
  throw new CliUsageError(`--${name} is ${JSON.stringify(text)}; give a whole number from 0 to ${highest}.`);
}

/** @throws {@link CliUsageError} */
export function numberAtLeast(name: string, text: string | undefined, lowest: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= lowest) return value;
  throw new CliUsageError(`--${name} is ${JSON.stringify(text)}; give a number of at least ${lowest}.`);
}

/** @throws {@link CliUsageError} */
export function oneOf<T extends string>(name: string, text: string | undefined, choices: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new CliUsageError(`--${name} is ${JSON.stringify(text)}; give one of ${choices.join(', ')}.`);
}

/** An option that was not given is absent, so that its default applies. */
export function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
