import type { EntryActor } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RecordingTrack, RecordingWriter, TrackWriter } from '../ports/recording-store.ts';
import { AnswerQueue } from './answer-queue.ts';
import { DownSampler } from './down-sampler.ts';
import { TrackWindow } from './track-window.ts';

/** What a {@link Recorder} is made of. */
export interface RecorderOptions {
  readonly clock: Clock;
  readonly writer: RecordingWriter;
  /** The model as a speaker. */
  readonly model: EntryActor;
  /** The store failed or cannot keep up: the recording has to end. */
  readonly onFailed: (error: unknown) => void;
}

const PEOPLE_RATE = 16_000;
const MODEL_RATE = 24_000;
/** How often sound is handed to the store, in milliseconds. */
const STEP_MS = 200;
/** How late a voice may come and still be put where it belongs, in milliseconds. */
const LATE_MS = 1_000;
/** A voice whose own time is further from the room's begins anew, in milliseconds. */
const DRIFT_MS = 400;
/** Sound that waits for the store, in bytes, before it counts as failed. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

interface Track {
  readonly window: TrackWindow;
  readonly sampleRate: number;
}

/** Where the media time of a stream lies on the recording's own. */
interface Anchor {
  readonly mediaTime: number;
  readonly sample: number;
}

/** Puts every voice on its own track and all of them on one, at the time at which they were heard in the room. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #startedAt: number;
  readonly #tracks = new Map<string, Track>();
  readonly #mixed: Track;
  readonly #anchors = new Map<string, Anchor>();
  readonly #answer = new AnswerQueue();
  readonly #downSampler = new DownSampler();
  #modelAt = 0;
  #mixedModelAt = 0;
  #timer: Timer | null = null;
  #waitingBytes = 0;
  #ended = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
    this.#mixed = this.#open({ file: 'mixed.wav', kind: 'mixed', participantId: null, name: 'Everybody' }, PEOPLE_RATE);
    this.#schedule();
  }

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return this.#options.clock.monotonic() - this.#startedAt;
  }

  /** PCM16 at 16 kHz of a microphone, with the time of its own stream in samples. */
  hear(connectionId: string, actor: EntryActor, mediaTime: number, pcm: Uint8Array): void {
    const samples = toSamples(pcm);
    if (this.#ended || samples.length === 0) return;
    const at = this.#place(connectionId, mediaTime);
    if (at < 0) return;
    this.#trackOf(actor, 'person', PEOPLE_RATE).window.add(at, samples);
    this.#mixed.window.add(at, samples);
  }

  /** A microphone's stream paused or ended: the next sound begins anew. */
  endBurst(connectionId: string): void {
    this.#anchors.delete(connectionId);
  }

  /** PCM16 at 24 kHz of the model, which comes faster than it is heard. */
  hearModel(pcm: Uint8Array): void {
    if (!this.#ended) this.#answer.push(toSamples(pcm));
  }

  /** The rest of the answer is not heard. */
  interruptModel(): void {
    this.#answer.clear();
  }

  /** Hands out what is left and closes the files. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#timer?.cancel();
    this.#step(0);
    this.#ended = true;
    await this.#options.writer.end(this.#options.clock.now());
  }

  /** By the stream's own time where that fits the room's; else where the room is now. */
  #place(connectionId: string, mediaTime: number): number {
    const now = Math.round((this.elapsedMs * PEOPLE_RATE) / 1_000);
    const anchor = this.#anchors.get(connectionId);
    const at = anchor ? anchor.sample + ((mediaTime - anchor.mediaTime) | 0) : now;
    if (anchor && Math.abs(at - now) <= (DRIFT_MS * PEOPLE_RATE) / 1_000) return at;
    this.#anchors.set(connectionId, { mediaTime, sample: now });
    return now;
  }

  #schedule(): void {
    this.#timer = this.#options.clock.setTimer(STEP_MS, () => {
      this.#step(LATE_MS);
      if (!this.#ended) this.#schedule();
    });
  }

  /** Hands out all that lies more than `lateMs` back. */
  #step(lateMs: number): void {
    this.#speakModel();
    const done = Math.max(0, this.elapsedMs - lateMs);
    // What ends within a frame is rounded up at the very end, so that no sound is lost.
    const extraMs = lateMs === 0 ? DRIFT_MS + 20 : 0;
    for (const { window, sampleRate } of [...this.#tracks.values(), this.#mixed]) {
      window.finish(Math.floor(((done + extraMs) * sampleRate) / 1_000));
    }
  }

  /** The part of the answer that was heard since the last step. */
  #speakModel(): void {
    const now = Math.floor((this.elapsedMs * MODEL_RATE) / 1_000);
    const samples = this.#answer.take(Math.max(0, now - this.#modelAt));
    const at = this.#modelAt;
    this.#modelAt = now;
    if (samples.length === 0) return;
    this.#trackOf(this.#options.model, 'model', MODEL_RATE).window.add(at, samples);
    const mixed = this.#downSampler.push(samples);
    const mixedAt = Math.round((at * PEOPLE_RATE) / MODEL_RATE);
    // Steps are not whole numbers of both rates: what follows without a pause follows exactly.
    if (Math.abs(mixedAt - this.#mixedModelAt) > PEOPLE_RATE / 50) this.#mixedModelAt = mixedAt;
    this.#mixed.window.add(this.#mixedModelAt, mixed);
    this.#mixedModelAt += mixed.length;
  }

  #trackOf({ participantId, name }: EntryActor, kind: 'person' | 'model', sampleRate: number): Track {
    const known = this.#tracks.get(participantId);
    if (known) return known;
    const file = kind === 'model' ? 'model.wav' : `person-${this.#tracks.size + 1}.wav`;
    const track = this.#open({ file, kind, participantId, name }, sampleRate);
    this.#tracks.set(participantId, track);
    return track;
  }

  #open(about: Omit<RecordingTrack, 'sampleRate'>, sampleRate: number): Track {
    const writer = this.#options.writer.track({ ...about, sampleRate });
    return { sampleRate, window: new TrackWindow(sampleRate, (at, frame) => this.#write(writer, at, frame)) };
  }

  #write(writer: TrackWriter, at: number, frame: Int16Array): void {
    const bytes = frame.byteLength;
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > MAX_WAITING_BYTES)
      this.#options.onFailed(new Error('The store of recordings is too slow.'));
    writer
      .write(at, frame)
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#waitingBytes -= bytes;
      });
  }
}

/** Little-endian bytes as samples; a copy where they lie at an odd place. */
function toSamples(pcm: Uint8Array): Int16Array {
  const aligned = pcm.byteOffset % 2 === 0 ? pcm : pcm.slice();
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 1);
}
