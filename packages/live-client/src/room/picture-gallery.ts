import type { Participant } from '@colloquy/live-protocol';
import type { ParticipantPictures, PictureView } from './room-snapshot.ts';

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

type Source = PictureView['source'];

interface Shown {
  readonly view: PictureView;
  /** An `<img>` may still be loading it. */
  readonly previousUrl: string | null;
  /** Whether the person was seen with this device on: only then does its being off mean that the picture is over. */
  readonly wasOn: boolean;
}

const SOURCES = ['camera', 'screen'] as const satisfies readonly Source[];

/** The newest picture of each camera and each screen, and no more of them in memory than that and the one before. */
export class PictureGallery {
  readonly #urls: ObjectUrls;
  /** By source, then by participant id. */
  readonly #shown: Readonly<Record<Source, Map<string, Shown>>> = { camera: new Map(), screen: new Map() };
  #views: ReadonlyMap<string, ParticipantPictures> = new Map();

  constructor(urls: ObjectUrls) {
    this.#urls = urls;
  }

  /** By participant id; a new map after each change, in which whoever did not change is the same object. */
  get views(): ReadonlyMap<string, ParticipantPictures> {
    return this.#views;
  }

  /** Takes a picture of what `source` of a participant shows. */
  show({ participantId, media }: Participant, source: Source, bytes: Uint8Array<ArrayBuffer>): void {
    const known = this.#shown[source].get(participantId);
    if (known?.previousUrl) this.#urls.revoke(known.previousUrl);
    this.#shown[source].set(participantId, {
      view: { url: this.#urls.create(bytes), source },
      previousUrl: known?.view.url ?? null,
      wasOn: media[source],
    });
    this.#publish();
  }

  /** Drops the pictures of those who left or switched the device off. */
  retain(participants: readonly Participant[]): void {
    const dropped = SOURCES.map((source) => this.#retain(source, participants));
    if (dropped.includes(true)) this.#publish();
  }

  clear(): void {
    const dropped = SOURCES.map((source) => this.#retain(source, []));
    if (dropped.includes(true)) this.#publish();
  }

  /** @returns whether a picture was dropped. */
  #retain(source: Source, participants: readonly Participant[]): boolean {
    const shownOfSource = this.#shown[source];
    let dropped = false;
    for (const [participantId, shown] of shownOfSource) {
      const owner = participants.find((participant) => participant.participantId === participantId);
      const isOn = owner?.media[source] ?? false;
      if (owner && (isOn || !shown.wasOn)) {
        if (isOn !== shown.wasOn) shownOfSource.set(participantId, { ...shown, wasOn: isOn });
        continue;
      }
      this.#urls.revoke(shown.view.url);
      if (shown.previousUrl) this.#urls.revoke(shown.previousUrl);
      shownOfSource.delete(participantId);
      dropped = true;
    }
    return dropped;
  }

  #publish(): void {
    const views = new Map<string, ParticipantPictures>();
    for (const source of SOURCES) {
      for (const [participantId, { view }] of this.#shown[source]) {
        views.set(participantId, { camera: null, screen: null, ...views.get(participantId), [source]: view });
      }
    }
    for (const [participantId, pictures] of views) {
      const old = this.#views.get(participantId);
      if (old?.camera === pictures.camera && old.screen === pictures.screen) views.set(participantId, old);
    }
    this.#views = views;
  }
}
