import { MediaCodec, MediaFlag, MediaKind, type RoomCodecs, serializeMediaFrame } from '@colloquy/live-protocol';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import type { OpusEncoder } from '../codecs/opus-encoder.ts';
import type { CapturedFrame } from '../devices/microphone.ts';

/** Where a voice goes. */
export interface VoiceUplinkPort {
  readonly codecs: CodecLoader;
  /** Whether the room is joined at this moment. */
  readonly isOpen: () => boolean;
  /** Whether the network carries sound now. */
  readonly takesAudio: () => boolean;
  readonly sendFrame: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Index of this participant in the room. */
  readonly index: () => number;
}

const NO_SOUND = new Uint8Array(0);

/** Sends the microphone's frames, encoded as the room wants them. */
export class VoiceUplink {
  readonly #port: VoiceUplinkPort;
  #encoder: OpusEncoder | null = null;
  /** Opus cannot be encoded here: PCM16 is understood by everybody. */
  #failed = false;
  #wanted: RoomCodecs['audio'] = 'pcm16';
  #seq = 0;
  #nextTime = 0;
  #inBurst = false;

  constructor(port: VoiceUplinkPort) {
    this.#port = port;
  }

  /** What the room wants from now on. */
  setCodec(codec: RoomCodecs['audio']): void {
    this.#wanted = codec;
    if (codec === 'pcm16') this.#closeEncoder();
    else this.#encoder ??= this.#openEncoder();
  }

  /** The room was joined: nothing was sent to it yet. */
  joined(): void {
    this.#inBurst = false;
  }

  send({ samples, mediaTime, voice, endOfBurst }: CapturedFrame): void {
    if (!this.#port.isOpen()) {
      this.#seq += 1;
      return;
    }
    this.#encoder ??= this.#wanted === 'opus' ? this.#openEncoder() : null;
    if (this.#encoder) {
      this.#inBurst = true;
      if (samples.length > 0) this.#encoder.encode({ samples, mediaTime, voice });
      if (endOfBurst) this.#end();
      return;
    }
    // The end of a burst is a signal, not sound: it is sent in any case, without the samples if need be.
    const isCrowded = !this.#port.takesAudio();
    if (isCrowded && !endOfBurst) {
      this.#seq += 1;
      return;
    }
    this.#inBurst = !endOfBurst;
    const bytes = isCrowded ? NO_SOUND : new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const flags = (voice ? MediaFlag.voice : 0) | (endOfBurst ? MediaFlag.endOfBurst : 0);
    this.#sendFrame(MediaCodec.pcm16k, bytes, mediaTime, flags);
  }

  /** The microphone stopped or was lost, perhaps without a last frame: the room would wait for more of this voice. */
  stopped(): void {
    if (this.#inBurst) this.#end();
  }

  dispose(): void {
    this.#closeEncoder();
  }

  #end(): void {
    this.#inBurst = false;
    if (this.#encoder) this.#encoder.end();
    else this.#sendEnd();
  }

  #sendEnd(): void {
    if (this.#port.isOpen()) this.#sendFrame(MediaCodec.pcm16k, NO_SOUND, this.#nextTime, MediaFlag.endOfBurst);
  }

  #openEncoder(): OpusEncoder | null {
    const { loaded } = this.#port.codecs;
    if (this.#failed || !loaded || typeof AudioEncoder !== 'function') return null;
    try {
      return new loaded.OpusEncoder({
        packet: ({ bytes, mediaTime, voice }) => {
          if (!this.#port.isOpen() || !this.#port.takesAudio()) this.#seq += 1;
          else this.#sendFrame(MediaCodec.opus, bytes, mediaTime, voice ? MediaFlag.voice : 0);
        },
        burstEnded: () => this.#sendEnd(),
        failed: () => this.#giveUp(),
      });
    } catch {
      this.#giveUp();
      return null;
    }
  }

  #giveUp(): void {
    this.#failed = true;
    this.#encoder = null;
  }

  #closeEncoder(): void {
    this.#encoder?.close();
    this.#encoder = null;
  }

  #sendFrame(codec: MediaCodec, payload: Uint8Array, mediaTime: number, flags: number): void {
    const { personAudio: kind } = MediaKind;
    const participant = this.#port.index();
    this.#nextTime = mediaTime + 320;
    const seq = this.#seq++;
    this.#port.sendFrame(serializeMediaFrame({ kind, codec, flags, participant, seq, mediaTime, turn: 0, payload }));
  }
}
