import type { PlaybackCounts } from './playback-statistics.ts';

/** Name under which the capture worklet registers. */
export const CAPTURE_PROCESSOR = 'colloquy-capture';

/** Name under which the playback worklet registers. */
export const PLAYBACK_PROCESSOR = 'colloquy-playback';

/** From what captures, a worklet or a worker: 20 ms of microphone. The buffer of `samples` is transferred. */
export interface CaptureMessage {
  readonly type: 'frame';
  readonly samples: Int16Array<ArrayBuffer>;
  /** Place of the first sample since it began, in samples at 16 kHz. */
  readonly mediaTime: number;
  readonly level: number;
  readonly voice: boolean;
}

/** To what captures. */
export interface CaptureCommand {
  readonly type: 'close';
}

/** To a worker that captures. */
export type CaptureWorkerCommand =
  | CaptureCommand
  /** What to read, of which so many pieces are kept for a worker that is late. The stream is transferred. */
  | { readonly type: 'read'; readonly readable: ReadableStream<AudioData>; readonly mostPieces: number };

/** From a worker that captures. */
export type CaptureWorkerMessage =
  | CaptureMessage
  /** It was loaded. */
  | { readonly type: 'ready' }
  /** It can go on no more. */
  | { readonly type: 'failed'; readonly reason: string };

/** `processorOptions` of the playback worklet. */
export interface PlaybackProcessorOptions {
  readonly sourceRate: number;
  readonly live: boolean;
  /** Memory of the {@link SharedChunks} that samples come through; absent where they come by `push`. */
  readonly shared?: SharedArrayBuffer;
}

/** To the playback worklet. */
export type PlaybackCommand =
  /** The buffer of `samples` is transferred. */
  | { readonly type: 'push'; readonly samples: Int16Array<ArrayBuffer>; readonly turn: number }
  | { readonly type: 'interrupt'; readonly turn: number | null }
  | { readonly type: 'end' }
  | { readonly type: 'skip'; readonly milliseconds: number }
  | { readonly type: 'report'; readonly id: number }
  | { readonly type: 'close' };

/** Where playing is. */
export interface PlaybackNews {
  /** Root mean square of the output since the last one. */
  readonly level: number;
  /** The turn that is heard, and how much of it was, milliseconds. */
  readonly heardTurn: number;
  readonly heardMs: number;
  /** Whether that was all of it. */
  readonly heardWhole: boolean;
}

/** From the playback worklet. */
export type PlaybackMessage =
  | ({ readonly type: 'level' } & PlaybackNews)
  /** Answers the `report` command with the same `id`. */
  | { readonly type: 'statistics'; readonly id: number; readonly statistics: PlaybackCounts };
