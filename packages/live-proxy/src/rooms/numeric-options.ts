/** Above this a Node timer fires at once. */
const LARGEST = 2 ** 31 - 1;

/**
 * The given numbers over the defaults.
 *
 * @throws TypeError for an unknown name, RangeError for a value that is not a whole number from 0.
 */
export function numericOptions<T extends { readonly [K in keyof T]: number }>(defaults: T, given: Partial<T> = {}): T {
  const values: Record<string, number> = { ...defaults };
  for (const [name, value] of Object.entries<unknown>(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`limits.${name} is not a limit; limits are ${Object.keys(defaults).join(', ')}.`);
    }
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > LARGEST) {
      throw new RangeError(`limits.${name} is ${String(value)}; write a whole number from 0 (off) to ${LARGEST}.`);
    }
    values[name] = value;
  }
  return values as T;
}
