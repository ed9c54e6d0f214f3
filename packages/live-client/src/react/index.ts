/**
 * React bindings: a provider and narrow hooks over `RoomClient` and `GeminiLiveAPI`.
 *
 * @packageDocumentation
 */

export type { LiveProviderProps, LiveView } from './live-context.ts';
export { LiveProvider, useLive, useLiveClient } from './live-context.ts';
export type { RoomProviderProps } from './room-context.ts';
export { RoomProvider, useRoomClient } from './room-context.ts';
export type { FloorView, RoomView, TimelineView } from './room-hooks.ts';
export {
  useFloor,
  useMedia,
  useModelState,
  useParticipants,
  useRoom,
  useRoomUsage,
  useTimeline,
  useToolApprovals,
  useVideos,
} from './room-hooks.ts';
export { useAudioLevel } from './use-audio-level.ts';
export { useClientTool } from './use-client-tool.ts';
export { useDevices } from './use-devices.ts';
export { useParticipantVideo } from './use-participant-video.ts';
export { useTranscript } from './use-transcript.ts';
