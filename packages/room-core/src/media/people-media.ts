import { type MediaFrame, MediaKind, type MediaState } from '@colloquy/live-protocol';
import type { Clock } from '../ports/clock.ts';
import type { OpusDecoderPort } from '../ports/opus-decoder.ts';
import { MediaRelay, type RelayMember, type RelaySource } from './media-relay.ts';
import { PeopleAudio } from './people-audio.ts';
import type { PictureSource, Watch } from './receiver.ts';

/** The ears and eyes of the room itself, for its model. */
export interface ModelSenses {
  /**
   * Takes PCM16 at 16 kHz, to be used during the call. `voice`: its sender hears speech in it.
   * @returns whether the model will hear it.
   */
  hear(source: RelaySource, mediaTime: number, pcm: Uint8Array, voice: boolean): boolean;
  /** A microphone paused. */
  endBurst(connectionId: string): void;
  /** Takes a picture that the model may be shown, to be used during the call. */
  see(frame: MediaFrame, source: RelaySource): void;
}

/** What {@link PeopleMedia} is made of. */
export interface PeopleMediaOptions {
  readonly clock: Clock;
  /** Microphones that people hear at the same time; `0` for all. */
  readonly maxRelayedSpeakers: number;
  readonly maxMicrophones: number;
  /** `null`: nobody sends Opus. */
  readonly opusDecoder: OpusDecoderPort | null;
  readonly senses: ModelSenses;
  /** Everybody that is connected. */
  readonly members: () => Iterable<RelayMember>;
  readonly askForKeyFrame: (connectionId: string, source: PictureSource) => void;
  readonly onError: (error: unknown) => void;
}

/** Media of people on their way: to each other as they come, to the room's own senses decoded. */
export class PeopleMedia {
  readonly #senses: ModelSenses;
  readonly #relay: MediaRelay;
  readonly #audio: PeopleAudio;

  constructor(options: PeopleMediaOptions) {
    const { clock, senses, members, askForKeyFrame, onError, opusDecoder } = options;
    this.#senses = senses;
    this.#relay = new MediaRelay({ clock, members, askForKeyFrame, onError });
    this.#audio = new PeopleAudio({
      ...{ clock, opusDecoder, onError },
      maxSpeakers: options.maxRelayedSpeakers,
      // Whoever is not mixed is decoded all the same: the next to speak may be louder.
      maxDecoders: 2 * options.maxMicrophones,
      relay: (source, frame) => this.#relay.audio(source, frame),
      onPcm: (source, mediaTime, pcm, voice) => senses.hear(source, mediaTime, pcm, voice),
      onPause: (connectionId) => senses.endBurst(connectionId),
    });
  }

  /** @returns whether the model will hear it; people do if they hear this person at all. */
  takeAudio(source: RelaySource, frame: MediaFrame): boolean {
    return this.#audio.take(source, frame);
  }

  takePicture(source: RelaySource, frame: MediaFrame): void {
    this.#relay.picture(source, frame);
    if (frame.kind === MediaKind.modelPicture) this.#senses.see(frame, source);
  }

  /** Somebody came. */
  joined(member: RelayMember): void {
    this.#relay.watched(member);
  }

  /** Somebody shows these people's pictures from now on. */
  watch(member: RelayMember, watch: Watch): void {
    this.#relay.watched(member, watch);
  }

  /** Somebody switched devices on or off. */
  setMedia(connectionId: string, { microphone, camera, screen }: MediaState): void {
    if (!microphone) this.#audio.remove(connectionId);
    if (!camera) this.#relay.ended(connectionId, 'camera');
    if (!screen) this.#relay.ended(connectionId, 'screen');
  }

  /** The connection is gone. */
  remove(connectionId: string): void {
    this.setMedia(connectionId, { microphone: false, camera: false, screen: false });
  }

  dispose(): void {
    this.#audio.dispose();
  }
}
