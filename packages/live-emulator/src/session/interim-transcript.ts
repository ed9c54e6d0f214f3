import type { Transcriber } from '../transcriber/transcriber.ts';
import type { Listener } from './listener.ts';
import type { Outbox } from './outbox.ts';

/** Audio between two guesses, in milliseconds. */
const INTERVAL_MS = 600;

/** Options of {@link InterimTranscript}. */
export interface InterimTranscriptOptions {
  readonly listener: Listener;
  readonly transcriber: Transcriber;
  readonly outbox: Outbox;
  readonly onFailure: (error: unknown) => void;
}

/** Tells what somebody seems to be saying while they still say it. Each guess replaces the one before. */
export class InterimTranscript {
  readonly #options: InterimTranscriptOptions;
  /** Where in the audio the last guess was made. */
  #guessedAtMs = 0;
  #isClosed = false;

  constructor(options: InterimTranscriptOptions) {
    this.#options = options;
  }

  /** More audio came. */
  update(): void {
    const { listener, transcriber, outbox, onFailure } = this.#options;
    if (!listener.isActive || listener.positionMs - this.#guessedAtMs < INTERVAL_MS) return;
    const guessedAtMs = listener.positionMs;
    this.#guessedAtMs = guessedAtMs;
    Promise.resolve(listener.presentSamples())
      .then((samples) => transcriber.transcribe(samples))
      .then(({ text }) => {
        // Late is as good as wrong: the utterance is over, or a newer guess is on its way.
        const isCurrent = listener.isActive && this.#guessedAtMs === guessedAtMs;
        if (!this.#isClosed && isCurrent && text !== '') outbox.interimInputTranscription(text);
      })
      .catch((error: unknown) => {
        if (!this.#isClosed) onFailure(error);
      });
  }

  close(): void {
    this.#isClosed = true;
  }
}
