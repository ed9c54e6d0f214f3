import type { PlaybackSink } from './playback.ts';
import { SharedChunks } from './shared-chunks.ts';
import { loadWorklet, type WorkletModule } from './worklet-loader.ts';
import { PLAYBACK_PROCESSOR, type PlaybackProcessorOptions } from './worklet-messages.ts';
import type { WorkletUrl } from './worklet-url.ts';

export { playChime } from './chime.ts';
export { routeTo } from './output-device.ts';

const WORKLET: WorkletModule = {
  file: 'playback-worklet.js',
  loadSource: () => import('./playback-worklet.ts?worklet'),
};

/**
 * Makes the playback worklet known to the context.
 *
 * @throws {@link LiveClientError} `ERR_WORKLET_LOAD`
 */
export function loadPlayback(context: AudioContext, workletUrl: WorkletUrl | undefined): Promise<void> {
  return loadWorklet(context, WORKLET, workletUrl);
}

/** The end of the graph of one source: a worklet that plays, and its volume, which is still to be connected. */
export function createSink(
  context: AudioContext,
  { sampleRate, live }: { readonly sampleRate: number; readonly live: boolean },
): PlaybackSink {
  const shared = sharedChunks(sampleRate);
  const processorOptions: PlaybackProcessorOptions = {
    sourceRate: sampleRate,
    live,
    ...(shared ? { shared: shared.memory } : {}),
  };
  const node = new AudioWorkletNode(context, PLAYBACK_PROCESSOR, {
    numberOfInputs: 0,
    outputChannelCount: [1],
    processorOptions,
  });
  const gain = context.createGain();
  node.connect(gain);
  return { node, gain, shared };
}

/** Two seconds of samples in shared memory, where the page may have any: the worklet empties it every few milliseconds. */
function sharedChunks(sampleRate: number): SharedChunks | null {
  return globalThis.crossOriginIsolated === true ? SharedChunks.create(2 * sampleRate) : null;
}
