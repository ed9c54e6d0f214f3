import { isBase64 } from '../base64.ts';
import { isDuration } from '../duration.ts';

/** Types of single values, as the tables name them. */
export type ScalarType =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'bytes'
  | 'duration'
  | 'timestamp';

/**
 * The value in its canonical form, or `undefined` when it is not of the type. Numbers are taken from strings too, as
 * proto3 JSON does; an int64 becomes a string.
 */
export function readScalar(type: ScalarType, value: unknown): string | number | boolean | undefined {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int32':
      return readInt32(value);
    case 'int64':
      return readInt64(value);
    case 'float':
    case 'double':
      return readNumber(value);
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'bytes':
      return typeof value === 'string' && isBase64(value) ? value : undefined;
    case 'duration':
      return typeof value === 'string' && isDuration(value) ? value : undefined;
    case 'timestamp':
      return typeof value === 'string' && isTimestamp(value) ? value : undefined;
    default:
      return type satisfies never;
  }
}

/** How errors name the type. */
export function scalarLabel(type: ScalarType): string {
  if (type === 'duration') return 'type.googleapis.com/google.protobuf.Duration';
  if (type === 'timestamp') return 'type.googleapis.com/google.protobuf.Timestamp';
  return `TYPE_${type.toUpperCase()}`;
}

function readInt32(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,12}$/.test(value) ? Number(value) : value;
  // `| 0` keeps exactly the integers of 32 bits.
  return typeof number === 'number' && (number | 0) === number ? number | 0 : undefined;
}

function readInt64(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
  const number = BigInt(value);
  return BigInt.asIntN(64, number) === number ? String(number) : undefined;
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function isTimestamp(value: string): boolean {
  const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
  return pattern.test(value) && !Number.isNaN(Date.parse(value));
}
