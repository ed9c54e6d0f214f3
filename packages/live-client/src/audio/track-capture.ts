import { withDeadline } from '../deadline.ts';
import { isLiveClientError, LiveClientError } from '../errors.ts';
import { trackProcessor } from '../track-processor.ts';
import { type Capture, type CaptureOptions, liveTrack } from './capture.ts';
import { CAPTURE_MODULE } from './capture-module.ts';
import { openWorker } from './worker-loader.ts';
import type { CaptureWorkerCommand, CaptureWorkerMessage } from './worklet-messages.ts';

/**
 * Pieces that wait for a worker that is late, mostly of 10 ms: a second, and less where pieces are a device's buffers. With the
 * browser's default, a tenth of it, a busy machine loses sound.
 */
const MOST_PIECES = 100;

/** A worker that says nothing for so long was not loaded, milliseconds. */
const LOAD_DEADLINE_MS = 5_000;

/**
 * A worker gives silence where its track gives nothing, so one that gives no frame in six looks, a second apart, hangs. Looks of
 * a page that was late itself do not count twice.
 */
const LOOK_MS = 1_000;
const QUIET_LOOKS = 6;

/**
 * Opens a worker that makes 20 ms frames of 16 kHz PCM16 from what a `MediaStreamTrackProcessor` gives out. Nothing of the
 * browser's audio graph is in between, whose buffer for microphones is 10 to 30 ms, and no gesture is needed.
 *
 * @throws {@link LiveClientError} `ERR_AUDIO_UNAVAILABLE`, `ERR_WORKLET_LOAD`, `ERR_MICROPHONE_LOST`
 */
export async function openTrackCapture(options: CaptureOptions): Promise<Capture> {
  const { signal, workletUrl, onFrame, onFailed, onLost } = options;
  const Processor = trackProcessor<AudioData>();
  if (!Processor || typeof Worker === 'undefined') throw unavailable();
  const worker = await openWorker(CAPTURE_MODULE, workletUrl, (worker) => loaded(worker, signal)).catch((cause) => {
    // A worker that the browser does not even make: its error has the name of one of devices that are refused.
    throw isLiveClientError(cause) ? cause : notLoaded(cause);
  });
  const send = (command: CaptureWorkerCommand, transfer: Transferable[] = []) => worker.postMessage(command, transfer);
  let track: MediaStreamTrack;
  try {
    track = liveTrack(options);
    const { readable } = new Processor({ track, maxBufferSize: MOST_PIECES });
    send({ type: 'read', readable, mostPieces: MOST_PIECES }, [readable]);
  } catch (error) {
    worker.terminate();
    throw isLiveClientError(error) ? error : unavailable(error);
  }
  const close = () => {
    clearInterval(looking);
    track.removeEventListener('ended', onLost);
    track.stop();
    worker.onmessage = null;
    worker.onerror = null;
    send({ type: 'close' });
  };
  const fail = (reason: string) => {
    close();
    onFailed(
      new LiveClientError('ERR_WORKLET_FAILED', `The worker that captures stopped: ${reason}`, {
        hint: 'Start the microphone again.',
        retryable: true,
      }),
    );
  };
  let quietLooks = 0;
  const looking = setInterval(() => {
    quietLooks += 1;
    if (quietLooks < QUIET_LOOKS) return;
    // It would not hear that it is to close.
    worker.terminate();
    fail('it gives nothing.');
  }, LOOK_MS);
  track.addEventListener('ended', onLost);
  worker.onmessage = ({ data }: MessageEvent<CaptureWorkerMessage>) => {
    quietLooks = 0;
    if (data.type === 'failed') fail(data.reason);
    else if (data.type === 'frame') onFrame(data);
  };
  worker.onerror = (event) => {
    // Told here; an unhandled one would reach the page's console as well.
    event.preventDefault();
    fail(event.message);
  };
  return { track, close };
}

/** Resolves when the worker says that it runs; ends it when it does not, or when nobody waits for it any more. */
async function loaded(worker: Worker, signal: AbortSignal): Promise<Worker> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = () => reject(notLoaded());
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  worker.onmessage = () => resolve();
  worker.onerror = (event) => {
    event.preventDefault();
    reject(notLoaded());
  };
  try {
    await withDeadline(promise, LOAD_DEADLINE_MS, notLoaded);
    return worker;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

function unavailable(cause?: unknown): LiveClientError {
  return new LiveClientError('ERR_AUDIO_UNAVAILABLE', 'This browser does not give out the sound of a track.', {
    cause,
    hint: 'Leave "capture" at "auto", which captures by an audio worklet here.',
  });
}

function notLoaded(cause?: unknown): LiveClientError {
  return new LiveClientError('ERR_WORKLET_LOAD', 'The worker that captures could not be loaded.', {
    cause,
    hint: `Allow blob: in worker-src of the content security policy, or serve ${CAPTURE_MODULE.file} from the page's own server and set workletUrl.`,
  });
}
