export { isRoomCoreError, RoomCoreError, type RoomCoreErrorCode } from './errors.ts';
export type { Clock, Timer } from './ports/clock.ts';
export type { ConnectionPort } from './ports/connection.ts';
export type {
  HistoryTurn,
  ModelEvent,
  ModelPort,
  ModelSession,
  ModelSessionOptions,
  ModelToolCall,
  ModelUsage,
} from './ports/model-session.ts';
export type {
  AppendResult,
  ListRoomsOptions,
  LogPosition,
  ReadOptions,
  RoomDirectory,
  RoomEngine,
  RoomPage,
  RoomRecord,
} from './ports/room-engine.ts';
