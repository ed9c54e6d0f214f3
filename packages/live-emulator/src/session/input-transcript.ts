import type { Transcription } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../clock.ts';
import type { Profile } from '../profile.ts';
import type { Outbox } from './outbox.ts';

/** Milliseconds between two pieces of one transcription. */
const PIECE_INTERVAL_MS = 30;

/** Options of {@link InputTranscript}. */
export interface InputTranscriptOptions {
  readonly profile: Profile;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

/**
 * Sends what people said, in the manner of the profile.
 * It has timers of its own: a transcription may arrive before, during or after the answer to what it transcribes.
 */
export class InputTranscript {
  readonly #options: InputTranscriptOptions;
  readonly #timers = new Set<Timer>();

  constructor(options: InputTranscriptOptions) {
    this.#options = options;
  }

  /** Sends `text` after `delayMs`; `onSent` runs right behind its last message, also when there is nothing to send. */
  send(text: string, delayMs: number, onSent: () => void = () => {}): void {
    this.#schedule(this.#messages(text), delayMs, onSent);
  }

  /** Sends transcriptions as they are, in the same manner. */
  sendDetailed(transcriptions: readonly Transcription[], delayMs: number, onSent: () => void): void {
    const { outbox } = this.#options;
    const messages = transcriptions.map((transcription) => () => outbox.inputTranscription(transcription));
    this.#schedule(messages, delayMs, onSent);
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #schedule(messages: readonly (() => void)[], delayMs: number, onSent: () => void): void {
    messages.forEach((message, index) => {
      this.#after(delayMs + index * PIECE_INTERVAL_MS, message);
    });
    this.#after(delayMs + Math.max(0, messages.length - 1) * PIECE_INTERVAL_MS, onSent);
  }

  #messages(text: string): (() => void)[] {
    const { profile, outbox } = this.#options;
    if (text === '') return [];
    if (profile.wire.inputTranscription === 'utterance') return [() => outbox.inputTranscription({ text })];
    const pieces = splitPieces(text).map((piece) => () => outbox.inputTranscription({ text: piece }));
    if (profile.wire.outputTranscription !== 'bracketed') return pieces;
    return [() => outbox.inputTranscription({}), ...pieces, () => outbox.inputTranscription({ finished: true })];
  }

  #after(ms: number, task: () => void): void {
    const timer = this.#options.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
  }
}

/** Words with the space before them, punctuation by itself; `[speech 1.8 s]` stays whole. */
export function splitPieces(text: string): string[] {
  return (` ${text}`.match(/\s*\[[^\]]*\]|\s*[\p{L}\p{N}'’-]+|\s*[^\s\p{L}\p{N}]+/gu) ?? []).filter(
    (piece) => piece !== '',
  );
}
