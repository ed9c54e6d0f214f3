/**
 * Rooms in which several people share one live model session.
 *
 * @packageDocumentation
 */

// What applications keep in the log
export type { AppTopic, AppTopics } from './app/app-topic.ts';
export type { AppEntriesOptions } from './app/read-app-entries.ts';
// Rooms
export { roomCloseOf } from './close-of.ts';
// Cold storage
export { memoryColdStore } from './cold/memory-cold-store.ts';
export { isRoomCoreError, RoomCoreError, type RoomCoreErrorCode } from './errors.ts';
export type { ExportFormat, ExportOptions, RoomExport } from './export/export-log.ts';
export { type MemoryEngineOptions, memoryEngine } from './memory-engine.ts';
export type { BudgetModality, PartBudget, PartBudgets } from './metering/part-budgets.ts';
export type { RoomBudget, RoomBudgetOption } from './metering/room-budget.ts';
export type { StoredUsage } from './metering/room-meter.ts';
export type { EngineMeasurement, JitterMeasurement, RoomMeasurement } from './metrics/measurement.ts';
export type { Durations, RoomMetrics } from './metrics/room-metrics.ts';
// Ports
export type { Clock, Timer } from './ports/clock.ts';
export type { ColdListOptions, ColdObject, ColdPage, ColdStore, ColdWriteOptions } from './ports/cold-store.ts';
export type { ConnectionPort } from './ports/connection.ts';
export type { HotLook, HotRoom, HotRooms } from './ports/hot-rooms.ts';
export type {
  ConfigurationProblem,
  HistoryTurn,
  ModelEvent,
  ModelPort,
  ModelSession,
  ModelSessionOptions,
  ModelToolCall,
  ToolDeclaration,
  ToolScheduling,
} from './ports/model-session.ts';
export type { OpusDecoderPort, OpusStream } from './ports/opus-decoder.ts';
export type {
  RecordingFile,
  RecordingInfo,
  RecordingStore,
  RecordingTrack,
  RecordingWriter,
  TrackWriter,
} from './ports/recording-store.ts';
export type {
  AppendOptions,
  AppendResult,
  ClientNumber,
  EpochStart,
  ListRoomsOptions,
  LogPosition,
  ReadOptions,
  RestoredRoom,
  RoomDirectory,
  RoomEngine,
  RoomPage,
  RoomRecord,
  SearchEntriesOptions,
  SkipOptions,
  SkipResult,
} from './ports/room-engine.ts';
export type {
  MicrophoneFrame,
  MixEvent,
  MixerPort,
  RoomMixer,
  RoomMixerOptions,
} from './ports/room-mixer.ts';
export type { AcquiredLease, KeptName, RoomLease, RoomNode } from './ports/room-node.ts';
export type { DoorState } from './room/doors.ts';
export type { ConnectingClient, RoomConnection } from './room-connection.ts';
export type { RoomErrorStage, RoomManagerEvents } from './room-events.ts';
export type { RoomIdentity } from './room-identity.ts';
export { RoomManager } from './room-manager.ts';
export type { RoomLimitOptions, RoomLogger, RoomManagerOptions } from './room-options.ts';
export type {
  CreateRoomInput,
  HistoryOptions,
  HistoryPage,
  ListOptions,
  RoomList,
  SearchOptions,
  SearchPage,
} from './room-queries.ts';
export type { ConnectionInfo, PersonInfo, RoomSessionInfo } from './room-sessions.ts';
export { systemClock } from './system-clock.ts';

// Tools
export {
  type AnyRoomTool,
  type ClientTool,
  defineRoomTool,
  type RoomTool,
  type RoomToolContext,
  type RoomToolOptions,
  type ServerTool,
  type ToolApproval,
  ToolError,
  type ToolPlace,
  type ToolResult,
} from './tools/room-tool.ts';
