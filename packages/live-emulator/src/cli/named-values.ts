import { CliUsageError } from './usage-error.ts';

/** A kind of value after `name=`. */
type Reader<T> = (text: string) => T | null;

/** Readers by the names that an option takes. */
export type NamedReaders<T> = { readonly [K in keyof T]: Reader<T[K]> };

/** A number that is not negative; `null` for anything else. */
export const toNumber: Reader<number> = (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : null);

/** Any number, such as a level below zero; `null` for anything else. */
export const toSignedNumber: Reader<number> = (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null);

/**
 * Reads `name=value` as often as it was given.
 *
 * @param form what a value looks like, for the error.
 * @throws {@link CliUsageError}
 */
export function namedValues<T extends object>(
  option: string,
  texts: readonly string[] | undefined,
  readers: NamedReaders<T>,
  form: string,
): Partial<T> | undefined {
  if (texts === undefined) return undefined;
  const values: Partial<T> = {};
  for (const text of texts) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const known = Object.hasOwn(readers, name) ? (name as keyof T) : null;
    const read = known === null ? null : readers[known](value);
    if (known === null || read === null) {
      const names = Object.keys(readers).join(', ');
      throw new CliUsageError(`--${option} is ${JSON.stringify(text)}; give name=${form}, with a name of ${names}.`);
    }
    values[known] = read;
  }
  return values;
}
