/**
 * The wires of Colloquy: Gemini's Live API and the room wire between our own client and server.
 *
 * @packageDocumentation
 */

// Both
export { MAX_CLOSE_REASON_BYTES, toCloseReason } from './close-reason.ts';
// Gemini Live: messages, validation, parsing, models, close codes
export * from './gemini/index.ts';
// Room wire
export { isRetryableRoomClose, RoomCloseCode } from './room/close-codes.ts';
export type {
  EntryActor,
  EntryBodies,
  EntryKind,
  LogEntry,
  LogEntryOf,
  NewEntry,
  ParticipantRole,
} from './room/entries.ts';
export { MODEL_PARTICIPANT_ID, ROOM_PARTICIPANT_ID } from './room/entries.ts';
export type { MediaFrame } from './room/media-frame.ts';
export {
  MEDIA_FRAME_VERSION,
  MEDIA_HEADER_BYTES,
  MediaCodec,
  MediaFlag,
  MediaFrameError,
  MediaKind,
  parseMediaFrame,
  serializeMediaFrame,
} from './room/media-frame.ts';
export type {
  InflightMessage,
  MediaState,
  ModelState,
  ModelStatus,
  Participant,
  ResumePoint,
  RoomClientMessage,
  RoomConfiguration,
  RoomInfo,
  RoomLimits,
  RoomServerMessage,
  RoomSummary,
} from './room/messages.ts';
export { ROOM_SUBPROTOCOL, ROOM_WIRE_VERSION, TICKET_SUBPROTOCOL_PREFIX } from './room/messages.ts';
export { parseRoomClientMessage, parseRoomServerMessage, RoomMessageError } from './room/parse.ts';
