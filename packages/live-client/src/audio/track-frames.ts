import { CAPTURE_FRAME_LENGTH, CAPTURE_RATE, CapturePipeline, type PipelineFrame } from './capture-pipeline.ts';

/** What of an `AudioData` is used. */
export type TrackSound = Pick<
  AudioData,
  'numberOfChannels' | 'numberOfFrames' | 'sampleRate' | 'timestamp' | 'copyTo' | 'close'
>;

/** What {@link TrackFrames} needs. */
export interface TrackFramesOptions {
  /** Pieces that wait for a reader who is late, before the oldest are thrown away. */
  readonly mostPieces: number;
  readonly emit: (frame: PipelineFrame) => void;
}

/** Rate of the silence before the first piece. */
const SILENT_RATE = 16_000;

/** Looks in a row that found nothing new, before silence is put there. */
const STILL_LOOKS = 5;

const FRAME_MS = (CAPTURE_FRAME_LENGTH / CAPTURE_RATE) * 1_000;

/** Makes frames of the sound that a track gives out, in any format, with any number of channels, at any rate. */
export class TrackFrames {
  readonly #options: TrackFramesOptions;
  readonly #pipeline: CapturePipeline;
  #channels: Float32Array<ArrayBuffer>[] = [];
  #rate = SILENT_RATE;
  #takenAtMs: number;
  #stillLooks = 0;
  /** Where the piece after the last one begins, on the clock of their timestamps; `null` before the first one. */
  #nextMs: number | null = null;

  constructor(options: TrackFramesOptions, nowMs: number) {
    this.#options = options;
    this.#takenAtMs = nowMs;
    this.#pipeline = new CapturePipeline({ inputRate: SILENT_RATE, emit: options.emit });
  }

  /** Takes the next piece, and closes it. */
  take(sound: TrackSound, nowMs: number): void {
    try {
      const { sampleRate, timestamp } = sound;
      const durationMs = (sound.numberOfFrames / sampleRate) * 1_000;
      this.#pipeline.setInputRate(sampleRate);
      this.#rate = sampleRate;
      this.#pipeline.skip(this.#lostFrames(timestamp / 1_000, durationMs, nowMs));
      this.#takenAtMs = nowMs;
      this.#stillLooks = 0;
      this.#nextMs = timestamp / 1_000 + durationMs;
      this.#pipeline.push(this.#planesOf(sound));
    } finally {
      sound.close();
    }
  }

  /**
   * Looks whether anything came; to be called ten times a second. A track that gives nothing for half a second stands for
   * silence, as it does in an audio graph: whoever listens has to hear that somebody stopped talking. A thread that was
   * late itself looks once, and then finds what came meanwhile.
   */
  look(nowMs: number): void {
    this.#stillLooks += 1;
    if (this.#stillLooks < STILL_LOOKS) return;
    // Of a system that slept no more than a second is made up for.
    const samples = Math.round((Math.min(1_000, nowMs - this.#takenAtMs) * this.#rate) / 1_000);
    this.#takenAtMs = nowMs;
    this.#pipeline.push([new Float32Array(Math.max(0, samples))]);
  }

  /**
   * Frames that were thrown away in front of this piece. The timestamps alone do not tell: those of a device tremble. But
   * nothing is thrown away before as much waits as can, and of that no more than the time for which nobody read.
   */
  #lostFrames(atMs: number, durationMs: number, nowMs: number): number {
    const awayMs = nowMs - this.#takenAtMs;
    if (this.#nextMs === null || awayMs < this.#options.mostPieces * durationMs) return 0;
    const missingMs = Math.min(awayMs, atMs - this.#nextMs);
    return Math.max(0, Math.round(missingMs / FRAME_MS));
  }

  #planesOf(sound: TrackSound): readonly Float32Array[] {
    const { numberOfChannels, numberOfFrames } = sound;
    if (this.#channels.length !== numberOfChannels || this.#channels[0]?.length !== numberOfFrames) {
      this.#channels = Array.from({ length: numberOfChannels }, () => new Float32Array(numberOfFrames));
    }
    for (const [planeIndex, plane] of this.#channels.entries())
      sound.copyTo(plane, { planeIndex, format: 'f32-planar' });
    return this.#channels;
  }
}
