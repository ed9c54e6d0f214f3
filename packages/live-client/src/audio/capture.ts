import { LiveClientError } from '../errors.ts';
import { closeContext, createAudioContext, runContext } from './audio-context.ts';
import { loadWorklet, type WorkletModule } from './worklet-loader.ts';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureMessage } from './worklet-messages.ts';
import type { WorkletUrl } from './worklet-url.ts';

const WORKLET: WorkletModule = {
  file: 'capture-worklet.js',
  loadSource: () => import('./capture-worklet.ts?worklet'),
};

/** What {@link openCapture} needs. */
export interface CaptureOptions {
  /** A stream with an audio track; stays the caller's. */
  readonly stream: MediaStream;
  readonly workletUrl?: WorkletUrl;
  readonly onFrame: (frame: CaptureMessage) => void;
  /** Called at most once; no frame follows. */
  readonly onFailed: (error: LiveClientError) => void;
}

/** A running capture. */
export interface Capture {
  /** Ends it and frees its audio context; no frame follows. */
  close(): void;
}

/**
 * Opens the graph that makes 20 ms frames of 16 kHz PCM16 from a microphone's stream.
 *
 * @throws {@link LiveClientError} `ERR_AUDIO_UNAVAILABLE`, `ERR_WORKLET_LOAD`, `ERR_AUTOPLAY_BLOCKED`
 */
export async function openCapture({ stream, workletUrl, onFrame, onFailed }: CaptureOptions): Promise<Capture> {
  const context = createAudioContext();
  try {
    await loadWorklet(context, WORKLET, workletUrl);
    await runContext(context);
    const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfInputs: 1, numberOfOutputs: 1 });
    const source = context.createMediaStreamSource(stream);
    // A phone call or a sleeping system suspends it; nobody would be heard for the rest of the session.
    const wake = () => {
      if (context.state !== 'running' && context.state !== 'closed') context.resume().catch(() => {});
    };
    context.addEventListener('statechange', wake);
    node.port.onmessage = ({ data }: MessageEvent<CaptureMessage>) => onFrame(data);
    const close = () => {
      context.removeEventListener('statechange', wake);
      node.port.onmessage = null;
      node.onprocessorerror = null;
      node.port.postMessage({ type: 'close' } satisfies CaptureCommand);
      source.disconnect();
      node.disconnect();
      void closeContext(context);
    };
    node.onprocessorerror = () => {
      close();
      onFailed(new LiveClientError('ERR_WORKLET_FAILED', 'The capture worklet stopped with an exception.'));
    };
    // The worklet writes nothing to its output; it is connected because engines do not run what leads nowhere.
    source.connect(node).connect(context.destination);
    return { close };
  } catch (error) {
    void closeContext(context);
    throw error;
  }
}
