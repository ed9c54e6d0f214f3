import type { Participant } from '@colloquy/live-protocol';
import type { PictureView } from './room-snapshot.ts';

/** Makes pictures addressable; the page's `URL` by default. */
export interface ObjectUrls {
  create(bytes: Uint8Array<ArrayBuffer>): string;
  revoke(url: string): void;
}

/** JPEGs as object URLs of this page. */
export function jpegObjectUrls(): ObjectUrls {
  return {
    create: (bytes) => URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' })),
    revoke: (url) => URL.revokeObjectURL(url),
  };
}

interface Shown {
  readonly view: PictureView;
  /** An `<img>` may still be loading it. */
  readonly previousUrl: string | null;
  /** Whether the person was seen with this device on: only then does its being off mean that the picture is over. */
  readonly wasOn: boolean;
}

/** The newest picture of each person, and no more of them in memory than that and the one before. */
export class PictureGallery {
  readonly #urls: ObjectUrls;
  readonly #shown = new Map<string, Shown>();
  #views: ReadonlyMap<string, PictureView> = new Map();

  constructor(urls: ObjectUrls) {
    this.#urls = urls;
  }

  /** By participant id; a new map after each change. */
  get views(): ReadonlyMap<string, PictureView> {
    return this.#views;
  }

  /** Takes a picture; one from a camera is ignored while its owner shares a screen. */
  show(participant: Participant, source: PictureView['source'], bytes: Uint8Array<ArrayBuffer>): void {
    const { participantId, media } = participant;
    if (source === 'camera' && media.screen) return;
    const known = this.#shown.get(participantId);
    if (known?.previousUrl) this.#urls.revoke(known.previousUrl);
    this.#shown.set(participantId, {
      view: { url: this.#urls.create(bytes), source },
      previousUrl: known?.view.url ?? null,
      wasOn: media[source],
    });
    this.#publish();
  }

  /** Drops the pictures of those who left or switched the device off. */
  retain(participants: readonly Participant[]): void {
    let changed = false;
    for (const [participantId, shown] of this.#shown) {
      const owner = participants.find((participant) => participant.participantId === participantId);
      const isOn = owner?.media[shown.view.source] ?? false;
      if (owner && (isOn || !shown.wasOn)) {
        if (isOn !== shown.wasOn) this.#shown.set(participantId, { ...shown, wasOn: isOn });
        continue;
      }
      this.#drop(participantId, shown);
      changed = true;
    }
    if (changed) this.#publish();
  }

  clear(): void {
    if (this.#shown.size === 0) return;
    for (const [participantId, shown] of this.#shown) this.#drop(participantId, shown);
    this.#publish();
  }

  #drop(participantId: string, shown: Shown): void {
    this.#urls.revoke(shown.view.url);
    if (shown.previousUrl) this.#urls.revoke(shown.previousUrl);
    this.#shown.delete(participantId);
  }

  #publish(): void {
    this.#views = new Map([...this.#shown].map(([participantId, { view }]) => [participantId, view]));
  }
}
