import { MediaCodec, MediaFlag, type MediaFrame } from '@colloquy/live-protocol';
import { levelDbOf } from '../audio/voice-activity.ts';
import type { Clock } from '../ports/clock.ts';
import type { OpusDecoderPort } from '../ports/opus-decoder.ts';
import type { RelaySource } from './media-relay.ts';
import { OpusEars } from './opus-ears.ts';
import { SpeakerSelection } from './speaker-selection.ts';

/** What {@link PeopleAudio} is made of. */
export interface PeopleAudioOptions {
  readonly clock: Clock;
  /** Microphones that people hear at the same time; `0` for all. */
  readonly maxSpeakers: number;
  /** `null`: nobody sends Opus. */
  readonly opusDecoder: OpusDecoderPort | null;
  readonly maxDecoders: number;
  readonly relay: (source: RelaySource, frame: MediaFrame) => void;
  /** Samples for the model, PCM16 at 16 kHz, to be used during the call. @returns whether it will hear them. */
  readonly onPcm: (source: RelaySource, mediaTime: number, pcm: Uint8Array, voice: boolean) => boolean;
  readonly onPause: (connectionId: string) => void;
  readonly onError: (error: unknown) => void;
}

/** The last frame of a microphone that people heard. */
interface OnAir {
  readonly source: RelaySource;
  readonly frame: MediaFrame;
}

/** Loudness of a frame whose sound is not known (yet), by its sender's word for it, dB of full scale. */
const TOLD_VOICE_DB = -30;
const TOLD_SILENCE_DB = -90;
const NO_SOUND = new Uint8Array(0);

/** What microphones send: samples for the model, and the loudest of them for people. */
export class PeopleAudio {
  readonly #options: PeopleAudioOptions;
  readonly #selection: SpeakerSelection;
  readonly #ears: OpusEars | null;
  readonly #onAir = new Map<string, OnAir>();

  constructor(options: PeopleAudioOptions) {
    const { clock, maxDecoders: maxStreams, maxSpeakers, onError, opusDecoder: port } = options;
    this.#options = options;
    this.#selection = new SpeakerSelection({ clock, maxSpeakers });
    this.#ears = port ? new OpusEars({ port, maxStreams, onError }) : null;
  }

  /** @returns whether the model will hear it. */
  take(source: RelaySource, frame: MediaFrame): boolean {
    const { connectionId } = source;
    const isSilent = (frame.flags & MediaFlag.muted) !== 0 || frame.payload.byteLength === 0;
    let levelDb = frame.flags & MediaFlag.voice ? TOLD_VOICE_DB : TOLD_SILENCE_DB;
    let isHeard = true;
    if (!isSilent) {
      const isDecoded = this.#listen(source, frame, (pcm) => {
        levelDb = levelDbOf(pcm);
        isHeard = this.#options.onPcm(source, frame.mediaTime, pcm, (frame.flags & MediaFlag.voice) !== 0);
      });
      isHeard &&= isDecoded;
    }
    if (!isSilent && (frame.flags & MediaFlag.endOfBurst) === 0) {
      this.#relay(source, frame, levelDb);
    } else {
      if (this.#selection.end(connectionId)) this.#options.relay(source, frame);
      this.#onAir.delete(connectionId);
      this.#options.onPause(connectionId);
    }
    return isHeard;
  }

  /** The microphone is off, or its connection gone. */
  remove(connectionId: string): void {
    this.#ears?.remove(connectionId);
    this.#selection.remove(connectionId);
    this.#endOnAir(connectionId);
  }

  dispose(): void {
    this.#ears?.dispose();
    this.#onAir.clear();
  }

  /** Hands on the samples of a frame, now or in order a little later. @returns whether they can be decoded. */
  #listen({ connectionId }: RelaySource, { codec, payload }: MediaFrame, onPcm: (pcm: Uint8Array) => void): boolean {
    if (codec === MediaCodec.opus) return this.#ears?.hear(connectionId, payload, onPcm) ?? false;
    onPcm(payload);
    return true;
  }

  #relay(source: RelaySource, frame: MediaFrame, levelDb: number): void {
    const { connectionId, participantId } = source;
    const { relayed, replaced } = this.#selection.offer(connectionId, participantId, levelDb);
    if (replaced !== null) this.#endOnAir(replaced);
    if (!relayed) return;
    this.#options.relay(source, frame);
    // The payload is its sender's, for the time of this call only.
    this.#onAir.set(connectionId, { source, frame: { ...frame, payload: NO_SOUND } });
  }

  /** People hear this microphone no more, and shall not wait for more of it. */
  #endOnAir(connectionId: string): void {
    const last = this.#onAir.get(connectionId);
    if (!last || !this.#onAir.delete(connectionId)) return;
    const { seq, mediaTime } = last.frame;
    this.#options.relay(last.source, {
      ...last.frame,
      flags: MediaFlag.endOfBurst,
      seq: seq + 1,
      mediaTime: mediaTime + 320,
    });
  }
}
