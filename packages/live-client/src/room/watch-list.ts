import type { RoomClientMessage } from '@colloquy/live-protocol';

type Source = 'camera' | 'screen';
type Watch = Extract<RoomClientMessage, { type: 'watch' }>;

const EVERYBODY: Watch = { type: 'watch', cameras: 'all', screens: 'all' };
const NOBODY: Watch = { type: 'watch', cameras: [], screens: [] };

/**
 * Whose pictures are shown. Until something is watched by name that is everybody's; a page that is not seen shows nobody's.
 */
export class WatchList {
  readonly #send: (watch: Watch) => void;
  readonly #watched: Readonly<Record<Source, Map<string, number>>> = { camera: new Map(), screen: new Map() };
  #isByName = false;
  #isHidden = false;
  #told = JSON.stringify(EVERYBODY);
  #isTellingLater = false;

  constructor(send: (watch: Watch) => void) {
    this.#send = send;
  }

  /** A picture is shown until the returned function is called. */
  add(participantId: string, source: Source): () => void {
    const watched = this.#watched[source];
    this.#isByName = true;
    watched.set(participantId, (watched.get(participantId) ?? 0) + 1);
    this.#tellLater();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (watched.get(participantId) ?? 1) - 1;
      if (left > 0) watched.set(participantId, left);
      else watched.delete(participantId);
      this.#tellLater();
    };
  }

  /** The page is not seen, or is again. */
  setHidden(isHidden: boolean): void {
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    this.#tell();
  }

  /** The room was joined: it sends everybody's pictures until it is told. */
  joined(): void {
    this.#told = JSON.stringify(EVERYBODY);
    this.#tell();
  }

  /** Once for all that changes in one turn of the page, such as a whole grid of people. */
  #tellLater(): void {
    if (this.#isTellingLater) return;
    this.#isTellingLater = true;
    queueMicrotask(() => {
      this.#isTellingLater = false;
      this.#tell();
    });
  }

  #tell(): void {
    const watch = this.#current();
    const told = JSON.stringify(watch);
    if (told === this.#told) return;
    this.#told = told;
    this.#send(watch);
  }

  #current(): Watch {
    if (this.#isHidden) return NOBODY;
    if (!this.#isByName) return EVERYBODY;
    const { camera, screen } = this.#watched;
    return { type: 'watch', cameras: [...camera.keys()].toSorted(), screens: [...screen.keys()].toSorted() };
  }
}
