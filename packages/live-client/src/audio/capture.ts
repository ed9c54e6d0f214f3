import type { LiveClientError } from '../errors.ts';
import type { CaptureMessage } from './worklet-messages.ts';
import type { WorkletUrl } from './worklet-url.ts';

/**
 * Where the frames of a microphone are made: from the track itself, in a worker, or behind the browser's audio graph, in an
 * audio worklet. `auto`: from the track where the browser and the page's policy allow it.
 */
export type CaptureWay = 'auto' | 'track' | 'worklet';

/** What `openCapture` needs. */
export interface CaptureOptions {
  /** A stream with an audio track; ended when it is closed. */
  readonly stream: MediaStream;
  /** Nobody waits for it any more, and the stream was ended. Fires while it is opened, or never. */
  readonly signal: AbortSignal;
  /** @defaultValue 'auto' */
  readonly way?: CaptureWay;
  /** Why the capture before this one ended, when it went away by itself. */
  readonly lost?: LiveClientError;
  readonly workletUrl?: WorkletUrl;
  readonly onFrame: (frame: CaptureMessage) => void;
  /** The system took the sound away, for a phone call perhaps, and gives it back by itself: no frame comes meanwhile. */
  readonly onInterrupted: () => void;
  /** Called at most once; no frame follows. */
  readonly onFailed: (error: LiveClientError) => void;
  /** The device went away. */
  readonly onLost: () => void;
  /** The error of one that went away while it was opening. */
  readonly lostError: () => LiveClientError;
}

/** A running capture. */
export interface Capture {
  readonly track: MediaStreamTrack;
  /** Ends it, its stream and its thread; no frame follows. */
  close(): void;
}

/** The one track that is captured. It may have ended, or been given up, while something was loaded; that event is gone. */
export function liveTrack({ stream, lostError }: CaptureOptions): MediaStreamTrack {
  const [track] = stream.getAudioTracks();
  if (!track || track.readyState === 'ended') throw lostError();
  return track;
}
