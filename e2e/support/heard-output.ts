import type { BrowserContext, Page } from 'playwright-core';

declare global {
  interface Window {
    __output?: {
      /** Amplitude of each tone at the loudspeaker now, 0 to 1. */
      power(frequencies: readonly number[]): number[];
      /** From now on, watches whether a tone is there without a gap; answers the longest time so far, in milliseconds. */
      steadyMs(frequency: number): number;
    };
  }
}

/**
 * Put into a page before its own scripts run, it lets a test listen to what the page sends to its loudspeaker: the script is
 * the same for each engine.
 */
export function installEars(): void {
  /** The newest two thirds of a second at 48 kHz, so that a page which was held up has not missed what it heard. */
  const KEPT = 32_768;
  const SNAPSHOT = 8_192;
  /** At 48 kHz 10.7 ms: a silence of 16 ms fills one, wherever it begins. */
  const PIECE = 512;
  /** A fifth of what a tone has at the loudspeaker. */
  const GAP = 0.1;
  const WATCH_MS = 100;
  const analysers: AnalyserNode[] = [];
  const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    const [target] = args;
    // Worklets that only listen are connected to the loudspeaker too; they are silent.
    if (target instanceof AudioDestinationNode && !(this instanceof AudioWorkletNode)) {
      const analyser = new AnalyserNode(this.context, { fftSize: KEPT, smoothingTimeConstant: 0 });
      connect.call(this, analyser);
      analysers.push(analyser);
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;

  const newest = (analyser: AnalyserNode) => {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return samples;
  };
  const windows = new Map<number, Float64Array>();
  const windowOf = (length: number) => {
    let hann = windows.get(length);
    if (!hann) {
      hann = Float64Array.from({ length }, (_, n) => 1 - Math.cos((2 * Math.PI * n) / length));
      windows.set(length, hann);
    }
    return hann;
  };
  /**
   * Goertzel's recurrence, which costs a multiplication a sample: three pages ask many times a second. A window, so that
   * one tone does not reach the next.
   */
  const amplitude = (samples: Float32Array, frequency: number, sampleRate: number) => {
    const hann = windowOf(samples.length);
    const turn = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
    let [before, last] = [0, 0];
    for (let n = 0; n < samples.length; n++) {
      const now = (hann[n] ?? 0) * (samples[n] ?? 0) + turn * last - before;
      before = last;
      last = now;
    }
    const magnitude = Math.sqrt(Math.max(0, last * last + before * before - turn * last * before));
    return (2 * magnitude) / samples.length;
  };
  /** Least amplitude of the tone in any piece of the newest so many samples. */
  const weakest = (frequency: number, seconds: number) => {
    let strongest = 0;
    for (const analyser of analysers) {
      const { sampleRate } = analyser.context;
      const samples = newest(analyser).subarray(-Math.ceil(seconds * sampleRate) - 2 * PIECE);
      let least = Number.POSITIVE_INFINITY;
      for (let at = 0; at + PIECE <= samples.length; at += PIECE / 2) {
        least = Math.min(least, amplitude(samples.subarray(at, at + PIECE), frequency, sampleRate));
      }
      strongest = Math.max(strongest, least);
    }
    return strongest;
  };

  const watched = new Map<number, { longest: number }>();
  const watch = (frequency: number) => {
    const steady = { longest: 0 };
    watched.set(frequency, steady);
    let run = 0;
    let lookedAt = performance.now();
    setInterval(() => {
      const elapsed = performance.now() - lookedAt;
      lookedAt += elapsed;
      // Of what was not seen nothing is known.
      const isSteady = elapsed < 500 && weakest(frequency, elapsed / 1_000) > GAP;
      run = isSteady ? run + elapsed : 0;
      steady.longest = Math.max(steady.longest, run);
    }, WATCH_MS);
    return steady;
  };

  window.__output = {
    power: (frequencies) => {
      const heard = analysers.map(newest);
      return frequencies.map((frequency) => {
        const each = heard.map((samples, at) =>
          amplitude(samples.subarray(-SNAPSHOT), frequency, analysers[at]?.context.sampleRate ?? 48_000),
        );
        return Math.max(0, ...each);
      });
    },
    steadyMs: (frequency) => (watched.get(frequency) ?? watch(frequency)).longest,
  };
}

/** Lets the test listen to what every page of a context sends to its loudspeaker. Install it before the page is opened. */
export async function listenToOutput(context: BrowserContext): Promise<void> {
  await context.addInitScript(installEars);
}

/** Amplitude of each tone at the loudspeaker now, 0 to 1. */
export function tonesAtOutput(page: Page, frequencies: readonly number[]): Promise<number[]> {
  return page.evaluate((asked) => window.__output?.power(asked) ?? [], frequencies);
}

/**
 * For how long a tone was at the loudspeaker without a gap of 16 ms, at most, since it was first asked for; milliseconds.
 */
export function steadyAtOutput(page: Page, frequency: number): Promise<number> {
  return page.evaluate((asked) => window.__output?.steadyMs(asked) ?? 0, frequency);
}
