/** Codes of {@link RoomCoreError}; `docs/errors.md` has a row for each. */
export type RoomCoreErrorCode =
  | 'ERR_ROOM_NOT_FOUND'
  | 'ERR_ROOM_EXISTS'
  | 'ERR_ROOM_CLOSED'
  | 'ERR_ROOM_CONFLICT'
  | 'ERR_ROOM_FULL'
  | 'ERR_ROOM_INPUT'
  | 'ERR_ROOM_CURSOR'
  | 'ERR_NOT_ALLOWED'
  | 'ERR_ROOM_LOCKED'
  | 'ERR_REMOVED'
  | 'ERR_NOT_ADMITTED'
  | 'ERR_PARTICIPANT_NOT_FOUND'
  | 'ERR_REQUEST_TIMEOUT'
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_STORE_LOCKED'
  | 'ERR_STORE_DAMAGED'
  | 'ERR_SHUT_DOWN';

/** What a room refuses or cannot do. The message names the thing, the value and the remedy. */
export class RoomCoreError extends Error {
  override readonly name = 'RoomCoreError';
  /** Stable code to branch on. */
  readonly code: RoomCoreErrorCode;

  constructor(code: RoomCoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a {@link RoomCoreError}, also one of another copy of this package. */
export function isRoomCoreError(error: unknown): error is RoomCoreError {
  return error instanceof Error && error.name === 'RoomCoreError' && 'code' in error;
}
