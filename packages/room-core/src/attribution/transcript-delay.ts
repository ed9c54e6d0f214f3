import type { VoiceTimeline } from './voice-timeline.ts';

/** Pauses that are remembered. */
const REMEMBERED = 7;
/** A pause in which all words came that were said before it, in milliseconds. */
const LONG_MS = 800;
/** What is assumed before a long pause has told. */
const USUAL_MS = 400;

/** How long after words were said their transcript comes, learnt from the last words before pauses. */
export class TranscriptDelay {
  readonly #delays: number[] = [];
  #pause: { readonly voicedTo: number; ms: number } | null = null;

  /** Milliseconds. */
  get ms(): number {
    if (this.#delays.length === 0) return USUAL_MS;
    return this.#delays.reduce((sum, ms) => sum + ms, 0) / this.#delays.length;
  }

  /** Words came now. The last words of a pause were said when it began. */
  observe({ audioMs, voicedTo, voicedAfter }: Pick<VoiceTimeline, 'audioMs' | 'voicedTo' | 'voicedAfter'>): void {
    const pause = this.#pause;
    if (pause && pause.voicedTo < voicedTo) {
      const againAt = voicedAfter(pause.voicedTo);
      if (againAt - pause.voicedTo >= LONG_MS && pause.ms <= LONG_MS) this.#keep(pause.ms);
    }
    this.#pause = audioMs > voicedTo ? { voicedTo, ms: audioMs - voicedTo } : null;
  }

  #keep(ms: number): void {
    this.#delays.push(ms);
    if (this.#delays.length > REMEMBERED) this.#delays.shift();
  }

  /** Another session may be slower or faster. */
  reset(): void {
    this.#delays.length = 0;
    this.#pause = null;
  }
}
