import { type Capture, type CaptureOptions, liveTrack } from './capture.ts';
import { openTrackCapture } from './track-capture.ts';
import { openWorkletCapture } from './worklet-capture.ts';

/**
 * Opens what makes 20 ms frames of 16 kHz PCM16 from a microphone's stream.
 *
 * @throws {@link LiveClientError} `ERR_AUDIO_UNAVAILABLE`, `ERR_WORKLET_LOAD`, `ERR_AUTOPLAY_BLOCKED`,
 * `ERR_MICROPHONE_LOST`
 */
export async function openCapture(options: CaptureOptions): Promise<Capture> {
  const { way, lost } = options;
  liveTrack(options);
  // After a worker that failed in use comes the worklet, which does not depend on one.
  const isWorklet = way === 'worklet' || (way !== 'track' && lost?.code === 'ERR_WORKLET_FAILED');
  if (!isWorklet) {
    try {
      return await openTrackCapture(options);
    } catch (error) {
      if (way === 'track') throw error;
      // The browser has no such thing, or the page's policy lets no worker be made. One that went away is gone for both,
      // as is one that nobody waits for any more.
      liveTrack(options);
    }
  }
  return openWorkletCapture(options);
}
