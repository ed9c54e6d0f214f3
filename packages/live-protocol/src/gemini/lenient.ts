/**
 * Readers that turn a value of the wrong type into its absence: a client has to live with whatever a newer service
 * sends.
 */

/** A JSON object, not an array and not `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or `null`. Its fields are as unproved as before. */
export function objectOf<T extends object>(value: unknown): T | null {
  return isObject(value) ? (value as T) : null;
}

/** The list, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string that is not empty, or `null`: proto3 treats an empty one as absent. */
export function stringOf<T extends string = string>(value: unknown): T | null {
  return typeof value === 'string' && value !== '' ? (value as T) : null;
}

/** The number, also out of an int64's string; else 0. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}
