import type { ServerEvent } from '@colloquy/live-protocol';
import type { HeardClock, PlaybackSource } from '../audio/playback.ts';
import type { Speaker } from '../audio/speaker.ts';
import type { Emitter } from '../emitter.ts';
import type { Store } from '../store.ts';
import { HeardText } from './heard-text.ts';
import type { LiveEvents, LiveSnapshot } from './live-snapshot.ts';
import type { ToolRunner } from './tool-runner.ts';
import { Transcript, type TranscriptItem, type TranscriptPiece } from './transcript.ts';

/** What a conversation works with. */
export interface LiveConversationPort {
  readonly store: Store<LiveSnapshot>;
  readonly events: Emitter<LiveEvents>;
  readonly speaker: Speaker;
  readonly tools: ToolRunner;
}

/** What the model said in one turn, and what is known of how it was heard. */
interface SpokenTurn {
  readonly turn: number;
  readonly heard: HeardText;
  /** The transcript item that its text goes into. */
  itemId: string | null;
  hasVoice: boolean;
  /** It was silenced here. */
  silenced: boolean;
}

/** Audio that may be missing at the end of a turn that counts as heard, milliseconds. */
const HEARD_ENOUGH_MS = 100;

/** Turns what the model sends into sound, transcript, tool runs and events. */
export class LiveConversation {
  readonly #port: LiveConversationPort;
  readonly #transcript: Transcript;
  #turn = 1;
  #spoken: SpokenTurn = spokenTurn(1);
  /** The turn before, which may be heard still. */
  #before: SpokenTurn | null = null;
  /** Whether anything of the turn has come. */
  #answering = false;
  /** The turn that was cut and whose end has not been told. */
  #cutTurn: number | null = null;
  #voice: { readonly source: PlaybackSource; readonly sampleRate: number } | null = null;

  constructor(port: LiveConversationPort, options: { readonly maxTranscriptItems: number }) {
    this.#port = port;
    this.#transcript = new Transcript({ capacity: options.maxTranscriptItems, now: Date.now });
  }

  /** Whether the model is answering now. */
  get isAnswering(): boolean {
    return this.#answering;
  }

  /** Loudness of the model's voice, 0 to 1. */
  get level(): number {
    return this.#voice?.source.level ?? 0;
  }

  /** How far the model's voice was heard. */
  get heard(): HeardClock {
    return this.#voice?.source.heard ?? { turn: 0, ms: 0 };
  }

  /** What {@link receive} takes next came in one message. */
  messageBegins(): void {
    this.#spoken.heard.beginMessage();
  }

  /** Takes one meaning of a message; `setupComplete` and what concerns the connection are the owner's. */
  receive(event: ServerEvent): void {
    const { events } = this.#port;
    switch (event.type) {
      case 'audio':
        this.#answer();
        this.#play(event.data, event.sampleRate);
        break;
      case 'text':
        this.#answer();
        events.emit('textReceived', { text: event.text, thought: event.thought });
        if (!event.thought) this.#said({ text: event.text, finished: false });
        break;
      case 'inputTranscription':
        this.#tell(this.#transcript.heard(event));
        break;
      case 'outputTranscription':
        this.#answer();
        this.#said(event);
        break;
      case 'interrupted':
        this.#interrupted();
        break;
      case 'generationComplete':
        this.#spoken.heard.complete();
        this.#voice?.source.end();
        break;
      case 'turnComplete':
        this.#turnComplete(event.reason);
        break;
      case 'toolCall':
        events.emit('toolCalled', { calls: event.calls });
        this.#port.tools.start(event.calls);
        break;
      case 'toolCallCancellation':
        this.#port.tools.cancel(event.ids);
        events.emit('toolCallsCancelled', { ids: event.ids });
        break;
      case 'usage':
        this.#port.store.update({ usage: event.usage });
        events.emit('usageReported', { usage: event.usage });
        break;
      default:
        // The rest has no state here; `eventReceived` tells of it.
        break;
    }
    events.emit('eventReceived', { event });
  }

  /** A person typed this. */
  typed(text: string): void {
    this.#tell(this.#transcript.typed(text));
  }

