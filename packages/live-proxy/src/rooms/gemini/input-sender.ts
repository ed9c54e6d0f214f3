import type { ModelProfile, SpeakerCues } from '@colloquy/live-protocol';
import type { Clock } from '@colloquy/room-core';
import type { TextEcho } from '../../continuity/text-echo.ts';
import type { GeminiConnection } from './gemini-connection.ts';
import type { WaitingInput } from './input-queue.ts';
import {
  activityEndMessage,
  activityStartMessage,
  audioMessage,
  audioStreamEndMessage,
  contextMessage,
  imageMessage,
  realtimeTextMessage,
  textMessage,
  toolResponseMessage,
  type WireMessage,
} from './wire-input.ts';

/** Options of {@link InputSender}. */
export interface InputSenderOptions {
  readonly connection: Pick<GeminiConnection, 'send' | 'bufferedAmount'>;
  readonly profile: ModelProfile;
  readonly echo: TextEcho;
  readonly clock: Clock;
  /** Bytes waiting for the service above which audio and pictures are dropped. */
  readonly maxBufferedBytes: number;
  /** The same with which the connection counts as dead: words are never dropped. */
  readonly maxWordBytes: number;
  /** Longest time above `maxBufferedBytes` before the connection counts as dead. */
  readonly stuckTimeoutMs: number;
  readonly onStuck: () => void;
}

/** Notes kept for the next turn; older ones are not worth a turn of their own. */
const MOST_NOTES = 20;

/**
 * Puts a room's input on an open connection, the way this model takes it, and no faster than it is read: live media is
 * dropped before it piles up, words never are.
 *
 * Notes wait until the model is quiet, since anything in the conversation cuts its answer. Models that answer whatever is
 * typed get them together with the next typed turn.
 */
export class InputSender {
  readonly #options: InputSenderOptions;
  #notes: string[] = [];
  #fullSinceMs: number | null = null;
  #inActivity = false;
  #isStuck = false;

  constructor(options: InputSenderOptions) {
    this.#options = options;
  }

  /** @returns `false` when the connection is dead: whatever it was, it has to go over another one. */
  send(input: WaitingInput, isQuiet: boolean): boolean {
    if (!this.#isStuck) this.#put(input, isQuiet);
    return !this.#isStuck;
  }

  #put(input: WaitingInput, isQuiet: boolean): void {
    const { connection } = this.#options;
    switch (input.type) {
      case 'audio':
        if (this.#hasRoom()) connection.send(audioMessage(input.samples));
        break;
      case 'image':
        if (this.#hasRoom()) connection.send(imageMessage(input.bytes, input.mimeType));
        break;
      case 'audioStreamEnd':
        connection.send(audioStreamEndMessage);
        break;
      case 'activityStart':
        this.#inActivity = true;
        connection.send(activityStartMessage);
        break;
      case 'activityEnd':
        this.#inActivity = false;
        connection.send(activityEndMessage);
        break;
      case 'speakers':
        this.#sendSpeakers(input, isQuiet);
        break;
      case 'text':
        this.#sendText(input.text);
        break;
      case 'context':
        this.#notes = [...this.#notes, input.text].slice(-MOST_NOTES);
        if (isQuiet) this.flushNotes();
        break;
      case 'toolResponse':
        this.#sendWords(toolResponseMessage(input));
        break;
      default:
        input satisfies never;
    }
  }

  /** The model is quiet: what was noted meanwhile may be told. */
  flushNotes(): void {
    if (this.#notes.length === 0 || this.#options.profile.textInput === 'realtimeInput') return;
    if (this.#sendWords(contextMessage(this.#notes.join('\n')))) this.#notes = [];
  }

  /** Notes that were not told, for the next connection. */
  takeNotes(): readonly string[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  /** A line in the same turn where a turn has a beginning; elsewhere a note. */
  #sendSpeakers({ names, cues }: Extract<WaitingInput, { type: 'speakers' }>, isQuiet: boolean): void {
    const { echo, profile } = this.#options;
    const how = cueFor(cues, { inActivity: this.#inActivity, textInput: profile.textInput });
    if (how === 'text') {
      const line = `${names.join(' and ')}:`;
      echo.sent(line);
      this.#sendWords(realtimeTextMessage(line));
    } else if (how === 'context') {
      const verb = names.length > 1 ? 'are' : 'is';
      this.#put({ type: 'context', text: `[${names.join(' and ')} ${verb} speaking]` }, isQuiet);
    }
  }

  #sendText(text: string): void {
    const { profile, echo } = this.#options;
    const whole = [...this.#notes, text].join('\n');
    if (!this.#sendWords(textMessage(whole, profile.textInput))) return;
    this.#notes = [];
    if (profile.textInput === 'realtimeInput') echo.sent(whole);
  }

  #sendWords(message: WireMessage): boolean {
    const { connection, maxWordBytes } = this.#options;
    // Where nobody speaks, words alone find out that nothing is read.
    this.#hasRoom();
    const isFull = maxWordBytes > 0 && connection.bufferedAmount + message.length > maxWordBytes;
    if (isFull && !this.#isStuck) this.#stuck();
    if (!this.#isStuck) connection.send(message);
    return !this.#isStuck;
  }

  #stuck(): void {
    this.#isStuck = true;
    this.#options.onStuck();
  }

  #hasRoom(): boolean {
    const { connection, maxBufferedBytes, stuckTimeoutMs, clock } = this.#options;
    if (maxBufferedBytes === 0 || connection.bufferedAmount <= maxBufferedBytes) {
      this.#fullSinceMs = null;
      return true;
    }
    this.#fullSinceMs ??= clock.monotonic();
    if (stuckTimeoutMs > 0 && clock.monotonic() - this.#fullSinceMs >= stuckTimeoutMs) this.#stuck();
    return false;
  }
}

/**
 * How this model is told who speaks. A typed line is part of a turn that the room has begun; outside of one, some models
 * answer it, and those that take context get that instead.
 */
function cueFor(
  cues: SpeakerCues,
  at: { readonly inActivity: boolean; readonly textInput: ModelProfile['textInput'] },
): 'none' | 'text' | 'context' {
  if (cues !== 'auto') return cues;
  if (at.inActivity) return 'text';
  return at.textInput === 'clientContent' ? 'context' : 'none';
}
