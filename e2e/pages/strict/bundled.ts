// Built by Vite: the worklets are assets whose addresses Vite knows.

import captureWorklet from '@colloquy/live-client/worklets/capture-worklet.js?url';
import playbackWorklet from '@colloquy/live-client/worklets/playback-worklet.js?url';
import { check } from './check.ts';

window.strict = () => check((file) => (file === 'capture-worklet.js' ? captureWorklet : playbackWorklet));
