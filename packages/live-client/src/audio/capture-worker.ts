import type { PipelineFrame } from './capture-pipeline.ts';
import { TrackFrames } from './track-frames.ts';
import type { CaptureWorkerCommand, CaptureWorkerMessage } from './worklet-messages.ts';

/** What of a worker's global scope is used. */
export interface CaptureScope {
  onmessage: ((event: { readonly data: CaptureWorkerCommand }) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(message: CaptureWorkerMessage, transfer?: Transferable[]): void;
  /** Ends the worker. */
  close(): void;
}

/** How often it is looked whether the track still gives anything, milliseconds. */
const LOOK_MS = 100;

/** Captures in a worker: reads a track's sound until it is told to close. A thin shell. */
export function serveCapture(scope: CaptureScope): void {
  let reader: ReadableStreamDefaultReader<AudioData> | null = null;
  let looking: ReturnType<typeof setInterval> | undefined;
  const fail = (cause: unknown) => scope.postMessage({ type: 'failed', reason: String(cause) });
  scope.onmessage = ({ data }) => {
    if (data.type === 'close') {
      // A read that waits ends with it.
      reader?.cancel().catch(() => {});
      clearInterval(looking);
      scope.close();
      return;
    }
    reader = data.readable.getReader();
    const emit = (frame: PipelineFrame) => scope.postMessage({ type: 'frame', ...frame }, [frame.samples.buffer]);
    const frames = new TrackFrames({ mostPieces: data.mostPieces, emit }, performance.now());
    looking = setInterval(() => frames.look(performance.now()), LOOK_MS);
    read(reader, frames)
      .catch(fail)
      // The track has ended, or cannot be read any more.
      .finally(() => clearInterval(looking));
  };
  scope.onmessageerror = () => fail('The sound of the track did not arrive.');
  scope.postMessage({ type: 'ready' });
}

async function read(reader: ReadableStreamDefaultReader<AudioData>, frames: TrackFrames): Promise<void> {
  try {
    for (;;) {
      const { value, done } = await reader.read();
      // The track has ended, which the page is told by the track.
      if (done) return;
      frames.take(value, performance.now());
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}
