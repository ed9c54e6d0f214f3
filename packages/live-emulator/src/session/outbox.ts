import type {
  FunctionCall,
  Part,
  ServerContent,
  ServerMessage,
  Transcription,
  UsageMetadata,
} from '@colloquy/live-protocol';
import { encodeBase64, formatDuration } from '@colloquy/live-protocol';
import { encodePcm16 } from '../audio/pcm16.ts';
import type { Disturbances } from '../faults/disturbances.ts';
import type { Profile } from '../profile.ts';
import { AVATAR_MIME_TYPE } from './avatar-video.ts';
import type { SessionRecord } from './session-record.ts';
import type { SocketPort } from './socket-port.ts';
import type { TurnEnding } from './turn.ts';

/** Options of {@link Outbox}. */
export interface OutboxOptions {
  readonly socket: SocketPort;
  readonly record: SessionRecord;
  readonly profile: Profile;
  /** What happens to messages on their way out. */
  readonly disturbances: Disturbances;
  /** Told of every message that really went out. */
  readonly onSent?: (message: ServerMessage) => void;
}

/** Puts what a session has to say into the shape that its profile gives it, and sends it. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #record: SessionRecord;
  readonly #profile: Profile;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#profile = options.profile;
    options.disturbances.connect((message) => this.#deliver(message));
  }

  /** Sends any message, one binary frame of JSON. */
  send(message: ServerMessage): void {
    this.#options.disturbances.pass(message);
  }

  content(serverContent: ServerContent): void {
    this.send({ serverContent });
  }

  /** `consentSignature`: proof of a consent recording; `null` when the setup had none. */
  setupComplete(sessionId: string, consentSignature: string | null): void {
    this.send({
      setupComplete: {
        ...(this.#profile.wire.sessionId ? { sessionId } : {}),
        ...(consentSignature === null ? {} : { voiceConsentSignature: { signature: consentSignature } }),
      },
    });
  }

  /** One chunk of speech, with the words that begin in it where the profile sends them together. */
  audio(samples: Int16Array, transcript: string | null): void {
    const data = encodeBase64(encodePcm16(samples));
    this.#record.audioSent(samples);
    this.content({
      ...this.#modelTurn({ inlineData: { mimeType: this.#profile.wire.audioMimeType, data } }),
      ...(transcript === null ? {} : { outputTranscription: { text: transcript } }),
    });
  }

  /** A stretch of an avatar's video, with the words that begin in it where the profile sends them together. */
  video(video: Uint8Array, transcript: string | null): void {
    this.content({
      ...this.#modelTurn({ inlineData: { mimeType: AVATAR_MIME_TYPE, data: encodeBase64(video) } }),
      ...(transcript === null ? {} : { outputTranscription: { text: transcript } }),
    });
  }

  text(text: string): void {
    this.content(this.#modelTurn({ text }));
  }

  /** Any parts, in one message. */
  parts(parts: readonly Part[]): void {
    this.content(this.#modelTurn(...parts));
  }

  thought(text: string): void {
    this.content(this.#modelTurn({ text, thought: true }));
  }

  interimInputTranscription(text: string): void {
    this.content({ interimInputTranscription: { text } });
  }

  inputTranscription(transcription: Transcription): void {
    this.content({ inputTranscription: transcription });
  }

  outputTranscription(transcription: Transcription): void {
    this.content({ outputTranscription: transcription });
  }

  generationComplete(): void {
    this.content({ generationComplete: true });
  }

  interrupted(): void {
    this.content({ interrupted: true });
  }

  /** `usage`: `null` when it is not told. `goesOn`: the model still works in the background. */
  turnComplete(usage: UsageMetadata | null, options: { readonly goesOn: boolean; readonly ending: TurnEnding }): void {
    const { grounding, reason } = options.ending;
    const serverContent: ServerContent = { turnComplete: true };
    if (grounding) serverContent.groundingMetadata = grounding;
    else if (this.#profile.wire.emptyGrounding) serverContent.groundingMetadata = {};
    if (reason) serverContent.turnCompleteReason = reason;
    if (this.#profile.wire.interactionStatus) serverContent.interactionStatus = options.goesOn ? 'IN_PROGRESS' : 'IDLE';
    this.send({ serverContent, ...(usage ? { usageMetadata: usage } : {}) });
  }

  toolCall(functionCalls: FunctionCall[]): void {
    this.send({ toolCall: { functionCalls } });
  }

  toolCallCancellation(ids: string[]): void {
    this.send({ toolCallCancellation: { ids } });
  }

  voiceActivity(edge: 'start' | 'end', atMs: number): void {
    const type = edge === 'start' ? 'ACTIVITY_START' : 'ACTIVITY_END';
    this.send({ voiceActivity: { type, audioOffset: formatDuration(atMs) } });
  }

  vadSignal(edge: 'start' | 'end'): void {
    const vadSignalType = edge === 'start' ? 'VAD_SIGNAL_TYPE_SOS' : 'VAD_SIGNAL_TYPE_EOS';
    this.send({ voiceActivityDetectionSignal: { vadSignalType } });
  }

  goAway(seconds: number): void {
    this.send({ goAway: { timeLeft: formatDuration(seconds * 1000) } });
  }

  resumable(newHandle: string, lastConsumedClientMessageIndex: number | null): void {
    const index =
      lastConsumedClientMessageIndex === null
        ? {}
        : { lastConsumedClientMessageIndex: String(lastConsumedClientMessageIndex) };
    this.send({ sessionResumptionUpdate: { newHandle, resumable: true, ...index } });
  }

  notResumable(): void {
    this.send({ sessionResumptionUpdate: { resumable: false } });
  }

  #deliver(message: ServerMessage): void {
    const bytes = Buffer.from(JSON.stringify(message));
    this.#record.messageSent(message, bytes.byteLength);
    this.#options.socket.send(bytes);
    this.#options.onSent?.(message);
  }

  #modelTurn(...parts: readonly Part[]): ServerContent {
    return { modelTurn: { parts: [...parts], ...(this.#profile.wire.turnRole ? { role: 'model' } : {}) } };
  }
}
