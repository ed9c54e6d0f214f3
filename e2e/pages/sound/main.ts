// The page of the sound tests and of bench/browser.mjs: a conversation, and ears at the very end of its audio graph.

import { Camera, GeminiLiveAPI, listDevices, Microphone, type MicrophoneOptions, Speaker } from '@colloquy/live-client';

/** What the ears heard since they were last asked. */
export interface Heard {
  /** Runs of silence longer than 3 ms after the first sound and before the last. */
  readonly gaps: number;
  readonly longestGapMs: number;
  /** When the last sound left, milliseconds since the Unix epoch. */
  readonly lastSoundAtMs: number;
  readonly soundMs: number;
  /**
   * Most by which the machine was late with rendering, and made up for it at once: so much can be missing of a buffer that
   * was deep enough.
   */
  readonly stallMs: number;
  /** Of sound that left since the page was told that the model was interrupted; `null` before it was. */
  readonly soundAfterInterruptionMs: number | null;
}

const earsSource = `
registerProcessor('ears', class extends AudioWorkletProcessor {
  gaps = 0; longest = 0; silent = 0; any = false; last = 0; sounding = 0; earliest = Infinity; latest = -Infinity; after = null;
  constructor() { super(); this.port.onmessage = ({ data }) => {
    if (data === 'interrupted') { this.after = 0; return; }
    const stall = Math.max(0, this.latest - this.earliest);
    this.port.postMessage({ gaps: this.gaps, longest: this.longest, last: this.last, sounding: this.sounding, stall, after: this.after, now: currentTime, rate: sampleRate });
    this.gaps = 0; this.longest = 0; this.any = false; this.silent = 0; this.sounding = 0; this.earliest = Infinity; this.latest = -Infinity;
  }; }
  process([input], [output]) {
    const late = Date.now() - currentTime * 1000;
    this.earliest = Math.min(this.earliest, late);
    this.latest = Math.max(this.latest, late);
    const samples = input[0];
    for (let n = 0; n < 128; n++) {
      const sample = samples ? samples[n] : 0;
      if (Math.abs(sample) < 1e-4) { this.silent += 1; continue; }
      if (this.any && this.silent > 0.003 * sampleRate) { this.gaps += 1; this.longest = Math.max(this.longest, this.silent); }
      this.any = true; this.silent = 0; this.sounding += 1; if (this.after !== null) this.after += 1; this.last = currentTime + n / sampleRate;
    }
    if (samples && output[0]) output[0].set(samples);
    return true;
  }
});`;

async function audible() {
  const context = new AudioContext();
  const url = URL.createObjectURL(new Blob([earsSource], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  const ears = new AudioWorkletNode(context, 'ears');
  ears.connect(context.destination);
  Object.defineProperty(context, 'destination', { value: ears });
  const listen = (): Promise<Heard> =>
    new Promise((resolve) => {
      ears.port.onmessage = ({ data }) => {
        const agoMs = (data.now - data.last) * 1_000;
        resolve({
          gaps: data.gaps,
          longestGapMs: (data.longest / data.rate) * 1_000,
          lastSoundAtMs: performance.timeOrigin + performance.now() - agoMs,
          soundMs: (data.sounding / data.rate) * 1_000,
          stallMs: data.stall,
          soundAfterInterruptionMs: data.after === null ? null : (data.after / data.rate) * 1_000,
        });
      };
      ears.port.postMessage('tell');
    });
  const soundWithin = async (ms: number): Promise<number> => {
    await listen();
    await new Promise((done) => setTimeout(done, ms));
    return (await listen()).soundMs;
  };
  /** What follows is counted apart. The command to fall silent left before this one, for the same thread. */
  const interrupted = () => ears.port.postMessage('interrupted');
  return { context, listen, soundWithin, interrupted };
}

/** A conversation whose sound goes through ears. */
interface Conversation {
  readonly live: GeminiLiveAPI;
  readonly context: AudioContext;
  /** Every state of the connection so far. */
  readonly told: readonly string[];
  listen(): Promise<Heard>;
  /** Milliseconds of sound in the next `ms`. */
  soundWithin(ms: number): Promise<number>;
}

async function conversation(
  microphoneOptions: MicrophoneOptions = {},
  maxTranscriptItems = 500,
  hasCamera = false,
): Promise<Conversation> {
  const { context, listen, soundWithin, interrupted } = await audible();
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const live = new GeminiLiveAPI({
    url: '/live',
    maxTranscriptItems,
    setup: { model: 'models/gemini-3.8-live' },
    media: () => {
      const idle = { state: { status: 'off', error: null }, on: () => () => {}, stop() {}, async dispose() {} };
      return {
        microphone: new Microphone({ ...plain, ...microphoneOptions }),
        speaker: new Speaker({ audioContext: context }),
        camera: hasCamera ? new Camera() : (idle as never),
        screen: idle as never,
      };
    },
  });
  const told: string[] = [];
  live.on('interrupted', interrupted);
  live.on('stateChanged', ({ connection }) => told.push(connection.status));
  await live.connect();
  // What comes before the output runs would be skipped after a second, as it is where a gesture is missing.
  await live.speaker.resume();
  return { live, listen, soundWithin, told, context };
}

interface SoundPage {
  readonly conversation: typeof conversation;
  readonly listDevices: typeof listDevices;
  readonly Microphone: typeof Microphone;
  readonly Speaker: typeof Speaker;
  readonly GeminiLiveAPI: typeof GeminiLiveAPI;
  /** The conversation that the test has opened. */
  current?: Conversation;
}

declare global {
  interface Window {
    sound: SoundPage;
  }
}

window.sound = { conversation, listDevices, Microphone, Speaker, GeminiLiveAPI };
