import captureWorklet from '@colloquy/live-client/worklets/capture-worklet.js?url';
import playbackWorklet from '@colloquy/live-client/worklets/playback-worklet.js?url';

/** Where the build put the worklets: as files, because the content security policy admits no script from memory. */
export function workletUrl(file: 'capture-worklet.js' | 'playback-worklet.js'): string {
  return file === 'capture-worklet.js' ? captureWorklet : playbackWorklet;
}
