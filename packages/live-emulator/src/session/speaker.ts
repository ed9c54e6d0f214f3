import type { Profile } from '../profile.ts';
import type { Voice } from '../voice/voice.ts';
import { avatarVideo } from './avatar-video.ts';
import type { SessionConfiguration } from './configuration.ts';
import { textTokens } from './conversation.ts';
import type { Outbox } from './outbox.ts';
import type { Pacing } from './pacing.ts';
import { planSpeech, type SpeechChunk, splitSentences, splitWords } from './speech-plan.ts';
import type { Turn } from './turn.ts';

/** How far the transcript runs ahead of the audio where it comes separately, in chunks. */
const LEAD_CHUNKS = 6;
/** Audio chunks between two empty messages, for profiles that send them. */
const CHUNKS_PER_EMPTY_MESSAGE = 9;
/** Words in one increment of text. */
const WORDS_PER_INCREMENT = 4;

/** Options of {@link Speaker}. */
export interface SpeakerOptions {
  readonly profile: Profile;
  readonly configuration: SessionConfiguration;
  readonly pacing: Pacing;
  readonly voice: Voice;
  readonly outbox: Outbox;
}

/** Says what a brain decided: synthesises, cuts into chunks, adds the transcript as the profile does, keeps the pace. */
export class Speaker {
  readonly #options: SpeakerOptions;
  readonly #chunkMs: number;
  #chunksSinceEmpty = 0;
  #isTranscriptOpen = false;
  #hasSentVideo = false;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.#chunkMs = options.pacing.chunkMs ?? options.profile.manner.chunkMs;
  }

  /**
   * Tells what is going to be said, for profiles whose transcript comes whole and before all audio.
   * `goesOn`: the transcript stays open, because a function is asked before the turn ends.
   */
  announce(texts: readonly string[], options: { readonly goesOn: boolean }): void {
    if (!this.#framesTranscript) return;
    const { outbox, profile } = this.#options;
    const words = texts.flatMap((text, index) =>
      splitWords(index === 0 ? text : ` ${text}`, profile.manner.transcriptSpace),
    );
    if (words.length > 0) outbox.outputTranscription({});
    for (const text of words) outbox.outputTranscription({ text });
    this.#isTranscriptOpen = options.goesOn;
    if (words.length > 0 && !options.goesOn) outbox.outputTranscription({ finished: true });
  }

  /** Says `text` in `turn`; rejects with {@link TurnInterrupted} when it is cut. */
  async say(turn: Turn, text: string): Promise<void> {
    if (this.#options.configuration.modality === 'TEXT') return this.#write(turn, text);
    for (const sentence of splitSentences(text)) {
      const samples = await this.#options.voice.synthesize({
        text: sentence,
        voiceName: this.#options.configuration.voiceName,
      });
      turn.throwIfInterrupted();
      await this.#play(turn, planSpeech(this.#wordsOf(sentence, turn), samples, this.#chunkMs));
    }
  }

  /** Sends a thought summary, if this session is shown any. */
  think(turn: Turn, text: string): void {
    const { profile, configuration, outbox } = this.#options;
    turn.countThought(textTokens(text));
    if (profile.wire.thoughts || configuration.includeThoughts) outbox.thought(text);
  }

  /** Ends a transcript that {@link Speaker.announce} left open. */
  finishTranscript(): void {
    if (this.#isTranscriptOpen) this.#options.outbox.outputTranscription({ finished: true });
    this.#isTranscriptOpen = false;
  }

  get #framesTranscript(): boolean {
    const { profile, configuration } = this.#options;
    const isSpoken = configuration.modality !== 'TEXT';
    return profile.wire.outputTranscription === 'bracketed' && configuration.outputTranscription && isSpoken;
  }

  async #write(turn: Turn, text: string): Promise<void> {
    const words = this.#wordsOf(text, turn);
    for (let index = 0; index < words.length; index += WORDS_PER_INCREMENT) {
      await turn.waitToSend();
      const increment = words.slice(index, index + WORDS_PER_INCREMENT).join('');
      this.#options.outbox.text(increment);
      turn.sentPlainText(increment);
    }
  }

  #wordsOf(text: string, turn: Turn): string[] {
    const space = this.#options.profile.manner.transcriptSpace;
    const isFirst = turn.sentText === '';
    const spaced = space === 'leading' ? `${isFirst ? '' : ' '}${text}` : `${text} `;
    return splitWords(spaced, space);
  }

  async #play(turn: Turn, chunks: readonly SpeechChunk[]): Promise<void> {
    const { profile, configuration, pacing } = this.#options;
    const isTranscribed = configuration.outputTranscription;
    for (const [index, chunk] of chunks.entries()) {
      await turn.waitToSend();
      if (isTranscribed && profile.wire.outputTranscription === 'separate') this.#transcribeAhead(chunks, index);
      const isTogether = isTranscribed && profile.wire.outputTranscription === 'withAudio' && chunk.words !== '';
      if (chunk.samples.length > 0) this.#send(chunk, isTogether ? chunk.words : null);
      turn.sentAudio(chunk.durationMs, chunk.words, pacing.audioSpeed);
      this.#sendEmptyNowAndThen();
    }
  }

  #send(chunk: SpeechChunk, transcript: string | null): void {
    const { outbox, configuration } = this.#options;
    if (configuration.modality === 'VIDEO') {
      outbox.video(avatarVideo(chunk.durationMs, configuration.avatar, !this.#hasSentVideo), transcript);
      this.#hasSentVideo = true;
    } else {
      outbox.audio(chunk.samples, transcript);
    }
  }

  /** The words of the chunk that lies {@link LEAD_CHUNKS} further on; at the beginning, of all up to it. */
  #transcribeAhead(chunks: readonly SpeechChunk[], index: number): void {
    const from = index === 0 ? 0 : index + LEAD_CHUNKS;
    const text = chunks
      .slice(from, index + LEAD_CHUNKS + 1)
      .map((chunk) => chunk.words)
      .join('');
    if (text !== '') this.#options.outbox.outputTranscription({ text });
  }

  #sendEmptyNowAndThen(): void {
    if (!this.#options.profile.wire.emptyMessages) return;
    this.#chunksSinceEmpty += 1;
    if (this.#chunksSinceEmpty < CHUNKS_PER_EMPTY_MESSAGE) return;
    this.#chunksSinceEmpty = 0;
    this.#options.outbox.send({});
  }
}
