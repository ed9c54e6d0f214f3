import type { WorkletFile } from '@colloquy/live-client';
import captureWorklet from '@colloquy/live-client/worklets/capture-worklet.js?url';
import pictureWorker from '@colloquy/live-client/worklets/picture-worker.js?url';
import playbackWorklet from '@colloquy/live-client/worklets/playback-worklet.js?url';

const urls: Readonly<Record<WorkletFile, string>> = {
  'capture-worklet.js': captureWorklet,
  'playback-worklet.js': playbackWorklet,
  'picture-worker.js': pictureWorker,
};

/** Where the build put the worklets: as files, because the content security policy admits no script from memory. */
export function workletUrl(file: WorkletFile): string {
  return urls[file];
}
