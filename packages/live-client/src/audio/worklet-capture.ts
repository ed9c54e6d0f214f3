import { LiveClientError } from '../errors.ts';
import { closeContext, createAudioContext, runContext } from './audio-context.ts';
import { type Capture, type CaptureOptions, liveTrack } from './capture.ts';
import { CAPTURE_MODULE } from './capture-module.ts';
import { loadWorklet } from './worklet-loader.ts';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureMessage } from './worklet-messages.ts';

/**
 * Opens the graph that makes 20 ms frames of 16 kHz PCM16 from a microphone's stream.
 *
 * @throws {@link LiveClientError} `ERR_AUDIO_UNAVAILABLE`, `ERR_WORKLET_LOAD`, `ERR_AUTOPLAY_BLOCKED`,
 * `ERR_MICROPHONE_LOST`
 */
export async function openWorkletCapture(options: CaptureOptions): Promise<Capture> {
  const { stream, signal, workletUrl, onFrame, onInterrupted, onFailed, onLost } = options;
  const context = createAudioContext();
  // Loading may hang. A context that is closed neither loads nor runs, so that it ends below.
  signal.addEventListener('abort', () => closeContext(context));
  try {
    await loadWorklet(context, CAPTURE_MODULE, workletUrl);
    await runContext(context);
    const track = liveTrack(options);
    track.addEventListener('ended', onLost);
    const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfInputs: 1, numberOfOutputs: 1 });
    const source = context.createMediaStreamSource(stream);
    const fail = (error: LiveClientError) => {
      close();
      onFailed(error);
    };
    let isClosed = false;
    let isWaking = false;
    // A device that went away or a sleeping system suspends it; nobody would be heard for the rest of the session.
    const wake = async () => {
      if (context.state === 'interrupted') onInterrupted();
      if (context.state !== 'suspended' || isWaking) return;
      isWaking = true;
      try {
        await runContext(context);
      } catch (error) {
        // An interruption that came meanwhile ends by itself.
        if (!isClosed && context.state === 'suspended') fail(error as LiveClientError);
      } finally {
        isWaking = false;
      }
    };
    context.addEventListener('statechange', wake);
    node.port.onmessage = ({ data }: MessageEvent<CaptureMessage>) => onFrame(data);
    const close = () => {
      isClosed = true;
      track.removeEventListener('ended', onLost);
      track.stop();
      context.removeEventListener('statechange', wake);
      node.port.onmessage = null;
      node.onprocessorerror = null;
      node.port.postMessage({ type: 'close' } satisfies CaptureCommand);
      source.disconnect();
      node.disconnect();
      void closeContext(context);
    };
    node.onprocessorerror = () => {
      fail(new LiveClientError('ERR_WORKLET_FAILED', 'The capture worklet stopped with an exception.'));
    };
    // The worklet writes nothing to its output; it is connected because engines do not run what leads nowhere.
    source.connect(node).connect(context.destination);
    return { track, close };
  } catch (error) {
    void closeContext(context);
    throw error;
  }
}
