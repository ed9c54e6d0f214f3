/**
 * Browser client for the Gemini Live API through a proxy, and for Colloquy rooms.
 *
 * @packageDocumentation
 */

// Connection
export type { ConnectionSnapshot } from './connection/connection-snapshot.ts';
export type { WebSocketConstructor, WebSocketLike } from './connection/socket-port.ts';
export type { Provided } from './connection/socket-target.ts';
// Errors
export type { LiveClientErrorCode, LiveClientErrorOptions } from './errors.ts';
export { isLiveClientError, LiveClientError } from './errors.ts';

// Gemini Live, one to one
export type { GeminiLiveOptions } from './gemini/live-options.ts';
export type { LiveEvents, LiveSnapshot } from './gemini/live-snapshot.ts';
export type { LiveTool, LiveToolContext } from './gemini/live-tool.ts';
export type { TranscriptItem } from './gemini/transcript.ts';
export { GeminiLiveAPI } from './gemini-live-api.ts';
// Sound, pictures, devices
export type {
  Camera,
  CapturedFrame,
  MediaKit,
  MediaSnapshot,
  Microphone,
  MicrophoneState,
  PictureSourceState,
  PlaybackSource,
  PlaybackStatistics,
  ScreenShare,
  Speaker,
  TakenPicture,
} from './media-kit.ts';
// Rooms
export { RoomClient } from './room/room-client.ts';
export type { RoomClientOptions } from './room/room-client-options.ts';
export type { RoomEvents } from './room/room-events.ts';
export type { PictureView, RoomSnapshot } from './room/room-snapshot.ts';
export type { TimelineViewer } from './room/timeline.ts';
export type { TimelineItem } from './room/timeline-item.ts';
export { toTimelineItems } from './room/to-timeline-items.ts';
