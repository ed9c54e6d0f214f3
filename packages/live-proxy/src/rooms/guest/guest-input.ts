import {
  type ClientContent,
  type ClientMessage,
  type Content,
  checkRealtimeInput,
  decodeBase64,
  GeminiCloseReason,
  MediaCodec,
  MediaKind,
  parseAudioMimeType,
  type RealtimeInput,
  type RoomClientMessage,
  type RoomServerMessage,
  type Setup,
  type WireProblem,
} from '@colloquy/live-protocol';
import type { Clock, RoomConnection } from '@colloquy/room-core';
import { GuestAudio } from './guest-audio.ts';
import { GuestTexts } from './guest-texts.ts';

/** What {@link GuestInput} is made of. */
export interface GuestInputOptions {
  readonly clock: Clock;
  readonly clientId: string;
  readonly setup: Setup;
  /** Bytes of sound that may come per second; `0`: as many as do. */
  readonly soundBytesPerSecond: number;
  readonly connection: Pick<RoomConnection, 'receive' | 'receiveMedia'>;
  /** Whether the floor is asked for in this room. */
  readonly asksForFloor: () => boolean;
  /** Something came that rooms do not take; the client goes on. */
  readonly onIgnored: (what: string) => void;
  /** Texts cannot be stored. */
  readonly onLost: (why: string) => void;
}

const GEMINI_RATE = 16_000;
/** A few bytes at 1 Hz would become hours of sound. */
const LEAST_RATE = 8_000;
const MOST_RATE = 192_000;

/** What a Gemini client says, as a person in a room does it. */
export class GuestInput {
  readonly #options: GuestInputOptions;
  readonly #audio: GuestAudio;
  readonly #texts: GuestTexts;
  #pictures = 0;
  #hasCamera = false;

  constructor(options: GuestInputOptions) {
    this.#options = options;
    const { clock, connection } = options;
    this.#audio = new GuestAudio({
      ...{ clock, bytesPerSecond: options.soundBytesPerSecond },
      send: (frame) => connection.receiveMedia(frame),
    });
    this.#texts = new GuestTexts({
      ...{ clock, clientId: options.clientId, onLost: options.onLost },
      tell: (message) => this.#tell(message),
      onRefused: (why) => options.onIgnored(`a text: ${why}`),
    });
  }

  /** @returns why the service would close the connection because of this; `null` when it was taken, or ignored. */
  receive(message: ClientMessage): WireProblem | null {
    if (message.setup !== undefined) return setupTwice();
    if (message.realtimeInput !== undefined) return this.#realtime(message.realtimeInput);
    if (message.clientContent !== undefined) this.#content(message.clientContent);
    else this.#options.onIgnored(Object.keys(message)[0] ?? 'an empty message');
    return null;
  }

  /** What the room says to a text. */
  answered(answer: Extract<RoomServerMessage, { readonly type: 'ack' | 'nack' }>): void {
    this.#texts.answered(answer);
  }

  dispose(): void {
    this.#audio.dispose();
    this.#texts.dispose();
  }

  #realtime(input: RealtimeInput): WireProblem | null {
    const problem = checkRealtimeInput(input, this.#options.setup);
    if (problem !== null) return problem;
    const { activityEnd, activityStart, audio, audioStreamEnd, mediaChunks, text, video } = input;
    if (activityStart !== undefined) this.#floor('request');
    for (const blob of [audio, video, ...(mediaChunks ?? []).slice(0, 1)]) {
      if (blob?.data === undefined) continue;
      if (/^image\//i.test(blob.mimeType ?? '')) this.#picture(blob.data, blob.mimeType ?? '');
      else this.#sound(blob.data, blob.mimeType ?? '');
    }
    if (text !== undefined) this.#say(text, true);
    if (activityEnd !== undefined || audioStreamEnd === true) this.#soundEnds();
    if (activityEnd !== undefined) this.#floor('release');
    return null;
  }

  /** Words of the model's role would be put into its mouth; they are not taken. */
  #content({ turns = [], turnComplete = false }: ClientContent): void {
    const own = turns.filter(({ role = 'user' }) => role === 'user');
    if (own.length < turns.length) this.#options.onIgnored('turns of another role than "user"');
    for (const { inlineData } of own.flatMap(({ parts = [] }) => parts)) {
      if (inlineData?.data === undefined) continue;
      if (/^image\//i.test(inlineData.mimeType ?? '')) this.#picture(inlineData.data, inlineData.mimeType ?? '');
      else this.#options.onIgnored(`${inlineData.mimeType} in a turn`);
    }
    const text = own.map(textOf).join('\n').trim();
    if (text !== '') this.#say(text, turnComplete);
  }

  #say(text: string, toModel: boolean): void {
    if (text.trim() !== '') this.#texts.say(text, toModel);
  }

  #sound(data: string, mimeType: string): void {
    const rate = parseAudioMimeType(mimeType)?.sampleRate ?? GEMINI_RATE;
    if (rate < LEAST_RATE || rate > MOST_RATE) {
      this.#options.onIgnored(`sound of ${rate} Hz; rooms take ${LEAST_RATE} to ${MOST_RATE}`);
      return;
    }
    const wasOpen = this.#audio.isOpen;
    if (!this.#audio.push(data, rate)) this.#options.onIgnored('sound that comes too fast');
    else if (!wasOpen) this.#tellMedia();
  }

  #soundEnds(): void {
    if (!this.#audio.isOpen) return;
    this.#audio.end();
    this.#tellMedia();
  }

  #picture(data: string, mimeType: string): void {
    if (!/^image\/jpe?g$/i.test(mimeType)) {
      this.#options.onIgnored(`a picture of type ${mimeType}; rooms take JPEG`);
      return;
    }
    if (!this.#hasCamera) {
      this.#hasCamera = true;
      this.#tellMedia();
    }
    this.#options.connection.receiveMedia({
      kind: MediaKind.modelPicture,
      codec: MediaCodec.jpeg,
      flags: 0,
      participant: 0,
      seq: this.#pictures & 0xffff,
      mediaTime: Math.trunc(this.#options.clock.monotonic()) >>> 0,
      turn: 0,
      payload: decodeBase64(data),
    });
    this.#pictures += 1;
  }

  #floor(action: 'request' | 'release'): void {
    if (this.#options.asksForFloor()) this.#tell({ type: 'floor', action });
  }

  #tellMedia(): void {
    const media = { microphone: this.#audio.isOpen, camera: this.#hasCamera, screen: false };
    this.#tell({ type: 'media', media });
  }

  #tell(message: RoomClientMessage): void {
    this.#options.connection.receive(message);
  }
}

function textOf({ parts = [] }: Content): string {
  return parts.map(({ text = '' }) => text).join('');
}

function setupTwice(): WireProblem {
  return {
    closeCode: 1007,
    reason: GeminiCloseReason.setupFirst,
    path: 'setup',
    remedy: 'Send setup once, first.',
  };
}
