import type { GroundingMetadata, TurnCompleteReason, UsageMetadata } from '@colloquy/live-protocol';
import type { BrainInput } from '../brain/brain.ts';
import type { Clock, Timer } from '../clock.ts';

/** Thrown out of everything a turn waits for when it is interrupted. */
export class TurnInterrupted extends Error {
  override readonly name = 'TurnInterrupted';
}

/** What `turnComplete` says beside the usual. */
export interface TurnEnding {
  readonly grounding: GroundingMetadata | null;
  readonly reason: TurnCompleteReason | null;
  /** Counts beside those that were counted. */
  readonly usage: UsageMetadata;
}

/** One turn of the model while it lasts: its waits, its playback clock and what was sent of it so far. */
export class Turn {
  readonly number: number;
  readonly input: readonly BrainInput[];
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #waits = new Set<{ readonly timer: Timer | null; readonly reject: (reason: Error) => void }>();
  /** When the next chunk may be sent, on the monotonic clock. */
  #nextSendAt = 0;
  /** When a listener would have heard everything that was sent, on the monotonic clock. */
  #playbackEndsAt = 0;
  #sentText = '';
  #sentAudioSeconds = 0;
  #thoughtTokens = 0;
  #ending: TurnEnding = { grounding: null, reason: null, usage: {} };
  #wakeWithResults: ((results: readonly BrainInput[]) => void) | null = null;
  #results: BrainInput[] = [];

  constructor(options: { readonly number: number; readonly input: readonly BrainInput[]; readonly clock: Clock }) {
    this.number = options.number;
    this.input = options.input;
    this.#clock = options.clock;
  }

  /** Aborted by {@link Turn.interrupt}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Words whose audio was sent, for the history. */
  get sentText(): string {
    return this.#sentText.trim();
  }

  get sentAudioSeconds(): number {
    return this.#sentAudioSeconds;
  }

  get thoughtTokens(): number {
    return this.#thoughtTokens;
  }

  get ending(): TurnEnding {
    return this.#ending;
  }

  /** Adds to what will be told at the end. */
  endWith(more: Partial<TurnEnding>): void {
    this.#ending = { ...this.#ending, ...more };
  }

  /** Ends every wait of this turn with {@link TurnInterrupted}; nothing more is sent. */
  interrupt(): void {
    this.#abort.abort();
    for (const { timer, reject } of this.#waits) {
      timer?.cancel();
      reject(new TurnInterrupted());
    }
    this.#waits.clear();
  }

  throwIfInterrupted(): void {
    if (this.#abort.signal.aborted) throw new TurnInterrupted();
  }

  /** Waits on the session's clock. */
  sleep(ms: number): Promise<void> {
    this.throwIfInterrupted();
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(ms, () => {
        this.#waits.delete(wait);
        resolve();
      });
      const wait = { timer, reject };
      this.#waits.add(wait);
    });
  }

  /** Waits until the next chunk is due, so that audio leaves at a steady multiple of real time. */
  async waitToSend(): Promise<void> {
    const wait = this.#nextSendAt - this.#clock.monotonic();
    if (wait > 0) await this.sleep(wait);
    this.throwIfInterrupted();
  }

  /** Notes a chunk that was sent: `audioMs` of sound with the words that begin in it. */
  sentAudio(audioMs: number, words: string, audioSpeed: number): void {
    const now = this.#clock.monotonic();
    this.#nextSendAt = Math.max(this.#nextSendAt, now) + audioMs / audioSpeed;
    // A listener who had run dry hears this chunk from now on, else behind what is still queued.
    this.#playbackEndsAt = Math.max(this.#playbackEndsAt, now) + audioMs;
    this.#sentAudioSeconds += audioMs / 1000;
    this.#sentText += words;
  }

  /** Notes text that was sent as text. */
  sentPlainText(text: string): void {
    this.#sentText += text;
  }

  countThought(tokens: number): void {
    this.#thoughtTokens += tokens;
  }

  /** Waits until a listener would have heard everything. */
  async waitForPlayback(): Promise<void> {
    const wait = this.#playbackEndsAt - this.#clock.monotonic();
    if (wait > 0) await this.sleep(wait);
  }

  /** Waits for the answers to the blocking calls of this turn. */
  toolResults(): Promise<readonly BrainInput[]> {
    this.throwIfInterrupted();
    return new Promise((resolve, reject) => {
      const wait = { timer: null, reject };
      this.#waits.add(wait);
      this.#wakeWithResults = (results) => {
        this.#waits.delete(wait);
        this.#wakeWithResults = null;
        this.#results = [];
        resolve(results);
      };
    });
  }

  /** Keeps the answer to one blocking call; when it was the last, the turn goes on. */
  toolAnswered(result: BrainInput, isLast: boolean): void {
    this.#results.push(result);
    if (isLast) this.#wakeWithResults?.(this.#results);
  }
}
