import type { ServerMessage } from '@colloquy/live-protocol';
import { AudioRecording, type AudioTimeline } from '../audio/audio-recording.ts';
import type { PcmAudio } from '../audio/wav.ts';
import type { ProfileName } from '../profile.ts';
import type { Route } from '../server/route.ts';

/** Texts, tool responses, violations and notes kept per session; older ones are counted only. */
const MOST_KEPT = 200;
/** Longest text kept, in characters. */
const LONGEST_TEXT = 2_000;
/** Output is always 24 kHz. */
const OUTPUT_RATE = 24_000;

/** A text that a client sent. */
export interface ReceivedText {
  readonly via: 'clientContent' | 'realtimeInput';
  readonly role: string;
  readonly text: string;
  /** Wall-clock time, in milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** A picture that a client sent. */
export interface ReceivedPicture {
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/** A function response that a client sent. */
export interface ReceivedToolResponse {
  readonly id: string | null;
  readonly name: string | null;
  readonly response: Readonly<Record<string, unknown>>;
  readonly scheduling: string | null;
  /** Whether a call of that id was open. */
  readonly matched: boolean;
  readonly atMs: number;
}

/** Something a client did that the protocol forbids. */
export interface ProtocolViolation {
  /** Which field is to blame, as people write it (`setup.generationConfig.topK`); empty when none is. */
  readonly path: string;
  /** What the close frame said, uncut. */
  readonly reason: string;
  readonly closeCode: number;
  /** What to change; empty when there is nothing to add to the reason. */
  readonly remedy: string;
  readonly atMs: number;
}

/** Everything that `GET /__emulator/sessions` tells about one connection. Times are wall-clock milliseconds. */
export interface SessionReport {
  readonly id: string;
  /** Request path without its query. */
  readonly path: string;
  readonly backend: Route['backend'];
  readonly apiVersion: string;
  /** `null` before the setup. */
  readonly profile: ProfileName | null;
  readonly model: string | null;
  readonly state: 'open' | 'settingUp' | 'ready' | 'closing' | 'closed';
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
  /** How the connection ended; `by` is who began. */
  readonly close: { readonly code: number; readonly reason: string; readonly by: 'client' | 'emulator' } | null;
  /** Id of the connection whose session this one continues. */
  readonly resumedFrom: string | null;
  /** The setup that counts, in lowerCamelCase: as it was received, or as an ephemeral token changed it. */
  readonly setup: unknown;
  readonly received: {
    readonly messages: number;
    readonly bytes: number;
    readonly audio: { readonly chunks: number; readonly seconds: number } & AudioTimeline;
    readonly pictures: {
      readonly count: number;
      readonly bytes: number;
      readonly lastAtMs: number | null;
      /** Numbers of those that can still be seen, from 1 for the first that came. */
      readonly kept: readonly number[];
    };
    readonly texts: { readonly count: number; readonly last: readonly ReceivedText[] };
    readonly toolResponses: { readonly count: number; readonly last: readonly ReceivedToolResponse[] };
    readonly activityStarts: number;
    readonly activityEnds: number;
    readonly audioStreamEnds: number;
  };
  readonly heard: {
    /** What the transcriber made of each utterance. */
    readonly utterances: readonly { readonly text: string; readonly startMs: number; readonly endMs: number }[];
  };
  readonly sent: {
    readonly messages: number;
    readonly bytes: number;
    readonly audioSeconds: number;
    readonly turnsCompleted: number;
    readonly interruptions: number;
    readonly toolCalls: number;
    readonly goAways: number;
  };
  /** The model's memory, as it was when its last turn began. */
  readonly context: {
    /** System instruction and hidden preamble included. */
    readonly tokens: number;
    /** Turns of either side that compression has dropped so far. */
    readonly droppedTurns: number;
  };
  readonly violations: readonly ProtocolViolation[];
  /** Odd but allowed things, such as a response to a call that is not open. */
  readonly notes: readonly string[];
}

/** What a list of sessions shows of each. */
export interface SessionSummary extends Pick<SessionReport, 'id' | 'state' | 'backend' | 'profile' | 'openedAtMs'> {
  /** How many are in the report. */
  readonly violations: number;
}

/** Options of {@link SessionRecord}. */
export interface SessionRecordOptions {
  readonly id: string;
  readonly route: Route;
  /** Wall clock in milliseconds since the Unix epoch; never scaled. */
  readonly now: () => number;
  readonly keepAudioSeconds: number;
  readonly keepPictures: number;
}

/** What one connection received and sent: written by its session, read by tests and people. */
export class SessionRecord {
  readonly id: string;
  readonly audio: AudioRecording;
  /** What was sent. */
  readonly spokenAudio: AudioRecording;
  readonly #options: SessionRecordOptions;
  readonly #openedAtMs: number;
  readonly #pictures: ReceivedPicture[] = [];
  readonly #texts: ReceivedText[] = [];
  readonly #toolResponses: ReceivedToolResponse[] = [];
  readonly #violations: ProtocolViolation[] = [];
  readonly #notes: string[] = [];
  readonly #utterances: { text: string; startMs: number; endMs: number }[] = [];
  #identity: Pick<SessionReport, 'profile' | 'model' | 'resumedFrom' | 'setup'> = {
    profile: null,
    model: null,
    resumedFrom: null,
    setup: null,
  };
  #end: { atMs: number; close: SessionReport['close'] } | null = null;
  #state: SessionReport['state'] = 'open';
  readonly #counts = {
    messages: 0,
    bytes: 0,
    pictures: 0,
    pictureBytes: 0,
    texts: 0,
    toolResponses: 0,
    activityStarts: 0,
    activityEnds: 0,
    audioStreamEnds: 0,
    sentMessages: 0,
    sentBytes: 0,
    contextTokens: 0,
    droppedTurns: 0,
    turnsCompleted: 0,
    interruptions: 0,
    toolCalls: 0,
    goAways: 0,
  };

