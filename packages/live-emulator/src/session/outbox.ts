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
import type { Profile } from '../profile.ts';
import type { SessionRecord } from './session-record.ts';
import type { SocketPort } from './socket-port.ts';

/** Puts what a session has to say into the shape that its profile gives it, and sends it. */
export class Outbox {
  readonly #socket: SocketPort;
  readonly #record: SessionRecord;
  readonly #profile: Profile;

  constructor(options: { readonly socket: SocketPort; readonly record: SessionRecord; readonly profile: Profile }) {
    this.#socket = options.socket;
    this.#record = options.record;
    this.#profile = options.profile;
  }

  /** Sends any message, one binary frame of JSON. */
  send(message: ServerMessage): void {
    const bytes = Buffer.from(JSON.stringify(message));
    this.#record.messageSent(message, bytes.byteLength);
    this.#socket.send(bytes);
  }

  content(serverContent: ServerContent): void {
    this.send({ serverContent });
  }

  setupComplete(sessionId: string): void {
    this.send({ setupComplete: this.#profile.wire.sessionId ? { sessionId } : {} });
  }

  /** One chunk of speech, with the words that begin in it where the profile sends them together. */
  audio(samples: Int16Array, transcript: string | null): void {
    const data = encodeBase64(encodePcm16(samples));
    this.#record.audioSent(samples.length);
    this.content({
      ...this.#modelTurn({ inlineData: { mimeType: this.#profile.wire.audioMimeType, data } }),
      ...(transcript === null ? {} : { outputTranscription: { text: transcript } }),
    });
  }

  text(text: string): void {
    this.content(this.#modelTurn({ text }));
  }

  thought(text: string): void {
    this.content(this.#modelTurn({ text, thought: true }));
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

  turnComplete(usageMetadata: UsageMetadata, options: { readonly goesOn: boolean }): void {
    const serverContent: ServerContent = { turnComplete: true };
    if (this.#profile.wire.emptyGrounding) serverContent.groundingMetadata = {};
    if (this.#profile.wire.interactionStatus) serverContent.interactionStatus = options.goesOn ? 'IN_PROGRESS' : 'IDLE';
    this.send({ serverContent, usageMetadata });
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

  #modelTurn(part: Part): ServerContent {
    return { modelTurn: { parts: [part], ...(this.#profile.wire.turnRole ? { role: 'model' } : {}) } };
  }
}
