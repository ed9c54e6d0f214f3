import type { MediaFrame, Participant } from '@colloquy/live-protocol';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import type { VideoScreen } from '../video/video-screen.ts';
import type { ParticipantVideo, ParticipantVideos } from './room-snapshot.ts';

type Source = ParticipantVideo['source'];

interface Shown {
  readonly screen: VideoScreen;
  readonly canvases: Set<CanvasRenderingContext2D>;
  /** `null` until the first picture is there. */
  view: ParticipantVideo | null;
  /** Whether the person was seen with this device on: only then does its being off mean that the picture is over. */
  wasOn: boolean;
}

const SOURCES = ['camera', 'screen'] as const satisfies readonly Source[];

/** The cameras and screens of the others, decoded. */
export class RoomPictures {
  readonly #codecs: CodecLoader;
  readonly #changed: (videos: ReadonlyMap<string, ParticipantVideos>) => void;
  /** By source, then by participant id. */
  readonly #shown: Readonly<Record<Source, Map<string, Shown>>> = { camera: new Map(), screen: new Map() };
  #videos: ReadonlyMap<string, ParticipantVideos> = new Map();

  constructor(codecs: CodecLoader, changed: (videos: ReadonlyMap<string, ParticipantVideos>) => void) {
    this.#codecs = codecs;
    this.#changed = changed;
  }

  /** Shows a picture; what comes before the decoders are loaded is left out. */
  receive({ participantId, media }: Participant, source: Source, frame: MediaFrame): void {
    const { loaded } = this.#codecs;
    if (!loaded) {
      void this.#codecs.load();
      return;
    }
    const shown = this.#shown[source].get(participantId) ?? this.#open(participantId, source, loaded.VideoScreen);
    shown.wasOn ||= media[source];
    shown.screen.receive(frame);
  }

  /** Closes what those showed who left or switched the device off. */
  retain(participants: readonly Participant[]): void {
    const closed = SOURCES.map((source) => this.#retain(source, participants));
    if (closed.includes(true)) this.#publish();
  }

  clear(): void {
    this.retain([]);
  }

  #open(participantId: string, source: Source, Screen: typeof VideoScreen): Shown {
    const canvases = new Set<CanvasRenderingContext2D>();
    const shown: Shown = {
      canvases,
      view: null,
      wasOn: false,
      screen: new Screen({
        resized: (width, height) => {
          const drawTo = (canvas: HTMLCanvasElement) => attach(canvases, canvas);
          shown.view = { source, stream: shown.screen.stream, width, height, drawTo };
          this.#publish();
        },
        shown: (picture, width, height) => {
          for (const context of canvases) paint(context, picture, width, height);
        },
      }),
    };
    this.#shown[source].set(participantId, shown);
    return shown;
  }

  /** @returns whether something was closed. */
  #retain(source: Source, participants: readonly Participant[]): boolean {
    let isAnyClosed = false;
    for (const [participantId, shown] of this.#shown[source]) {
      const owner = participants.find((participant) => participant.participantId === participantId);
      const isOn = owner?.media[source] ?? false;
      if (owner && (isOn || !shown.wasOn)) {
        shown.wasOn = isOn;
        continue;
      }
      this.#shown[source].delete(participantId);
      shown.canvases.clear();
      shown.screen.close();
      isAnyClosed = true;
    }
    return isAnyClosed;
  }

  #publish(): void {
    const videos = new Map<string, ParticipantVideos>();
    for (const source of SOURCES) {
      for (const [participantId, { view }] of this.#shown[source]) {
        if (view)
          videos.set(participantId, { camera: null, screen: null, ...videos.get(participantId), [source]: view });
      }
    }
    for (const [participantId, { camera, screen }] of videos) {
      const old = this.#videos.get(participantId);
      if (old?.camera === camera && old.screen === screen) videos.set(participantId, old);
    }
    this.#videos = videos;
    this.#changed(videos);
  }
}

function attach(canvases: Set<CanvasRenderingContext2D>, canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext('2d', { alpha: false });
  if (context) canvases.add(context);
  return () => {
    if (context) canvases.delete(context);
  };
}

function paint(context: CanvasRenderingContext2D, picture: CanvasImageSource, width: number, height: number): void {
  const { canvas } = context;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.drawImage(picture, 0, 0);
}
