import { toSnakeCase } from './schema.ts';

/** Why a message is refused, in Google's words. */
export interface WireViolation {
  readonly closeCode: 1007;
  /** Google's wording in full; cut it with `toCloseReason` for a close frame. */
  readonly reason: string;
  /** Where, as a snake_case proto path such as `setup.tools[0].function_declarations[0]`; empty for the message. */
  readonly path: string;
}

/** Thrown inside the validator only: ends the walk at the first failure. */
export class ViolationSignal extends Error {
  readonly violation: WireViolation;
  constructor(path: string, reason: string) {
    super(reason);
    this.violation = { closeCode: 1007, reason, path };
  }
}

/** A key that no message of this kind has here. `path` is the parent's. */
export function unknownName(path: string, key: string, problem = 'Cannot find field.'): ViolationSignal {
  return new ViolationSignal(
    path,
    `Invalid JSON payload received. Unknown name "${shorten(key)}"${at(path)}: ${problem}`,
  );
}

/** A value that its field cannot hold. */
export function invalidValue(path: string, type: string, value: unknown): ViolationSignal {
  return new ViolationSignal(path, `Invalid value${at(path)} (${type}), ${quote(value)}`);
}

/** A text that is no base64 where bytes are due. */
export function invalidBase64(path: string, text: string): ViolationSignal {
  return new ViolationSignal(
    path,
    `Invalid value${at(path)} (TYPE_BYTES), Base64 decoding failed for "${shorten(text)}"`,
  );
}

/** An object where a single value is due. `path` is the parent's. */
export function objectOnScalar(path: string, name: string): ViolationSignal {
  return new ViolationSignal(
    path,
    `Invalid value${at(path)} (${toSnakeCase(name)}), Starting an object on a scalar field`,
  );
}

/** A second member of a oneof. `path` is the parent's. */
export function oneofClash(path: string, oneof: string, key: string): ViolationSignal {
  return new ViolationSignal(
    path,
    `Invalid value${at(path)} (oneof), oneof field '${oneof}' is already set. Cannot set '${shorten(key)}'`,
  );
}

/** An array where a map is due. */
export function listOnMap(path: string, name: string): ViolationSignal {
  return new ViolationSignal(path, `Invalid value${at(path)} (Map), Cannot bind a list to map for field '${name}'.`);
}

/** More levels than the service reads. */
export function tooDeep(path: string, key: string): ViolationSignal {
  return new ViolationSignal(path, `Message too deep. Max recursion depth reached for key '${shorten(key)}'`);
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
