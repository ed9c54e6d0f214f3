import { MediaFlag, MediaKind, MODEL_PARTICIPANT_ID, parseMediaFrame } from '@colloquy/live-protocol';
import type { Speaker } from '../audio/speaker.ts';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import type { Presence } from './presence.ts';
import { RoomPictures } from './room-pictures.ts';
import type { RoomSnapshot } from './room-snapshot.ts';
import { RoomSound } from './room-sound.ts';

/** What an output needs to know of the room. */
export interface RoomOutputPort {
  readonly presence: Presence;
  /** Index of this participant, whose own media are not shown; `null` before the first `welcome`. */
  readonly ownIndex: () => number | null;
  readonly codecs: CodecLoader;
  readonly videosChanged: (videos: RoomSnapshot['videos']) => void;
}

/** Everything that comes in as media frames: voices go to the speaker, pictures to streams in the snapshot. */
export class RoomOutput {
  readonly sound: RoomSound;
  readonly #pictures: RoomPictures;
  readonly #port: RoomOutputPort;

  constructor(speaker: Speaker, port: RoomOutputPort) {
    this.sound = new RoomSound(speaker, port.codecs);
    this.#pictures = new RoomPictures(port.codecs, port.videosChanged);
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
      this.sound.play(MODEL_PARTICIPANT_ID, frame);
      return;
    }
    const owner = this.#port.presence.findByIndex(frame.participant);
    if (!owner || frame.participant === this.#port.ownIndex()) return;
    if (frame.kind === MediaKind.personAudio) {
      this.sound.play(owner.participantId, frame);
      return;
    }
    const source = frame.flags & MediaFlag.screen ? 'screen' : 'camera';
    this.#pictures.receive(owner, source, frame);
  }

  /** People came, went or switched devices. */
  peopleChanged(): void {
    const { participants } = this.#port.presence;
    this.sound.retain(participants);
    this.#pictures.retain(participants);
  }

  /** Silence, and no pictures. */
  clear(): void {
    this.sound.clear();
    this.#pictures.clear();
  }
}
