import { levelDbfs } from './pcm16.ts';

/** Rate that voice activity is judged at, in Hz. */
export const VOICE_ACTIVITY_RATE = 16_000;
const FRAME_SAMPLES = 320;
const FRAME_MS = 20;
/** Speech stands out of the noise by at least this much, in dB. */
const ABOVE_NOISE_DB = 9;
/** Speech goes on until it is this much closer to the noise than its start had to be, in dB. */
const HYSTERESIS_DB = 3;
/** How fast the noise floor follows a rising level, in dB per second; steady noise stops being speech in a few seconds. */
const NOISE_RISE_DB_PER_SECOND = 3;
const QUIETEST_NOISE_DBFS = -75;

/** How speech is told from silence. */
export interface VoiceActivityOptions {
  /** Level that counts as speech even in a silent room, in dBFS. */
  readonly thresholdDbfs: number;
  /** Speech needed before a start is committed, in milliseconds. */
  readonly prefixPaddingMs: number;
  /** Silence needed before an end is committed, in milliseconds. */
  readonly silenceDurationMs: number;
}

/** A start or end of speech. */
export interface VoiceActivityEdge {
  readonly edge: 'start' | 'end';
  /** Where in the audio the speech began or ended: milliseconds since its first sample. */
  readonly atMs: number;
  /** Samples of the audio up to the point where this was decided; later than `atMs`. */
  readonly decidedAtSample: number;
}

/**
 * Finds speech by its energy over an adaptive noise floor.
 * Time is audio time: five seconds pushed at once give the same edges as five seconds pushed in five seconds.
 */
export class VoiceActivityDetector {
  readonly #options: VoiceActivityOptions;
  #rest: Int16Array = new Int16Array(0);
  #frames = 0;
  #noiseDbfs = QUIETEST_NOISE_DBFS;
  #speaking = false;
  /** Consecutive frames that contradict the present state. */
  #contraryFrames = 0;

  constructor(options: VoiceActivityOptions) {
    this.#options = options;
  }

  /** Whether speech is going on, as far as the audio pushed so far tells. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Edges that `samples` (mono, 16 kHz, any length) bring. */
  push(samples: Int16Array): VoiceActivityEdge[] {
    const audio = new Int16Array(this.#rest.length + samples.length);
    audio.set(this.#rest);
    audio.set(samples, this.#rest.length);
    const edges: VoiceActivityEdge[] = [];
    let offset = 0;
    for (; offset + FRAME_SAMPLES <= audio.length; offset += FRAME_SAMPLES) {
      const edge = this.#judge(levelDbfs(audio.subarray(offset, offset + FRAME_SAMPLES)));
      if (edge) edges.push(edge);
    }
    this.#rest = audio.slice(offset);
    return edges;
  }

  /** The stream pauses: speech that was going on has ended. */
  flush(): VoiceActivityEdge[] {
    const edges = this.#speaking ? [this.#end()] : [];
    this.#contraryFrames = 0;
    return edges;
  }

  #judge(level: number): VoiceActivityEdge | null {
    this.#frames += 1;
    const needed = Math.max(this.#options.thresholdDbfs, this.#noiseDbfs + ABOVE_NOISE_DB);
    const isSpeech = level > (this.#speaking ? needed - HYSTERESIS_DB : needed);
    this.#followNoise(level);
    this.#contraryFrames = isSpeech === this.#speaking ? 0 : this.#contraryFrames + 1;
    const contraryMs = this.#contraryFrames * FRAME_MS;
    if (!this.#speaking && contraryMs > 0 && contraryMs >= this.#options.prefixPaddingMs) return this.#start();
    if (this.#speaking && contraryMs > 0 && contraryMs >= this.#options.silenceDurationMs) return this.#end();
    return null;
  }

  #start(): VoiceActivityEdge {
    this.#speaking = true;
    return this.#edge('start');
  }

  #end(): VoiceActivityEdge {
    this.#speaking = false;
    return this.#edge('end');
  }

  #edge(edge: 'start' | 'end'): VoiceActivityEdge {
    const atMs = (this.#frames - this.#contraryFrames) * FRAME_MS;
    this.#contraryFrames = 0;
    return { edge, atMs, decidedAtSample: this.#frames * FRAME_SAMPLES };
  }

  #followNoise(level: number): void {
    const rise = (NOISE_RISE_DB_PER_SECOND * FRAME_MS) / 1000;
    this.#noiseDbfs = Math.max(QUIETEST_NOISE_DBFS, Math.min(level, this.#noiseDbfs + rise));
  }
}
