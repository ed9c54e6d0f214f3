// What the pages of strict-policy.test.ts do: capture and play with worklets from files.

import { Microphone, Speaker, type WorkletUrl } from '@colloquy/live-client';

/** What worked. */
export interface StrictResult {
  readonly frames: number;
  readonly playedSamples: number;
  /** Why it did not work without the files; empty when it did. */
  readonly inline: string;
}

declare global {
  interface Window {
    strict?: () => Promise<StrictResult>;
  }
}

/** Captures 200 ms and plays a second with worklets from `workletUrl`, and tries the inline ones. */
export async function check(workletUrl: WorkletUrl): Promise<StrictResult> {
  const microphone = new Microphone({ workletUrl });
  const speaker = new Speaker({ workletUrl });
  try {
    await microphone.start();
    let frames = 0;
    await new Promise<void>((resolve) => {
      microphone.on('frameCaptured', () => {
        frames += 1;
        if (frames === 10) resolve();
      });
    });
    await speaker.resume();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(new Int16Array(24_000).fill(1_000), { turn: 1 });
    source.end();
    let { playedSamples } = await source.statistics();
    while (playedSamples < 24_000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ playedSamples } = await source.statistics());
    }
    const inline = await new Microphone().start().then(
      () => '',
      (error: { code: string }) => error.code,
    );
    return { frames, playedSamples, inline };
  } finally {
    await microphone.dispose();
    await speaker.dispose();
  }
}