  constructor(options: SessionRecordOptions) {
    this.id = options.id;
    this.#options = options;
    this.#openedAtMs = options.now();
    this.audio = new AudioRecording({ mostSeconds: options.keepAudioSeconds });
    this.spokenAudio = new AudioRecording({ mostSeconds: options.keepAudioSeconds });
  }

  /** Pictures kept, oldest first. */
  get pictures(): readonly ReceivedPicture[] {
    return this.#pictures;
  }

  /** Picture number `number` of the session, from 1; `null` when it did not come or is kept no more. */
  picture(number: number): ReceivedPicture | null {
    return this.#pictures[number - 1 - (this.#counts.pictures - this.#pictures.length)] ?? null;
  }

  get isClosed(): boolean {
    return this.#end !== null;
  }

  /** What the model heard, exactly as received, one chunk after the other. */
  heard(): PcmAudio {
    return this.audio.audio();
  }

  /** What was sent as speech, one chunk after the other, without the pauses between answers. */
  spoken(): PcmAudio {
    const { samples } = this.spokenAudio.audio();
    return { samples, sampleRate: OUTPUT_RATE };
  }

  /** Bytes of audio held in memory. */
  get keptAudioBytes(): number {
    return this.audio.keptBytes + this.spokenAudio.keptBytes;
  }

  /** Gives the memory of all audio back; counts and times stay. */
  forgetAudio(): void {
    this.audio.forgetAudio();
    this.spokenAudio.forgetAudio();
  }

  enter(state: SessionReport['state']): void {
    this.#state = state;
  }

  identify(identity: Partial<Pick<SessionReport, 'profile' | 'model' | 'resumedFrom' | 'setup'>>): void {
    this.#identity = { ...this.#identity, ...identity };
  }

  messageReceived(byteLength: number): void {
    this.#counts.messages += 1;
    this.#counts.bytes += byteLength;
  }

