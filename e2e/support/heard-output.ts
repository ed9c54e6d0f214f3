import type { BrowserContext, Page } from 'playwright-core';

/** How a tone was at the loudspeaker. */
export interface HeardTone {
  /** What was watched: all but what the page was held up too long to see; milliseconds. */
  readonly watchedMs: number;
  /** Of that without the tone, milliseconds. */
  readonly missingMs: number;
  /** How often it broke off. */
  readonly gaps: number;
}

declare global {
  interface Window {
    __output?: {
      /** Amplitude of each tone at the loudspeaker now, 0 to 1. */
      power(frequencies: readonly number[]): number[];
      /** From now on, watches whether a tone is there; answers what it heard so far. */
      heard(frequency: number): HeardTone;
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
  const watched = new Map<number, () => HeardTone>();
  /** Looks at every sample once, in halves of pieces; what left the page before it is looked at is not known. */
  const watch = (frequency: number) => {
    const ears = new Map<
      AnalyserNode,
      { halves: number; missing: number; gaps: number; until: number; isThere: boolean }
    >();
    const half = PIECE / 2;
    setInterval(() => {
      for (const analyser of analysers) {
        const { currentTime, sampleRate } = analyser.context;
        const now = Math.round(currentTime * sampleRate);
        const ear = ears.get(analyser) ?? { halves: 0, missing: 0, gaps: 0, until: now, isThere: false };
        ears.set(analyser, ear);
        const samples = newest(analyser);
        if (now - ear.until > KEPT - PIECE) ear.until = now - (KEPT - PIECE);
        for (; ear.until + half <= now; ear.until += half) {
          const end = KEPT - (now - ear.until - half);
          const isThere = amplitude(samples.subarray(end - PIECE, end), frequency, sampleRate) > GAP;
          ear.halves += 1;
          if (!isThere) ear.missing += 1;
          if (!isThere && ear.isThere) ear.gaps += 1;
          ear.isThere = isThere;
        }
      }
    }, WATCH_MS);
    return () => {
      let best = { watchedMs: 0, missingMs: 0, gaps: 0 };
      for (const [{ context }, { halves, missing, gaps }] of ears) {
        const ms = (half * 1_000) / context.sampleRate;
        const heardMs = (halves - missing) * ms;
        if (heardMs >= best.watchedMs - best.missingMs)
          best = { watchedMs: halves * ms, missingMs: missing * ms, gaps };
      }
      return best;
    };
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
    heard: (frequency) => {
      const tell = watched.get(frequency) ?? watch(frequency);
      watched.set(frequency, tell);
      return tell();
    },
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

/** How a tone was at the loudspeaker since it was first asked for. */
export function heardAtOutput(page: Page, frequency: number): Promise<HeardTone> {
  return page.evaluate((asked) => window.__output?.heard(asked) ?? { watchedMs: 0, missingMs: 0, gaps: 0 }, frequency);
}
