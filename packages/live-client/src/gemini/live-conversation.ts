import type { ServerEvent } from '@colloquy/live-protocol';
import type { PlaybackSource } from '../audio/playback.ts';
import type { Speaker } from '../audio/speaker.ts';
import type { Emitter } from '../emitter.ts';
import type { Store } from '../store.ts';
import type { LiveEvents, LiveSnapshot } from './live-snapshot.ts';
import type { ToolRunner } from './live-tool.ts';
import { Transcript, type TranscriptItem } from './transcript.ts';

/** What a conversation works with. */
export interface LiveConversationPort {
  readonly store: Store<LiveSnapshot>;
  readonly events: Emitter<LiveEvents>;
  readonly speaker: Speaker;
  readonly tools: ToolRunner;
}

/** Turns what the model sends into sound, transcript, tool runs and events. */
export class LiveConversation {
  readonly #port: LiveConversationPort;
  readonly #transcript: Transcript;
  #turn = 1;
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
        if (!event.thought) this.#tell(this.#transcript.said({ text: event.text, finished: false }));
        break;
      case 'inputTranscription':
        this.#tell(this.#transcript.heard(event));
        break;
      case 'outputTranscription':
        this.#answer();
        this.#tell(this.#transcript.said(event));
        break;
      case 'interrupted':
        this.#interrupted();
        break;
      case 'generationComplete':
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
    this.#voice?.source.interrupt(this.#turn);
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
    }
    this.#port.events.emit('audioReceived', { samples, sampleRate, turn: this.#turn });
  }

  #interrupted(): void {
    const turn = this.#turn;
    this.#voice?.source.interrupt(turn);
    this.#tell(this.#transcript.end('model', 'interrupted'));
    this.#port.events.emit('interrupted', { turn });
    this.#cutTurn = turn;
    this.#nextTurn();
  }

  #turnComplete(reason: string | null): void {
    const turn = this.#cutTurn ?? this.#turn;
    // What was cut has been told; only a turn that went to its end has something to play and to write to its end.
    if (this.#cutTurn === null) {
      this.#voice?.source.end();
      this.#tell(this.#transcript.end('model'));
      this.#nextTurn();
    }
    this.#cutTurn = null;
    this.#port.events.emit('turnCompleted', { turn, reason });
  }

  #nextTurn(): void {
    this.#turn += 1;
    this.#answering = false;
    if (this.#port.store.snapshot.model === 'speaking') this.#port.store.update({ model: 'listening' });
  }

  #tell(item: TranscriptItem | null): void {
    if (item === null) return;
    this.#port.store.update({ transcript: this.#transcript.items });
    const { speaker, text, state } = item;
    this.#port.events.emit('transcriptUpdated', { speaker, text, final: state !== 'growing', item });
  }
}

function toSamples(data: Uint8Array<ArrayBuffer>): Int16Array<ArrayBuffer> {
  const bytes = data.byteOffset % 2 === 0 ? data : data.slice();
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
}
