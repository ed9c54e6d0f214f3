import type { WorkletModule } from './worklet-loader.ts';

/** What captures, as a worklet or as a worker: one file, which sees where it runs. */
export const CAPTURE_MODULE: WorkletModule = {
  file: 'capture-worklet.js',
  loadSource: () => import('./capture-worklet.ts?worklet'),
};
