/**
 * Browser client for the Gemini Live API through a proxy, and for Colloquy rooms.
 *
 * @packageDocumentation
 */

// Schemas of any library
export type { SchemaIssue, SchemaResult, StandardSchema } from '@colloquy/live-protocol';
// Sound
export type { CaptureWay } from './audio/capture.ts';
export type { HeardClock, PlaybackSource } from './audio/playback.ts';
export type { PlaybackStatistics } from './audio/playback-statistics.ts';
export type { PlaybackSourceOptions, SpeakerEvents, SpeakerOptions } from './audio/speaker.ts';
export { Speaker } from './audio/speaker.ts';
export type { WorkletFile, WorkletUrl } from './audio/worklet-url.ts';
// Connection
export type { ConnectionSnapshot } from './connection/connection-snapshot.ts';
export type { WebSocketConstructor, WebSocketLike } from './connection/socket-port.ts';
export type { Provided } from './connection/socket-target.ts';
// Devices
export { Camera } from './devices/camera.ts';
export type { DeviceInfo, DeviceList, DeviceListOptions } from './devices/device-list.ts';
export { listDevices, onDevicesChanged } from './devices/device-list.ts';
export type { MediaDevicesPort } from './devices/media-devices.ts';
export type {
  CapturedFrame,
  MicrophoneEvents,
  MicrophoneOptions,
  MicrophoneSettings,
  MicrophoneStartOptions,
  MicrophoneState,
} from './devices/microphone.ts';
export { Microphone } from './devices/microphone.ts';
export type {
  PictureDeviceEvents,
  PictureDeviceOptions,
  PictureSourceState,
  PictureStartOptions,
  TakenPicture,
  TakenVideo,
} from './devices/picture-device.ts';
export { ScreenShare } from './devices/screen.ts';
// Errors
export type {
  ConnectionErrorCode,
  DeviceErrorCode,
  LiveClientErrorCode,
  LiveClientErrorOptions,
  MediaErrorCode,
  RoomErrorCode,
} from './errors.ts';
export { isLiveClientError, LiveClientError } from './errors.ts';
export type { IterateOptions } from './event-iterator.ts';
// Gemini Live, one to one
export type { GeminiLiveOptions } from './gemini/live-options.ts';
export type { LiveEvents, LiveSnapshot } from './gemini/live-snapshot.ts';
export type { AnyLiveTool, LiveTool, LiveToolContext } from './gemini/live-tool.ts';
export { defineTool } from './gemini/live-tool.ts';
export type { ContinuityNotice, ProxyNotice } from './gemini/proxy-message.ts';
export type { TranscriptItem } from './gemini/transcript.ts';
export { GeminiLiveAPI } from './gemini-live-api.ts';
// Media of a client
export type { CreateMediaKit, MediaKit, MediaKitOptions, MediaSnapshot } from './media-kit.ts';
// Rooms
export type { AppLog, AppLogSnapshot } from './room/app-log.ts';
export type { LoggedEvent } from './room/event-log.ts';
export type { ParticipantMedia } from './room/participant-media.ts';
export { RoomClient } from './room/room-client.ts';
export type { RoomClientOptions } from './room/room-client-options.ts';
export type { RoomEvents } from './room/room-events.ts';
export type { RoomHost } from './room/room-host.ts';
export type { RoomRequestOptions } from './room/room-requests.ts';
export type { ParticipantVideo, ParticipantVideos, RoomSnapshot } from './room/room-snapshot.ts';
export type { RoomClientTool, ToolApprovalRequest } from './room/room-tools.ts';
export type { SearchRoomOptions, SearchRoomPage } from './room/search-room.ts';
export type { SpokenSpan } from './room/spoken-spans.ts';
export type { TimelineViewer } from './room/timeline.ts';
export type { TimelineItem } from './room/timeline-item.ts';
export { toTimelineItems } from './room/to-timeline-items.ts';
// Pictures
export type { Picture } from './video/encode-frame.ts';
export type { VideoSettings } from './video/video-sampler.ts';
