import { RoomCloseCode, toCloseReason } from '@colloquy/live-protocol';
import { isRoomCoreError, type RoomCoreErrorCode } from './errors.ts';

const closeCodes: Readonly<Record<RoomCoreErrorCode, RoomCloseCode>> = {
  ERR_ROOM_NOT_FOUND: RoomCloseCode.noSuchRoom,
  ERR_ROOM_EXISTS: RoomCloseCode.badMessage,
  ERR_ROOM_CLOSED: RoomCloseCode.roomClosed,
  ERR_ROOM_CONFLICT: RoomCloseCode.internal,
  // Final: whoever waits for a place wants to be told, not to knock every seven seconds.
  ERR_ROOM_FULL: RoomCloseCode.notAllowed,
  ERR_ROOM_INPUT: RoomCloseCode.badMessage,
  ERR_ROOM_CURSOR: RoomCloseCode.badMessage,
  ERR_NOT_ALLOWED: RoomCloseCode.notAllowed,
  ERR_ROOM_LOCKED: RoomCloseCode.notAllowed,
  ERR_REMOVED: RoomCloseCode.notAllowed,
  ERR_NOT_ADMITTED: RoomCloseCode.notAllowed,
  ERR_PARTICIPANT_NOT_FOUND: RoomCloseCode.badMessage,
  ERR_REQUEST_TIMEOUT: RoomCloseCode.internal,
  ERR_STORE_UNAVAILABLE: RoomCloseCode.internal,
  ERR_STORE_LOCKED: RoomCloseCode.internal,
  ERR_STORE_DAMAGED: RoomCloseCode.internal,
  ERR_SHUT_DOWN: RoomCloseCode.draining,
};

/** Close code and reason for a client whose `connect` was rejected with `error`; an unknown error becomes 4500. */
export function roomCloseOf(error: unknown): { readonly code: RoomCloseCode; readonly reason: string } {
  if (!isRoomCoreError(error)) return { code: RoomCloseCode.internal, reason: 'The server failed; connect again.' };
  return { code: closeCodes[error.code] ?? RoomCloseCode.internal, reason: toCloseReason(error.message) };
}
