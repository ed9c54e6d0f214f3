import type { LiveClientError } from './errors.ts';

export interface MicrophoneState {
  readonly status: 'off' | 'starting' | 'on' | 'muted' | 'failed';
  readonly error: LiveClientError | null;
  readonly deviceId: string | null;
}
export interface CapturedFrame {
  readonly samples: Int16Array<ArrayBuffer>;
  readonly mediaTime: number;
  readonly voice: boolean;
  readonly endOfBurst: boolean;
}
export interface Microphone {
  start(options?: { deviceId?: string; signal?: AbortSignal }): Promise<void>;
  stop(): void;
  setMuted(muted: boolean): void;
  readonly state: MicrophoneState;
  readonly level: number;
  on(type: 'frameCaptured', listener: (frame: CapturedFrame) => void): () => void;
  on(type: 'stateChanged', listener: (event: { readonly state: MicrophoneState }) => void): () => void;
  dispose(): Promise<void>;
}
export interface PlaybackStatistics {
  readonly receivedSamples: number;
  readonly playedSamples: number;
  readonly droppedSamples: number;
  readonly underruns: number;
  readonly concealedMs: number;
  readonly queuedMs: number;
  readonly playedThroughTurn: number;
}
export interface PlaybackSource {
  push(samples: Int16Array, options?: { turn?: number }): void;
  interrupt(turn?: number): void;
  end(): void;
  readonly level: number;
  volume: number;
  statistics(): Promise<PlaybackStatistics>;
  dispose(): void;
}
export interface Speaker {
  readonly canPlay: boolean;
  resume(): Promise<void>;
  on(type: 'canPlayChanged', listener: (event: { readonly canPlay: boolean }) => void): () => void;
  source(id: string, options: { sampleRate: 16000 | 24000 }): PlaybackSource;
  volume: number;
  setOutputDevice(deviceId: string): Promise<void>;
  dispose(): Promise<void>;
}
export interface PictureSourceState {
  readonly status: 'off' | 'starting' | 'on' | 'failed';
  readonly error: LiveClientError | null;
}
export interface TakenPicture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly mediaTime: number;
}
export interface Camera {
  start(options?: { deviceId?: string; framesPerSecond?: number; signal?: AbortSignal }): Promise<void>;
  stop(): void;
  readonly state: PictureSourceState;
  readonly stream: MediaStream | null;
  on(type: 'pictureTaken', listener: (picture: TakenPicture) => void): () => void;
  on(type: 'stateChanged', listener: (event: { readonly state: PictureSourceState }) => void): () => void;
  on(type: 'ended', listener: () => void): () => void;
  snapshot(): Promise<{ bytes: Uint8Array; width: number; height: number }>;
  pressure: number;
  dispose(): Promise<void>;
}
export type ScreenShare = Camera;

/** The devices of one client. */
export interface MediaKit {
  readonly microphone: Microphone;
  readonly speaker: Speaker;
  readonly camera: Camera;
  readonly screen: ScreenShare;
}

/** State of the devices, as user interfaces show it. */
export interface MediaSnapshot {
  readonly microphone: MicrophoneState;
  readonly camera: PictureSourceState;
  readonly screen: PictureSourceState;
  /** `false` while the browser waits for a gesture before it plays sound: call `speaker.resume()` from one. */
  readonly canPlay: boolean;
}

export function createMediaKit(_options: { workletUrl?: string }): MediaKit {
  throw new Error('not yet');
}
