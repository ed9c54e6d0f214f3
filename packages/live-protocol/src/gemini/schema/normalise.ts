import type { Backend } from '../backend.ts';
import { isObject } from '../lenient.ts';
import { remedyForName, remedyForValue } from './remedies.ts';
import { readScalar, scalarLabel } from './scalars.ts';
import type { Field, FieldType, Schema } from './schema.ts';
import {
  invalidBase64,
  invalidValue,
  listOnMap,
  listOnSingle,
  noMessage,
  objectOnScalar,
  oneofClash,
  tooDeep,
  unknownName,
} from './violation.ts';

/** Levels of objects and arrays that Google's JSON reader follows. */
const MAX_DEPTH = 100;

/** Where the walk stands. */
interface Place {
  /** snake_case proto path. */
  readonly path: string;
  /** The key as the client spelled it. */
  readonly key: string;
  /** Objects and arrays around the value. */
  readonly depth: number;
}

/**
 * Walks one value along a schema and builds its canonical form: lowerCamelCase names, enum names in full, int64 as
 * strings, `null` left out. The input is never changed; opaque values are handed on as they are.
 */
export class Normaliser {
  readonly #schema: Schema;
  readonly #backend: Backend | null;

  constructor(schema: Schema, backend: Backend | null) {
    this.#schema = schema;
    this.#backend = backend;
  }

  /** @throws `ViolationSignal` at the first failure. */
  root(message: string, value: unknown): Record<string, unknown> {
    if (!isObject(value)) throw noMessage();
    return this.#message(message, value, { path: '', key: '', depth: 1 });
  }

  #message(message: string, value: Record<string, unknown>, place: Place): Record<string, unknown> {
    const fields = this.#schema.fields(message);
    const result: Record<string, unknown> = {};
    const oneofs: string[] = [];
    for (const key of Object.keys(value)) {
      const field = fields.get(key);
      if (field === undefined || this.#isForeign(field)) {
        throw unknownName(place.path, key, remedyForName(key, message, this.#schema, this.#backend));
      }
      const raw = value[key];
      if (raw === null || raw === undefined) continue;
      if (field.oneof !== null) {
        if (oneofs.includes(field.oneof)) throw oneofClash(place.path, field.oneof, key);
        oneofs.push(field.oneof);
      }
      result[field.name] = this.#field(field, raw, place, key);
    }
    return result;
  }

  #isForeign(field: Field): boolean {
    return field.backend !== null && this.#backend !== null && field.backend !== this.#backend;
  }

  #field(field: Field, value: unknown, parent: Place, key: string): unknown {
    const path = parent.path === '' ? field.protoName : `${parent.path}.${field.protoName}`;
    if (field.repeated) return this.#list(field, value, parent, key, path);
    // Maps and free values have their own say on arrays.
    if (Array.isArray(value) && field.type.kind !== 'map' && field.type.kind !== 'value') {
      throw listOnSingle(path, parent.path, key);
    }
    return this.#value(field.type, value, { path, key, depth: parent.depth + 1 }, parent.path);
  }

  /** A single value counts as a list of one, as Google's reader takes it. */
  #list(field: Field, value: unknown, parent: Place, key: string, path: string): unknown[] {
    const items = Array.isArray(value) ? value : [value];
    const result: unknown[] = [];
    for (const [index, item] of items.entries()) {
      if (item === null || item === undefined) continue;
      const place = { path: `${path}[${index}]`, key, depth: parent.depth + 2 };
      if (Array.isArray(item)) throw listOnSingle(place.path, path, key);
      result.push(this.#value(field.type, item, place, parent.path));
    }
    return result;
  }

  #value(type: FieldType, value: unknown, place: Place, parentPath: string): unknown {
    switch (type.kind) {
      case 'scalar': {
        const scalar = readScalar(type.name, value);
        if (scalar !== undefined) return scalar;
        if (typeof value === 'object') throw objectOnScalar(place.path, parentPath, place.key);
        if (type.name === 'bytes' && typeof value === 'string') throw invalidBase64(place.path, value);
        throw this.#invalid(type, scalarLabel(type.name), value, place);
      }
      case 'enum':
        return this.#enum(type, value, place, parentPath);
      case 'message':
        if (!isObject(value)) throw this.#invalid(type, this.#typeUrl(type.name), value, place);
        if (place.depth > MAX_DEPTH) throw tooDeep(place.path, place.key, MAX_DEPTH);
        return this.#message(type.name, value, place);
      case 'map':
        return this.#map(type, value, place);
      case 'struct':
        if (!isObject(value)) throw this.#invalid(type, 'type.googleapis.com/google.protobuf.Struct', value, place);
        checkDepth(value, place);
        return value;
      case 'value':
        checkDepth(value, place);
        return value;
      default:
        return type satisfies never;
    }
  }

  /** Names in any case, or the number. */
  #enum(type: FieldType & { readonly kind: 'enum' }, value: unknown, place: Place, parentPath: string): string {
    const { protoName, values } = this.#schema.enum(type.name);
    if (typeof value === 'string') {
      // Almost every value is spelled right.
      if (values.includes(value)) return value;
      const wanted = value.toUpperCase();
      const found = values.find((candidate) => candidate.toUpperCase() === wanted);
      if (found !== undefined) return found;
    }
    const found = typeof value === 'number' ? values[value] : undefined;
    if (found !== undefined) return found;
    if (typeof value === 'object') throw objectOnScalar(place.path, parentPath, place.key);
    throw this.#invalid(type, this.#typeUrl(protoName), value, place);
  }

  #map(type: FieldType & { readonly kind: 'map' }, value: unknown, place: Place): Record<string, unknown> {
    if (Array.isArray(value)) throw listOnMap(place.path, place.key);
    if (!isObject(value)) throw this.#invalid(type, 'Map', value, place);
    if (place.depth > MAX_DEPTH) throw tooDeep(place.path, place.key, MAX_DEPTH);
    const result: Record<string, unknown> = {};
    for (const [index, key] of Object.keys(value).entries()) {
      const raw = value[key];
      if (raw === null || raw === undefined) continue;
      const entry = { path: `${place.path}[${index}].value`, key, depth: place.depth + 1 };
      if (Array.isArray(raw)) throw listOnSingle(entry.path, entry.path, key);
      setOwn(result, key, this.#value(type.value, raw, entry, place.path));
    }
    return result;
  }

  #invalid(type: FieldType, label: string, value: unknown, place: Place): Error {
    return invalidValue(place.path, label, value, remedyForValue(type, this.#schema, this.#backend));
  }

  #typeUrl(name: string): string {
    const proto =
      this.#backend === 'vertex' ? 'google.cloud.aiplatform.v1beta1' : 'google.ai.generativelanguage.v1beta';
    return `type.googleapis.com/${proto}.${name}`;
  }
}

/** Opaque values are bounded too: whoever serialises them later recurses. */
function checkDepth(value: unknown, place: Place): void {
  if (typeof value !== 'object' || value === null) return;
  if (place.depth > MAX_DEPTH) throw tooDeep(place.path, place.key, MAX_DEPTH);
  const depth = place.depth + 1;
  if (Array.isArray(value)) for (const item of value) checkDepth(item, { path: place.path, key: place.key, depth });
  else for (const [key, item] of Object.entries(value)) checkDepth(item, { path: place.path, key, depth });
}

/** Plain assignment to `__proto__` would change the object's prototype instead of adding an entry. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}
