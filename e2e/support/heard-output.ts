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
            let [sine, cosine] = [0, 0];
            for (const [n, sample] of samples.entries()) {
              // A window, so that one tone does not reach the next.
              const weight = 1 - Math.cos((2 * Math.PI * n) / samples.length);
              const angle = (2 * Math.PI * frequency * n) / analyser.context.sampleRate;
              sine += weight * sample * Math.sin(angle);
              cosine += weight * sample * Math.cos(angle);
            }
            strongest = Math.max(strongest, (2 * Math.hypot(sine, cosine)) / samples.length);
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
