// One file for both threads that can capture: as a module of an audio worklet it registers a processor, as a worker it waits
// for a track's sound. Everything that can be wrong is in the pipeline that they share, which is tested in Node.
import { registerCapture } from './capture-processor.ts';
import { type CaptureScope, serveCapture } from './capture-worker.ts';

if ('registerProcessor' in globalThis) registerCapture();
else serveCapture(globalThis as unknown as CaptureScope);
