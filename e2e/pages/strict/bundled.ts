// Built by Vite: the worklets are assets whose addresses Vite knows.

// #region worklets
import capture from '@colloquy/live-client/worklets/capture-worklet.js?url';
import picture from '@colloquy/live-client/worklets/picture-worker.js?url';
import playback from '@colloquy/live-client/worklets/playback-worklet.js?url';

const files = { 'capture-worklet.js': capture, 'picture-worker.js': picture, 'playback-worklet.js': playback };
const workletUrl = (file: keyof typeof files) => files[file];

// vite.config.ts: build: { assetsInlineLimit: (file) => (/-work(let|er)\.js$/.test(file) ? false : undefined) }
// #endregion
import { check } from './check.ts';

window.strict = () => check(workletUrl);
