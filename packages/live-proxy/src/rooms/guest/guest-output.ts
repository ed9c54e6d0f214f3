import {
  encodeBase64,
  type LogEntry,
  MEDIA_HEADER_BYTES,
  MediaKind,
  type RoomServerMessage,
  type ServerContent,
  type ServerMessage,
  type Setup,
} from '@colloquy/live-protocol';

/** Which room things a Gemini client hears of besides the model. */
export interface GuestOutputOptions {
  readonly setup: Setup;
  readonly participantId: string;
  /** Transcripts of its own speech only, or of everybody's with their names. */
  readonly transcripts: 'own' | 'everybody';
  /**
   * Whether what others write is told like what they say, and the end of each person's words as `finished`: for a client
   * that puts transcripts into bubbles. @defaultValue false
   */
  readonly asBubbles?: boolean;
  readonly audioMimeType: string;
}

type Delta = Extract<RoomServerMessage, { readonly type: 'delta' }>;
type SpeechEntry = Extract<LogEntry, { readonly kind: 'speech.final' }>;
type TextEntry = Extract<LogEntry, { readonly kind: 'msg.text' }>;

/** Growing transcripts of which the beginning was told; more are forgotten, oldest first. */
const MOST_TRANSCRIPTS = 32;

/** What a room says, as Gemini says it. A message may become none or several. */
export class GuestOutput {
  readonly #options: GuestOutputOptions;
  readonly #wantsText: boolean;
  /** How much of a message was told, by its id. */
  readonly #told = new Map<string, number>();
  #isSpeaking = false;
  /** Audio of this turn and of earlier ones was interrupted. */
  #interruptedTurn = 0;

  constructor(options: GuestOutputOptions) {
    this.#options = options;
    this.#wantsText = options.setup.generationConfig?.responseModalities?.[0] === 'TEXT';
  }

  message(message: RoomServerMessage): readonly ServerMessage[] {
    switch (message.type) {
      case 'welcome':
        this.#isSpeaking = message.model.status === 'speaking';
        return [];
      case 'delta':
        return message.kind === 'ai' ? this.#answer(message) : this.#speech(message);
      case 'entries':
        return message.entries.flatMap((entry) => {
          if (entry.kind === 'speech.final') return this.#said(entry);
          return entry.kind === 'msg.text' ? this.#wrote(entry) : [];
        });
      case 'interrupted':
        this.#interruptedTurn = message.turn;
        return [content({ interrupted: true })];
      case 'model':
        return this.#status(message.model.status === 'speaking');
      case 'goaway':
        return [{ goAway: { timeLeft: `${Math.ceil(message.inMs / 1000)}s` } }];
      default:
        return [];
    }
  }

  /** @param frame - a media frame as it goes to everybody; other people's media has no place on this wire. */
  media(frame: Uint8Array): ServerMessage | null {
    if (frame[1] !== MediaKind.modelAudio || this.#wantsText || frame.byteLength <= MEDIA_HEADER_BYTES) return null;
    const turn = new DataView(frame.buffer, frame.byteOffset).getUint32(12, true);
    if (turn <= this.#interruptedTurn) return null;
    const data = encodeBase64(frame.subarray(MEDIA_HEADER_BYTES));
    const { audioMimeType: mimeType } = this.#options;
    return content({ modelTurn: { role: 'model', parts: [{ inlineData: { mimeType, data } }] } });
  }

  #answer({ messageId, offset, text }: Delta): readonly ServerMessage[] {
    const added = this.#news(messageId, offset, text);
    if (added === '') return [];
    if (this.#wantsText) return [content({ modelTurn: { role: 'model', parts: [{ text: added }] } })];
    if (this.#options.setup.outputAudioTranscription === undefined) return [];
    return [content({ outputTranscription: { text: added } })];
  }

  #speech({ messageId, offset, speakers, text }: Delta): readonly ServerMessage[] {
    if (!this.#isFor(speakers)) return [];
    const isFirst = !this.#told.has(messageId);
    return this.#transcript(this.#news(messageId, offset, text), isFirst ? speakers : []);
  }

  /** What was told of it while it grew is not told again. */
  #said({ body: { messageId, speakers, text } }: SpeechEntry): readonly ServerMessage[] {
    if (!this.#isFor(speakers)) return [];
    const isFirst = !this.#told.has(messageId);
    const ends = this.#options.asBubbles === true;
    return this.#transcript(this.#news(messageId, 0, text), isFirst ? speakers : [], ends);
  }

  /** One's own words are on the page that sent them. */
  #wrote({ actor, body: { text } }: TextEntry): readonly ServerMessage[] {
    const { asBubbles = false, participantId } = this.#options;
    return asBubbles && actor.participantId !== participantId ? this.#transcript(text, [actor], true) : [];
  }

  #transcript(text: string, speakers: readonly { readonly name: string }[], ends = false): readonly ServerMessage[] {
    if ((text === '' && !ends) || this.#options.setup.inputAudioTranscription === undefined) return [];
    const names = speakers.map(({ name }) => name).join(' and ');
    const isNamed = this.#options.transcripts === 'everybody' && names !== '';
    const named = isNamed ? `${names}: ${text}` : text;
    return [content({ inputTranscription: { text: named, ...(ends && { finished: true }) } })];
  }

  #isFor(speakers: readonly { readonly participantId: string }[]): boolean {
    const { participantId, transcripts } = this.#options;
    return transcripts === 'everybody' || speakers.some((speaker) => speaker.participantId === participantId);
  }

  /** What of a growing text was not told yet. */
  #news(messageId: string, offset: number, text: string): string {
    const told = this.#told.get(messageId) ?? 0;
    const added = text.slice(Math.max(0, told - offset));
    this.#told.delete(messageId);
    this.#told.set(messageId, Math.max(told, offset + text.length));
    if (this.#told.size > MOST_TRANSCRIPTS) {
      const [oldest] = this.#told.keys();
      if (oldest !== undefined) this.#told.delete(oldest);
    }
    return added;
  }

  #status(isSpeaking: boolean): readonly ServerMessage[] {
    const hasEnded = this.#isSpeaking && !isSpeaking;
    this.#isSpeaking = isSpeaking;
    return hasEnded ? [content({ generationComplete: true }), content({ turnComplete: true })] : [];
  }
}

function content(serverContent: ServerContent): ServerMessage {
  return { serverContent };
}
