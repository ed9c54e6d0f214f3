import { MediaFrameError, RoomCloseCode, RoomMessageError } from '@colloquy/live-protocol';
import { isRoomCoreError, type RoomCoreErrorCode, roomCloseOf } from '@colloquy/room-core';
import { isLiveProxyError } from '../errors.ts';
import { stageOf, toClientClose, toHttpRefusal } from '../failures.ts';

/** How an error looks from outside: as an HTTP answer and as the close of a room's socket. */
export interface Refusal {
  readonly status: number;
  readonly closeCode: number;
  /** Stable code to branch on. */
  readonly code: string;
  /** Words for people, free of secrets. */
  readonly message: string;
  /** Whether the fault is ours; then it belongs in the log, and the message tells nothing of it. */
  readonly internal: boolean;
}

const ROOM_STATUS: Readonly<Record<RoomCoreErrorCode, number>> = {
  ERR_ROOM_INPUT: 400,
  ERR_ROOM_CURSOR: 400,
  ERR_NOT_ALLOWED: 403,
  ERR_ROOM_LOCKED: 403,
  ERR_REMOVED: 403,
  ERR_NOT_ADMITTED: 403,
  ERR_ROOM_NOT_FOUND: 404,
  ERR_PARTICIPANT_NOT_FOUND: 404,
  ERR_ROOM_EXISTS: 409,
  ERR_ROOM_CONFLICT: 409,
  ERR_ROOM_CLOSED: 409,
  ERR_ROOM_FULL: 409,
  ERR_REQUEST_TIMEOUT: 503,
  ERR_STORE_UNAVAILABLE: 503,
  ERR_STORE_LOCKED: 503,
  ERR_STORE_DAMAGED: 500,
  ERR_SHUT_DOWN: 503,
};

/** Finds the refusal for anything that was thrown. What is not known stays inside. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof RoomMessageError || error instanceof MediaFrameError) {
    return refusal(400, RoomCloseCode.badMessage, 'ERR_BAD_MESSAGE', error.message);
  }
  if (isRoomCoreError(error)) {
    return refusal(ROOM_STATUS[error.code] ?? 500, roomCloseOf(error).code, error.code, error.message);
  }
  if (isLiveProxyError(error)) {
    const { status, message } = toHttpRefusal(error);
    return { ...refusal(status, toClientClose(error).code, error.code, message), internal: stageOf(error) !== null };
  }
  const message = 'Something went wrong on the server; try again later.';
  return { ...refusal(500, RoomCloseCode.internal, 'ERR_INTERNAL', message), internal: true };
}

function refusal(status: number, closeCode: number, code: string, message: string): Refusal {
  return { status, closeCode, code, message, internal: false };
}
