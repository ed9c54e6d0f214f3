import type { WireProblem } from '../checks/wire-problem.ts';
import { toSnakeCase } from './schema.ts';

/** Why a message is refused, in Google's words, and what to change. */
export interface WireViolation extends WireProblem {
  readonly closeCode: 1007;
}

/**
 * Thrown inside the validator only: ends the walk at the first failure. The functions below make them; the paths they
 * are given are proto paths, which the service's words have in snake_case and people are told as they write them.
 */
export class ViolationSignal extends Error {
  readonly violation: WireViolation;
  constructor(path: string, reason: string, remedy: string) {
    super(reason);
    this.violation = { closeCode: 1007, reason, path, remedy };
  }
}

/** A key that no message of this kind has here. `path` is the parent's. */
export function unknownName(path: string, key: string, remedy: string): ViolationSignal {
  return new ViolationSignal(member(path, key), unknown(path, key, 'Cannot find field.'), remedy);
}

/** A value that is no object where the whole message is due. */
export function noMessage(): ViolationSignal {
  return new ViolationSignal('', unknown('', '', 'Root element must be a message.'), 'Send a JSON object.');
}

/** An array where one value is due. `field` is the value's own path, `path` the one that the service names. */
export function listOnSingle(field: string, path: string, key: string): ViolationSignal {
  const reason = unknown(path, key, 'Proto field is not repeating, cannot start list.');
  return new ViolationSignal(toCamelCase(field), reason, 'Give one value instead of a list.');
}

/** A value that its field cannot hold. */
export function invalidValue(path: string, type: string, value: unknown, remedy: string): ViolationSignal {
  return new ViolationSignal(toCamelCase(path), `Invalid value${at(path)} (${type}), ${quote(value)}`, remedy);
}

/** A text that is no base64 where bytes are due. */
export function invalidBase64(path: string, text: string): ViolationSignal {
  const reason = `Invalid value${at(path)} (TYPE_BYTES), Base64 decoding failed for "${shorten(text)}"`;
  return new ViolationSignal(toCamelCase(path), reason, 'Give the Base64 of the bytes, and nothing in front of it.');
}

/** An object where a single value is due. `path` is the parent's. */
export function objectOnScalar(field: string, path: string, name: string): ViolationSignal {
  const reason = `Invalid value${at(path)} (${toSnakeCase(name)}), Starting an object on a scalar field`;
  return new ViolationSignal(toCamelCase(field), reason, 'Give one value instead of an object.');
}

/** A second member of a oneof. `path` is the parent's. */
export function oneofClash(path: string, oneof: string, key: string): ViolationSignal {
  const reason = `Invalid value${at(path)} (oneof), oneof field '${oneof}' is already set. Cannot set '${shorten(key)}'`;
  const remedy =
    path === '' ? 'Send each in a message of its own.' : 'Leave it out: only one member of its kind may be set.';
  return new ViolationSignal(member(path, key), reason, remedy);
}

/** An array where a map is due. */
export function listOnMap(path: string, name: string): ViolationSignal {
  const reason = `Invalid value${at(path)} (Map), Cannot bind a list to map for field '${name}'.`;
  return new ViolationSignal(toCamelCase(path), reason, 'Give an object of names and values instead of a list.');
}

/** More levels than the service reads. */
export function tooDeep(path: string, key: string, mostLevels: number): ViolationSignal {
  const reason = `Message too deep. Max recursion depth reached for key '${shorten(key)}'`;
  return new ViolationSignal(toCamelCase(path), reason, `Nest objects and lists at most ${mostLevels} deep.`);
}

function unknown(path: string, key: string, problem: string): string {
  return `Invalid JSON payload received. Unknown name "${shorten(key)}"${at(path)}: ${problem}`;
}

function member(path: string, key: string): string {
  return path === '' ? shorten(key) : `${toCamelCase(path)}.${shorten(key)}`;
}

/** A proto path in the names that JSON has for them. */
function toCamelCase(path: string): string {
  return path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function at(path: string): string {
  return path === '' ? '' : ` at '${path}'`;
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `"${shorten(value)}"` : shorten(String(value));
}

/** A close frame holds 123 bytes: what a hostile message says beyond this is of no use to anyone. */
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
