/**
 * React bindings: a provider and narrow hooks over `RoomClient` and `GeminiLiveAPI`.
 *
 * @packageDocumentation
 */

export type { LiveProviderProps, LiveView } from './live-context.ts';
export { LiveProvider, useLive, useLiveClient } from './live-context.ts';
export type { RoomProviderProps } from './room-context.ts';
export { RoomProvider, useRoomClient } from './room-context.ts';
export type { FloorView, RoomView, TimelineView, WaitingRoomView } from './room-hooks.ts';
export {
  useEffectiveSetup,
  useFloor,
  useMedia,
  useModelState,
  useParticipants,
  usePicturePin,
  useRecording,
  useRoom,
  useRoomUsage,
  useTimeline,
  useToolApprovals,
  useVideos,
  useWaitingRoom,
} from './room-hooks.ts';
export { useAppEntries } from './use-app-entries.ts';
export { useAudioLevel, useMicrophoneLevel } from './use-audio-level.ts';
export { useClientTool } from './use-client-tool.ts';
export { useDevices } from './use-devices.ts';
export { useEventLog } from './use-event-log.ts';
export { useParticipantVideo } from './use-participant-video.ts';
export { useRoomEvent } from './use-room-event.ts';
export { useSpokenSpans } from './use-spoken-spans.ts';
export { useTranscript } from './use-transcript.ts';
