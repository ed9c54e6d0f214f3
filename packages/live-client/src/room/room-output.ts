import { MediaFlag, MediaKind, MODEL_PARTICIPANT_ID, parseMediaFrame } from '@colloquy/live-protocol';
import type { PlaybackStatistics } from '../audio/playback-statistics.ts';
import type { Speaker } from '../audio/speaker.ts';
import { jpegObjectUrls, PictureGallery } from './picture-gallery.ts';
import type { Presence } from './presence.ts';
import type { RoomSnapshot } from './room-snapshot.ts';
import { RoomSound } from './room-sound.ts';

/** What an output needs to know of the room. */
export interface RoomOutputPort {
  readonly presence: Presence;
  /** Index of this participant, whose own media are not shown; `null` before the first `welcome`. */
  readonly ownIndex: () => number | null;
  readonly picturesChanged: (pictures: RoomSnapshot['pictures']) => void;
}

/** Everything that comes in as media frames: voices go to the speaker, pictures to the snapshot. */
export class RoomOutput {
  readonly #sound: RoomSound;
  readonly #pictures = new PictureGallery(jpegObjectUrls());
  readonly #port: RoomOutputPort;

  constructor(speaker: Speaker, port: RoomOutputPort) {
    this.#sound = new RoomSound(speaker);
    this.#port = port;
  }

  /**
   * Plays or shows a frame; one of somebody unknown is dropped.
   *
   * @throws MediaFrameError
   */
  receive(data: Uint8Array<ArrayBuffer>): void {
    const frame = parseMediaFrame(data);
    if (frame.kind === MediaKind.modelAudio) {
      this.#sound.play(MODEL_PARTICIPANT_ID, frame);
      return;
    }
    const owner = this.#port.presence.findByIndex(frame.participant);
    if (!owner || frame.participant === this.#port.ownIndex()) return;
    if (frame.kind === MediaKind.personAudio) {
      this.#sound.play(owner.participantId, frame);
      return;
    }
    const source = frame.flags & MediaFlag.screen ? 'screen' : 'camera';
    this.#pictures.show(owner, source, frame.payload as Uint8Array<ArrayBuffer>);
    this.#port.picturesChanged(this.#pictures.views);
  }

  /** People came, went or switched devices. */
  peopleChanged(): void {
    const { participants } = this.#port.presence;
    this.#sound.retain(participants);
    this.#pictures.retain(participants);
    this.#port.picturesChanged(this.#pictures.views);
  }

  interruptModel(turn: number): void {
    this.#sound.interruptModel(turn);
  }

  level(participantId: string): number {
    return this.#sound.level(participantId);
  }

  statistics(participantId: string): Promise<PlaybackStatistics | null> {
    return this.#sound.statistics(participantId);
  }

  /** Silence, and no pictures. */
  clear(): void {
    this.#sound.clear();
    this.#pictures.clear();
    this.#port.picturesChanged(this.#pictures.views);
  }
}
