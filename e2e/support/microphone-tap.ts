import type { BrowserContext, Page } from 'playwright-core';
import { best } from './signal.ts';

declare global {
  interface Window {
    MediaStreamTrackProcessor: new (options: {
      readonly track: MediaStreamTrack;
      readonly maxBufferSize?: number;
    }) => { readonly readable: ReadableStream<AudioData> };
    /** What the newest microphone gave so far. */
    __tap?: () => Promise<{ samples: Float32Array<ArrayBuffer>; sampleRate: number }>;
  }
}

/** What a browser gave to whoever captures a microphone, from the first sample on. */
export interface TappedSound {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/**
 * Records what every graph of a context's pages gets from a microphone, at the rate of the graph, and what every reader of a
 * track gets, at the rate of the track: a busy machine drops pieces of what its fake device plays, before anybody sees them.
 */
export async function tapMicrophone(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const source = `
registerProcessor('tap', class extends AudioWorkletProcessor {
  samples = new Float32Array(60 * sampleRate); length = 0;
  constructor() { super(); this.port.onmessage = () => this.port.postMessage(this.samples.slice(0, this.length)); }
  process([input]) {
    const [first] = input;
    if (!first || this.length + first.length > this.samples.length) return true;
    for (let n = 0; n < first.length; n++) {
      this.samples[this.length + n] = input.reduce((sum, channel) => sum + channel[n], 0) / input.length;
    }
    this.length += first.length;
    return true;
  }
});`;
    const added = new WeakSet<AudioWorklet>();
    const { addModule } = AudioWorklet.prototype;
    AudioWorklet.prototype.addModule = async function (this: AudioWorklet, url: string | URL) {
      if (!added.has(this)) {
        added.add(this);
        await addModule.call(this, URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      }
      return addModule.call(this, url);
    };
    const { createMediaStreamSource } = AudioContext.prototype;
    AudioContext.prototype.createMediaStreamSource = function (this: AudioContext, stream: MediaStream) {
      const node = createMediaStreamSource.call(this, stream);
      const tap = new AudioWorkletNode(this, 'tap');
      node.connect(tap).connect(this.destination);
      window.__tap = async () => {
        const samples = await new Promise<Float32Array<ArrayBuffer>>((resolve) => {
          tap.port.onmessage = ({ data }) => resolve(data);
          tap.port.postMessage('tell');
        });
        return { samples, sampleRate: this.sampleRate };
      };
      return node;
    };
    const { MediaStreamTrackProcessor: Processor } = window;
    window.MediaStreamTrackProcessor = class extends Processor {
      constructor(options: { readonly track: MediaStreamTrack; readonly maxBufferSize?: number }) {
        super(options);
        if (options.track.kind !== 'audio') return;
        const pieces: Float32Array<ArrayBuffer>[] = [];
        let sampleRate = 0;
        const read = async () => {
          // A minute of it waits for a page that is busy.
          const { readable } = new Processor({ track: options.track.clone(), maxBufferSize: 6_000 });
          for await (const sound of readable as unknown as AsyncIterable<AudioData>) {
            ({ sampleRate } = sound);
            const samples = new Float32Array(sound.numberOfFrames);
            for (let planeIndex = 0; planeIndex < sound.numberOfChannels; planeIndex++) {
              const plane = new Float32Array(sound.numberOfFrames);
              sound.copyTo(plane, { planeIndex, format: 'f32-planar' });
              for (const [n, sample] of plane.entries())
                samples[n] = (samples[n] ?? 0) + sample / sound.numberOfChannels;
            }
            sound.close();
            pieces.push(samples);
          }
        };
        void read();
        window.__tap = async () => {
          const samples = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
          let at = 0;
          for (const piece of pieces) {
            samples.set(piece, at);
            at += piece.length;
          }
          return { samples, sampleRate };
        };
      }
    };
  });
}

/** What the newest microphone of the page gave so far, up to a minute. */
export async function tapped(page: Page): Promise<TappedSound> {
  const { base64, sampleRate } = await page.evaluate(async () => {
    if (!window.__tap) throw new Error('No microphone was captured.');
    const { samples, sampleRate } = await window.__tap();
    const url = await new Promise<string>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result));
      reader.readAsDataURL(new Blob([samples]));
    });
    return { base64: url.slice(url.indexOf(',') + 1), sampleRate };
  });
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { samples: new Float32Array(bytes.buffer), sampleRate };
}

/** Half the width of the filter, in samples of the source: everything from 9 kHz on is 80 dB down at 48 kHz. */
const HALF = 64;
const CUTOFF_HZ = 7_500;
const HEARD_RATE = 16_000;

/**
 * How well what was heard at 16 kHz is the source resampled offline, by a filter that shares nothing with the client's. One
 * delay for all of it, found around the one expected; the loudness has to be right too.
 *
 * @param expectedSeconds - where in the source it begins, to a quarter of a second.
 * @returns for each second of what was heard, the power of the source over the power of the difference, in dB.
 */
export function fidelity(heard: Float32Array, { samples, sampleRate }: TappedSound, expectedSeconds: number): number[] {
  const at = (seconds: number) => valueAt(samples, sampleRate, seconds);
  const piece = heard.subarray(0, 2_000);
  const likeness = (start: number, values: (n: number) => number) => {
    let sum = 0;
    for (const [n, sample] of piece.entries()) sum += sample * values(start + n);
    return sum;
  };
  const reach = HEARD_RATE / 4;
  const grid = Float64Array.from({ length: 2 * reach + piece.length }, (_, n) =>
    at(expectedSeconds + (n - reach) / HEARD_RATE),
  );
  let start = best(0, 2 * reach, 1, (from) => likeness(from, (n) => grid[n] ?? 0));
  start = expectedSeconds + (start - reach) / HEARD_RATE;
  for (const step of [1 / 16, 1 / 256]) {
    const width = 16 * step;
    const shift = best(-width, width, step, (by) => likeness(0, (n) => at(start + (n + by) / HEARD_RATE)));
    start += shift / HEARD_RATE;
  }
  const decibels: number[] = [];
  for (let from = 0; from + HEARD_RATE <= heard.length; from += HEARD_RATE) {
    let [power, rest] = [0, 0];
    for (let n = from; n < from + HEARD_RATE; n++) {
      const expected = at(start + n / HEARD_RATE);
      power += expected * expected;
      rest += ((heard[n] ?? 0) - expected) ** 2;
    }
    decibels.push(10 * Math.log10(power / rest));
  }
  return decibels;
}

/** The sound between its samples, without what is above half of 16 kHz. */
function valueAt(samples: Float32Array, sampleRate: number, seconds: number): number {
  const place = seconds * sampleRate;
  const first = Math.ceil(place - HALF);
  const cutoff = (2 * CUTOFF_HZ) / sampleRate;
  let sum = 0;
  for (let k = first; k <= place + HALF; k++) {
    const distance = place - k;
    const angle = Math.PI * cutoff * distance;
    const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
    // Blackman's window.
    const turn = (Math.PI * distance) / HALF;
    const window = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    sum += (samples[k] ?? 0) * cutoff * sinc * window;
  }
  return sum;
}