  audioReceived(samples: Int16Array, sampleRate: number): void {
    this.audio.add(samples, sampleRate, this.#options.now());
  }

  pictureReceived(mimeType: string, bytes: Uint8Array): void {
    this.#counts.pictures += 1;
    this.#counts.pictureBytes += bytes.byteLength;
    this.#pictures.push({ mimeType, bytes, atMs: this.#options.now() });
    if (this.#pictures.length > this.#options.keepPictures) this.#pictures.shift();
  }

  textReceived(via: ReceivedText['via'], role: string, text: string): void {
    this.#counts.texts += 1;
    keep(this.#texts, { via, role, text: text.slice(0, LONGEST_TEXT), atMs: this.#options.now() });
  }

  toolResponseReceived(response: Omit<ReceivedToolResponse, 'atMs'>): void {
    this.#counts.toolResponses += 1;
    keep(this.#toolResponses, { ...response, atMs: this.#options.now() });
  }

  activityMarked(mark: 'activityStarts' | 'activityEnds' | 'audioStreamEnds'): void {
    this.#counts[mark] += 1;
  }

  utteranceHeard(text: string, startMs: number, endMs: number): void {
    keep(this.#utterances, { text, startMs, endMs });
  }

  violated(violation: Omit<ProtocolViolation, 'atMs'>): void {
    keep(this.#violations, { ...violation, atMs: this.#options.now() });
  }

  note(text: string): void {
    keep(this.#notes, text);
  }

  messageSent(message: ServerMessage, byteLength: number): void {
    this.#counts.sentMessages += 1;
    this.#counts.sentBytes += byteLength;
    if (message.serverContent?.turnComplete) this.#counts.turnsCompleted += 1;
    if (message.serverContent?.interrupted) this.#counts.interruptions += 1;
    if (message.toolCall) this.#counts.toolCalls += message.toolCall.functionCalls?.length ?? 0;
    if (message.goAway) this.#counts.goAways += 1;
  }

  /** `samples` must not change afterwards. */
  audioSent(samples: Int16Array): void {
    this.spokenAudio.add(samples, OUTPUT_RATE, this.#options.now());
  }

  /** Tokens in the model's context, and turns that were dropped to keep it small. */
  contextCounted(tokens: number, droppedTurns: number): void {
    this.#counts.contextTokens = tokens;
    this.#counts.droppedTurns += droppedTurns;
  }

  ended(close: NonNullable<SessionReport['close']>): void {
    this.#end ??= { atMs: this.#options.now(), close };
    this.#state = 'closed';
  }

  summary(): SessionSummary {
    const { route, id } = this.#options;
    const { profile } = this.#identity;
    const violations = this.#violations.length;
    return { id, state: this.#state, backend: route.backend, profile, openedAtMs: this.#openedAtMs, violations };
  }

  report(): SessionReport {
    const { route, id } = this.#options;
    const counts = this.#counts;
    return {
      id,
      path: route.path,
      backend: route.backend,
      apiVersion: route.apiVersion,
      ...this.#identity,
      state: this.#state,
      openedAtMs: this.#openedAtMs,
      closedAtMs: this.#end?.atMs ?? null,
      close: this.#end?.close ?? null,
      received: {
        messages: counts.messages,
        bytes: counts.bytes,
        audio: { chunks: this.audio.chunks, seconds: this.audio.seconds, ...this.audio.timeline() },
        pictures: {
          count: counts.pictures,
          bytes: counts.pictureBytes,
          lastAtMs: this.#pictures.at(-1)?.atMs ?? null,
          kept: this.#pictures.map((_, index) => counts.pictures - this.#pictures.length + index + 1),
        },
        texts: { count: counts.texts, last: [...this.#texts] },
        toolResponses: { count: counts.toolResponses, last: [...this.#toolResponses] },
        activityStarts: counts.activityStarts,
        activityEnds: counts.activityEnds,
        audioStreamEnds: counts.audioStreamEnds,
      },
      heard: { utterances: [...this.#utterances] },
      sent: {
        messages: counts.sentMessages,
        bytes: counts.sentBytes,
        audioSeconds: this.spokenAudio.seconds,
        turnsCompleted: counts.turnsCompleted,
        interruptions: counts.interruptions,
        toolCalls: counts.toolCalls,
        goAways: counts.goAways,
      },
      context: { tokens: counts.contextTokens, droppedTurns: counts.droppedTurns },
      violations: [...this.#violations],
      notes: [...this.#notes],
    };
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MOST_KEPT) list.shift();
}
