// The page of live-client-media.test.ts: the devices of the client, and ears at the very end of the audio graph.

import { Camera, listDevices, Microphone, ScreenShare, Speaker } from '@colloquy/live-client';

interface Audible {
  readonly context: AudioContext;
  /** The newest samples that left for the speaker. */
  heard(length: number): number[];
  /** Every sample from the first sound on, up to ten seconds: no stall of the page loses any. */
  recording(): Promise<number[]>;
}

interface HeardFrame {
  readonly samples: number[];
  readonly mediaTime: number;
  readonly voice: boolean;
  readonly endOfBurst: boolean;
}

interface SeenPicture {
  /** The first bytes. */
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly mediaTime: number;
}

interface MediaPage {
  readonly Camera: typeof Camera;
  readonly Microphone: typeof Microphone;
  readonly ScreenShare: typeof ScreenShare;
  readonly Speaker: typeof Speaker;
  readonly listDevices: typeof listDevices;
  readonly audibleContext: typeof audibleContext;
  readonly frames: typeof frames;
  readonly pictures: typeof pictures;
}

/** What happens on a page that plays before anybody touched it. */
interface EarlyPage {
  /** What `canPlay` was at first and whenever it changed. */
  readonly told: boolean[];
  statistics(): Promise<{ readonly playedSamples: number }>;
}

declare global {
  interface Window {
    media: MediaPage;
    early?: EarlyPage;
  }
}

const recorderSource = `
registerProcessor('recorder', class extends AudioWorkletProcessor {
  samples = new Float32Array(10 * sampleRate); length = 0;
  constructor() { super(); this.port.onmessage = () => this.port.postMessage(this.samples.slice(0, this.length)); }
  process([input], [output]) {
    const samples = input[0];
    if (!samples) return true;
    if (output[0]) output[0].set(samples);
    if (this.length === 0 && samples.every((sample) => sample === 0)) return true;
    const kept = samples.subarray(0, this.samples.length - this.length);
    this.samples.set(kept, this.length);
    this.length += kept.length;
    return true;
  }
});`;

/** A context whose destination can be listened to. */
async function audibleContext(): Promise<Audible> {
  const context = new AudioContext();
  const url = URL.createObjectURL(new Blob([recorderSource], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  const recorder = new AudioWorkletNode(context, 'recorder');
  const ears = new AnalyserNode(context, { fftSize: 4_096 });
  recorder.connect(ears).connect(context.destination);
  Object.defineProperty(context, 'destination', { value: recorder });
  return {
    context,
    heard(length: number): number[] {
      const samples = new Float32Array(ears.fftSize);
      ears.getFloatTimeDomainData(samples);
      return [...samples.subarray(samples.length - length)];
    },
    recording: () =>
      new Promise((resolve) => {
        recorder.port.onmessage = ({ data }: MessageEvent<Float32Array>) => resolve([...data]);
        recorder.port.postMessage('tell');
      }),
  };
}

/** Resolves with `count` frames, after those that a starting device still smooths. */
function frames(microphone: Microphone, count: number, skip: number = 25): Promise<HeardFrame[]> {
  const { promise, resolve } = Promise.withResolvers<HeardFrame[]>();
  const got: HeardFrame[] = [];
  let skipped = 0;
  const off = microphone.on('frameCaptured', ({ samples, ...rest }) => {
    if (skipped++ < skip) return;
    got.push({ ...rest, samples: [...samples] });
    if (got.length < count) return;
    off();
    resolve(got);
  });
  return promise;
}

/** Resolves with so many pictures, each decoded again to see that it is one. */
function pictures(device: Camera | ScreenShare, count: number): Promise<SeenPicture[]> {
  const { promise, resolve } = Promise.withResolvers<SeenPicture[]>();
  const got: SeenPicture[] = [];
  const off = device.on('pictureTaken', async ({ bytes, mediaTime }) => {
    const { width, height } = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    const type = [...bytes.subarray(0, 3)].map((byte) => byte.toString(16)).join(' ');
    got.push({ type, width, height, mediaTime });
    if (got.length < count) return;
    off();
    resolve(got);
  });
  return promise;
}

window.media = { Camera, Microphone, ScreenShare, Speaker, listDevices, audibleContext, frames, pictures };

if (location.search === '?early') {
  const speaker = new Speaker();
  const source = speaker.source('model', { sampleRate: 24_000 });
  source.push(new Int16Array(24_000 * 60).fill(1_000), { turn: 1 });
  const told = [speaker.canPlay];
  speaker.on('canPlayChanged', ({ canPlay }) => told.push(canPlay));
  document.querySelector('button')?.addEventListener('click', () => speaker.resume());
  window.early = { told, statistics: () => source.statistics() };
}
