import type { BrowserContext, Page } from 'playwright-core';

declare global {
  interface Window {
    __output?: { power(frequencies: readonly number[]): number[] };
  }
}

/** Lets the test listen to what every page of a context sends to its loudspeaker. Install it before the page is opened. */
export async function listenToOutput(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const analysers: AnalyserNode[] = [];
    const hann = Float64Array.from({ length: 8192 }, (_, n) => 1 - Math.cos((2 * Math.PI * n) / 8192));
    const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => AudioNode;
    AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
      const [target] = args;
      // Worklets that only listen are connected to the loudspeaker too; they are silent.
      if (target instanceof AudioDestinationNode && !(this instanceof AudioWorkletNode)) {
        const analyser = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 });
        connect.call(this, analyser);
        analysers.push(analyser);
      }
      return connect.apply(this, args);
    } as typeof AudioNode.prototype.connect;
    window.__output = {
      power: (frequencies) =>
        frequencies.map((frequency) => {
          let strongest = 0;
          for (const analyser of analysers) {
            const samples = new Float32Array(analyser.fftSize);
            analyser.getFloatTimeDomainData(samples);
            // Goertzel's recurrence, which costs a multiplication a sample: three pages ask many times a second. A window, so
            // that one tone does not reach the next.
            const turn = 2 * Math.cos((2 * Math.PI * frequency) / analyser.context.sampleRate);
            let [before, last] = [0, 0];
            for (let n = 0; n < samples.length; n++) {
              const now = (hann[n] ?? 0) * (samples[n] ?? 0) + turn * last - before;
              before = last;
              last = now;
            }
            const magnitude = Math.sqrt(Math.max(0, last * last + before * before - turn * last * before));
            strongest = Math.max(strongest, (2 * magnitude) / samples.length);
          }
          return strongest;
        }),
    };
  });
}

/** Amplitude of each tone at the loudspeaker now, 0 to 1. */
export function tonesAtOutput(page: Page, frequencies: readonly number[]): Promise<number[]> {
  return page.evaluate((asked) => window.__output?.power(asked) ?? [], frequencies);
}
