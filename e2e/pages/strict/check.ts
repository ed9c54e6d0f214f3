// What the pages of strict-policy.test.ts do: capture, play and film with worklets and workers from files.

import { Camera, Microphone, Speaker, type WorkletUrl } from '@colloquy/live-client';

/** What worked. */
export interface StrictResult {
  /** Ways of capturing that gave sound. */
  readonly captured: readonly string[];
  readonly playedSamples: number;
  /** Codecs of ten pictures for people that followed each other. */
  readonly filmed: readonly string[];
  /** What the pictures for the model begin with. */
  readonly picture: string;
  /** Why it did not work without the files; empty when it did. */
  readonly inline: string;
}

declare global {
  interface Window {
    strict?: () => Promise<StrictResult>;
  }
}

/** Ten pictures for people and one for the model. The camera stays on, so that its worker can be looked at. */
async function film(workletUrl: WorkletUrl | undefined, codec: 'vp8' | 'jpeg'): Promise<[string[], string]> {
  const camera = new Camera({ workletUrl });
  const filmed: string[] = [];
  const enough = new Promise<void>((resolve) => {
    camera.on('videoTaken', (picture) => {
      if (filmed.push(`${picture.codec}${filmed.length === 0 && picture.isKey ? ' key' : ''}`) === 10) resolve();
    });
  });
  const seen = new Promise<string>((resolve) => {
    camera.on('pictureTaken', ({ bytes }) => resolve([...bytes.subarray(0, 3)].map((n) => n.toString(16)).join(' ')));
  });
  camera.setVideo({ codec, maxSide: 320, framesPerSecond: 15, bitsPerSecond: 200_000 });
  await camera.start();
  await enough;
  return [filmed.slice(0, 10), await seen];
}

/** 200 ms of sound of a microphone. One that gives nothing gives zeros. */
async function capture(workletUrl: WorkletUrl, capture: 'track' | 'worklet'): Promise<string> {
  const microphone = new Microphone({ workletUrl, capture });
  try {
    await microphone.start();
    let frames = 0;
    await new Promise<void>((resolve) => {
      microphone.on('frameCaptured', ({ samples }) => {
        if (samples.some((sample) => Math.abs(sample) > 30)) frames += 1;
        if (frames === 10) resolve();
      });
    });
    return capture;
  } finally {
    await microphone.dispose();
  }
}

/** Captures in both ways, plays a second and films with files from `workletUrl`, and tries the inline ones. */
export async function check(workletUrl: WorkletUrl): Promise<StrictResult> {
  const speaker = new Speaker({ workletUrl });
  try {
    const captured = [await capture(workletUrl, 'track'), await capture(workletUrl, 'worklet')];
    await speaker.resume();
    const source = speaker.source('model', { sampleRate: 24_000 });
    source.push(new Int16Array(24_000).fill(1_000), { turn: 1 });
    source.end();
    let { playedSamples } = await source.statistics();
    while (playedSamples < 24_000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ playedSamples } = await source.statistics());
    }
    const [filmed, picture] = await film(workletUrl, 'vp8');
    const inline = await new Microphone().start().then(
      () => '',
      (error: { code: string }) => error.code,
    );
    // Without a worker the page does the same work.
    await film(undefined, 'jpeg');
    return { captured, playedSamples, filmed, picture, inline };
  } finally {
    await speaker.dispose();
  }
}
