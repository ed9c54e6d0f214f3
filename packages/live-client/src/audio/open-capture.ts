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
  liveTrack(options);
  if (options.way !== 'worklet') {
    try {
      return await openTrackCapture(options);
    } catch (error) {
      if (options.way === 'track') throw error;
      // The browser has no such thing, or the page's policy lets no worker be made. One that went away is gone for both,
      // as is one that nobody waits for any more.
      liveTrack(options);
    }
  }
  return openWorkletCapture(options);
}
