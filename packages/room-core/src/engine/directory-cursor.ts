import { RoomCoreError } from '../errors.ts';

/** Where a page of rooms ended: time of creation, and the order of creation among equal times. */
export interface DirectoryPosition {
  readonly createdAt: number;
  readonly ordinal: number;
}

/** An opaque cursor for `position`. */
export function toCursor(position: DirectoryPosition): string {
  return `${position.createdAt.toString(36)}-${position.ordinal.toString(36)}`;
}

/** @throws RoomCoreError `ERR_ROOM_CURSOR` */
export function fromCursor(cursor: string): DirectoryPosition {
  const match = /^([0-9a-z]{1,11})-([0-9a-z]{1,11})$/.exec(cursor);
  const [, createdAt = '', ordinal = ''] = match ?? [];
  const position = { createdAt: Number.parseInt(createdAt, 36), ordinal: Number.parseInt(ordinal, 36) };
  if (Number.isSafeInteger(position.createdAt) && Number.isSafeInteger(position.ordinal)) return position;
  throw new RoomCoreError(
    'ERR_ROOM_CURSOR',
    `The cursor ${JSON.stringify(cursor)} did not come from this list; start again without a cursor.`,
  );
}
