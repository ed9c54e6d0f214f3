import { RoomCoreError } from './errors.ts';

/** The error for a value that cannot be: names the thing, the value and the rule. */
export function wrongInput(what: string, value: unknown, rule: string): RoomCoreError {
  return new RoomCoreError('ERR_ROOM_INPUT', `${what} ${excerpt(value)} ${rule}.`);
}

function excerpt(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
