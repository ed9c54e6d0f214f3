import { expect, it } from 'vitest';
import { WorkletPlayback } from './playback.ts';
import { SharedChunks } from './shared-chunks.ts';
import type { PlaybackCommand } from './worklet-messages.ts';

it('writes no samples into shared memory while a message before them is on its way', () => {
  const posted: PlaybackCommand[] = [];
  const port = { postMessage: (command: PlaybackCommand) => posted.push(command), onmessage: null };
  const shared = SharedChunks.create(1_000);
  const playback = new WorkletPlayback({ canPlay: true, outputLatencyMs: 0, forget: () => {} });
  playback.attach({
    node: { port } as unknown as AudioWorkletNode,
    gain: { gain: { value: 1 } } as unknown as GainNode,
    shared,
  });
  const taken = () => shared.read(new Int16Array(1_000));
  const samples = new Int16Array(100);
  playback.push(samples, { turn: 1 });
  expect([taken(), posted.length]).toEqual([100, 0]);
  playback.interrupt(1);
  // It would be played after an interruption that it comes before, or the other way round.
  playback.push(samples, { turn: 2 });
  expect([taken(), posted.map(({ type }) => type)]).toEqual([-1, ['interrupt', 'push']]);
  shared.countObeyed();
  playback.push(samples, { turn: 2 });
  expect([taken(), posted.length]).toEqual([-1, 3]);
  shared.countObeyed();
  shared.countObeyed();
  playback.push(samples, { turn: 2 });
  expect([taken(), posted.length]).toEqual([100, 3]);
});
