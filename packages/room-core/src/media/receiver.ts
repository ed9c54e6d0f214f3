import { type MediaAbilities, MediaCodec, type WatchList } from '@colloquy/live-protocol';

/** Where a picture comes from. */
export type PictureSource = 'camera' | 'screen';

/** Whom somebody shows. */
export interface Watch {
  readonly cameras: WatchList;
  readonly screens: WatchList;
}

type Watched = 'all' | ReadonlySet<string>;

/** Codecs that every client decodes. */
const PLAIN_CODECS: readonly number[] = [MediaCodec.pcm16k, MediaCodec.pcm24k, MediaCodec.jpeg];

/** What one connection understands, what it shows, and which video streams it can follow at this moment. */
export class Receiver {
  readonly abilities: { readonly opus: boolean; readonly vp8: boolean };
  #watched: Readonly<Record<PictureSource, Watched>> = { camera: 'all', screen: 'all' };
  /** Video streams of which it has everything since a key frame. */
  readonly #followed = new Set<string>();
  /** Those of which it lost something since. */
  readonly #lost = new Set<string>();

  constructor(abilities: MediaAbilities = {}) {
    this.abilities = {
      opus: abilities.audio?.includes('opus') ?? false,
      vp8: abilities.video?.includes('vp8') ?? false,
    };
  }

  /** Replaces what is shown. What is not shown any more needs a key frame when it is again. */
  watch({ cameras, screens }: Watch): void {
    this.#watched = { camera: toWatched(cameras), screen: toWatched(screens) };
    this.#followed.clear();
    this.#lost.clear();
  }

  decodes(codec: MediaCodec): boolean {
    if (codec === MediaCodec.opus) return this.abilities.opus;
    if (codec === MediaCodec.vp8) return this.abilities.vp8;
    return PLAIN_CODECS.includes(codec);
  }

  shows(source: PictureSource, participantId: string): boolean {
    const watched = this.#watched[source];
    return watched === 'all' || watched.has(participantId);
  }

  /** Whether the next frame of a stream makes sense here: a key frame always does, others behind everything since one. */
  follows(stream: string, isKey: boolean): boolean {
    return isKey || this.#followed.has(stream);
  }

  /** Whether it had the stream once and its connection could not keep up. */
  hasLost(stream: string): boolean {
    return this.#lost.has(stream);
  }

  /** A frame of a stream was sent, or was lost on the way to the socket. */
  received(stream: string, wasSent: boolean): void {
    if (wasSent) {
      this.#followed.add(stream);
      this.#lost.delete(stream);
    } else {
      this.#followed.delete(stream);
      this.#lost.add(stream);
    }
  }

  /** The stream is over. */
  forget(stream: string): void {
    this.#followed.delete(stream);
    this.#lost.delete(stream);
  }
}

function toWatched(list: WatchList): Watched {
  return list === 'all' ? list : new Set(list);
}