  /** Silences the current answer here; what still comes of it is dropped. */
  silence(): void {
    // An answer that has not begun is another one.
    this.#voice?.source.interrupt(this.#answering ? this.#turn : this.#turn - 1);
    this.#spoken.silenced = this.#answering;
    // The turn is over and was still being heard; one that goes on is cut when its end is told.
    if (this.#before) this.#cut(this.#before);
  }

  /** The connection broke: nothing of this answer comes any more. */
  breakOff(): void {
    this.#port.tools.cancelAll();
    if (this.#answering) this.#interrupted();
    this.#cutTurn = null;
  }

  /** Frees the voice; the speaker stays. */
  dispose(): void {
    this.breakOff();
    this.#voice?.source.dispose();
    this.#voice = null;
  }

  #answer(): void {
    if (this.#answering) return;
    this.#answering = true;
    this.#tell(this.#transcript.end('user'));
    this.#port.store.update({ model: 'speaking' });
  }

  #play(data: Uint8Array<ArrayBuffer>, sampleRate: number): void {
    const samples = toSamples(data);
    if (sampleRate === 16_000 || sampleRate === 24_000) {
      if (this.#voice?.sampleRate !== sampleRate) {
        this.#voice?.source.dispose();
        this.#voice = { source: this.#port.speaker.source('model', { sampleRate }), sampleRate };
      }
      this.#voice.source.push(samples, { turn: this.#turn });
      this.#spoken.hasVoice = true;
      this.#spoken.heard.addAudio((samples.length / sampleRate) * 1_000);
    }
    this.#port.events.emit('audioReceived', { samples, sampleRate, turn: this.#turn });
  }

  #interrupted(): void {
    const turn = this.#turn;
    this.#voice?.source.interrupt(turn);
    if (this.#before) this.#cut(this.#before);
    this.#cut(this.#spoken);
    // Nothing of it had a transcript item that could be cut.
    this.#tell(this.#transcript.end('model'));
    this.#port.events.emit('interrupted', { turn });
    this.#cutTurn = turn;
    this.#nextTurn();
  }

  #turnComplete(reason: string | null): void {
    const turn = this.#cutTurn ?? this.#turn;
    // What was cut has been told; only a turn that went to its end has something to play and to write to its end.
    if (this.#cutTurn === null) {
      this.#voice?.source.end();
      this.#spoken.heard.complete();
      if (this.#spoken.silenced) this.#cut(this.#spoken);
      this.#tell(this.#transcript.end('model'));
      this.#nextTurn();
    }
    this.#cutTurn = null;
    this.#port.events.emit('turnCompleted', { turn, reason });
  }

  #said(piece: TranscriptPiece): void {
    const item = this.#transcript.said(piece);
    if (item === null) return;
    const spoken = this.#spoken;
    if (item.id !== spoken.itemId) {
      spoken.itemId = item.id;
      spoken.heard.restartText();
    }
    spoken.heard.grewTo(item.text.length);
    this.#tell(item);
  }

  /** Not all of the turn was heard, nor will be. */
  #cut({ turn, itemId, heard, hasVoice }: SpokenTurn): void {
    const clock = this.heard;
    const heardMs = clock.turn === turn ? clock.ms : clock.turn > turn ? Number.POSITIVE_INFINITY : 0;
    const heardAll = turn < this.#turn && heardMs >= heard.audioMs - HEARD_ENOUGH_MS;
    if (itemId === null || heardAll) return;
    this.#tell(this.#transcript.cut(itemId, hasVoice ? (text) => heard.upTo(heardMs, text) : null));
  }

  #nextTurn(): void {
    this.#turn += 1;
    this.#before = this.#spoken;
    this.#spoken = spokenTurn(this.#turn);
    this.#answering = false;
    if (this.#port.store.snapshot.model === 'speaking') this.#port.store.update({ model: 'listening' });
  }

  #tell(item: TranscriptItem | null): void {
    if (item === null) return;
    this.#port.store.update({ transcript: this.#transcript.items });
    const { speaker, text, state, heardText } = item;
    this.#port.events.emit('transcriptUpdated', { speaker, text, final: state !== 'growing', heardText, item });
  }
}

function spokenTurn(turn: number): SpokenTurn {
  return { turn, heard: new HeardText(), itemId: null, hasVoice: false, silenced: false };
}

function toSamples(data: Uint8Array<ArrayBuffer>): Int16Array<ArrayBuffer> {
  const bytes = data.byteOffset % 2 === 0 ? data : data.slice();
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
}
