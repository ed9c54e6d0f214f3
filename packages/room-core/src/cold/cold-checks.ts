import { RoomCoreError } from '../errors.ts';
import type { ColdListOptions } from '../ports/cold-store.ts';

const MAX_NAME_BYTES = 900;
const MAX_METADATA_LENGTH = 2048;
const encoder = new TextEncoder();

/** Names that every store takes; a prefix of the deployment has room before them. */
export function checkColdName(name: string): string {
  const bytes = encoder.encode(name).length;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (bytes < 1 || bytes > MAX_NAME_BYTES || /[\u0000-\u001f\u007f]/.test(name) || !name.isWellFormed()) {
    throw new RoomCoreError(
      'ERR_ROOM_INPUT',
      `The object name ${JSON.stringify(name.slice(0, 80))} has ${bytes} bytes; it must have 1 to ${MAX_NAME_BYTES}, without control characters.`,
    );
  }
  return name;
}

/** A copy. */
export function checkColdMetadata(metadata: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  let length = 0;
  for (const [key, value] of Object.entries(metadata)) {
    length += key.length + value.length;
    if (!/^[a-z0-9-]{1,64}$/.test(key)) {
      throw new RoomCoreError(
        'ERR_ROOM_INPUT',
        `The metadata name ${JSON.stringify(key.slice(0, 80))} must be 1 to 64 of a-z, 0-9 and "-".`,
      );
    }
  }
  if (length > MAX_METADATA_LENGTH) {
    throw new RoomCoreError(
      'ERR_ROOM_INPUT',
      `The metadata of an object has ${length} characters; at most ${MAX_METADATA_LENGTH} are taken.`,
    );
  }
  return { ...metadata };
}

export function checkColdListOptions({ limit }: ColdListOptions): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new RoomCoreError('ERR_ROOM_INPUT', `The limit of a listing is ${limit}; it must be 1 to 1000.`);
  }
}

/** Of a cursor that this store did not give out. */
export function foreignColdCursor(cursor: string): RoomCoreError {
  return new RoomCoreError(
    'ERR_ROOM_CURSOR',
    `The cursor ${JSON.stringify(cursor.slice(0, 40))} is not of this store; list from the start.`,
  );
}
