import type { PlaybackStatistics } from '../audio/playback-statistics.ts';
import type { ParticipantVideo, RoomSnapshot } from './room-snapshot.ts';
import type { RoomSound } from './room-sound.ts';
import type { WatchList } from './watch-list.ts';

/** What the client knows of everybody's media. */
export interface ParticipantMediaPort {
  readonly sound: RoomSound;
  readonly watchList: WatchList;
  readonly snapshot: () => RoomSnapshot;
  readonly ownLevel: () => number;
}

/** Sound and pictures of one participant, as they are played and shown here. */
export class ParticipantMedia {
  readonly participantId: string;
  readonly #port: ParticipantMediaPort;

  /** @internal */
  constructor(participantId: string, port: ParticipantMediaPort) {
    this.participantId = participantId;
    this.#port = port;
  }

  /** Loudness now, 0 to 1, before volume. */
  get level(): number {
    const isSelf = this.participantId === this.#port.snapshot().self?.participantId;
    return isSelf ? this.#port.ownLevel() : this.#port.sound.level(this.participantId);
  }

  /** How loud this person is played here, 0 to 1; kept while the client lives. */
  get volume(): number {
    return this.#port.sound.loudness(this.participantId).volume;
  }

  /** @throws RangeError when it is not from 0 to 1. */
  set volume(volume: number) {
    this.#port.sound.setLoudness(this.participantId, { volume });
  }

  /** Whether this person is silent here; others still hear them. */
  get muted(): boolean {
    return this.#port.sound.loudness(this.participantId).muted;
  }

  set muted(muted: boolean) {
    this.#port.sound.setLoudness(this.participantId, { muted });
  }

  /** `null` while the camera is off or nothing of it has come. */
  get camera(): ParticipantVideo | null {
    return this.#port.snapshot().videos.get(this.participantId)?.camera ?? null;
  }

  /** `null` while no screen is shared or nothing of it has come. */
  get screen(): ParticipantVideo | null {
    return this.#port.snapshot().videos.get(this.participantId)?.screen ?? null;
  }

  /**
   * Has the server send this picture until the returned function is called. Once anything is watched this way, only what
   * is watched comes; before, everything does. A page that is not seen gets none.
   */
  watch(source: 'camera' | 'screen'): () => void {
    return this.#port.watchList.add(this.participantId, source);
  }

  /** How playing this voice goes; `null` when nothing of it has come yet. */
  playback(): Promise<PlaybackStatistics | null> {
    return this.#port.sound.statistics(this.participantId);
  }
}
