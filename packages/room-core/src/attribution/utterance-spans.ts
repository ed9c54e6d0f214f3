/** A stretch of audio, in milliseconds of the timeline. */
export interface AudioSpan {
  readonly from: number;
  readonly to: number;
}

/** Most utterances that wait for their transcript. */
const MOST_WAITING = 8;
/** Speech that began this recently and goes on has no transcript yet, in milliseconds. */
const TOO_FRESH_MS = 1_000;
/** A transcript comes within this time after the end of its speech, in milliseconds. */
const TRANSCRIPT_MS = 3_000;

interface Utterance {
  readonly from: number;
  to: number | null;
  transcribed: boolean;
}

/**
 * Which stretch of audio a transcript belongs to. Where the model tells when it heard speech start and end, a sentence
 * belongs to such an utterance; otherwise to what came since the last attributed one. Not every utterance gets a
 * transcript (a cough does not), so an old one never waits for longer than it takes.
 */
export class UtteranceSpans {
  #utterances: Utterance[] = [];
  /** Everything before this moment has been put down to somebody. */
  #attributedTo = 0;

  /** Everything before this moment of the timeline has been put down to somebody. */
  get attributedTo(): number {
    return this.#attributedTo;
  }

  /** The model heard speech start or end at a moment of the timeline. */
  edge(kind: 'start' | 'end', atMs: number): void {
    if (kind === 'start') {
      this.#utterances.push({ from: atMs, to: null, transcribed: false });
      if (this.#utterances.length > MOST_WAITING) this.#utterances.shift();
      return;
    }
    const open = this.#utterances.find(({ to }) => to === null);
    if (!open) return;
    open.to = atMs;
    if (open.transcribed) this.#finish(open, atMs);
  }

  /** The stretch of a sentence that is complete, heard until `nowMs`; the next one starts after it. */
  takeSentence(nowMs: number): AudioSpan {
    const utterance = this.#utteranceOf(nowMs);
    const from = Math.max(this.#attributedTo, utterance?.from ?? 0);
    const to = utterance?.to ?? nowMs;
    this.#attributedTo = Math.max(this.#attributedTo, to);
    if (utterance) {
      utterance.transcribed = true;
      if (utterance.to !== null) this.#finish(utterance, utterance.to);
    }
    return { from, to };
  }

  /** A piece of a sentence was said until `toMs`. */
  takePiece(toMs: number): void {
    this.#attributedTo = Math.max(this.#attributedTo, toMs);
  }

  /** A fresh session counts its audio anew; transcripts of the old one will not come any more. */
  reset(nowMs: number): void {
    this.#utterances = [];
    this.#attributedTo = nowMs;
  }

  #utteranceOf(nowMs: number): Utterance | undefined {
    const waiting = this.#utterances.filter(({ transcribed }) => !transcribed);
    const newest = waiting.at(-1);
    const before = waiting.at(-2);
    if (!newest || !before) return newest;
    const tooFresh = newest.to === null && nowMs - newest.from < TOO_FRESH_MS;
    return tooFresh && nowMs - (before.to ?? nowMs) < TRANSCRIPT_MS ? before : newest;
  }

  /** Forgets an utterance and those before it. */
  #finish(utterance: Utterance, endMs: number): void {
    this.#utterances = this.#utterances.slice(this.#utterances.indexOf(utterance) + 1);
    this.#attributedTo = Math.max(this.#attributedTo, endMs);
  }
}
