import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RoomCoreError } from '../errors.ts';
import type {
  RecordingFile,
  RecordingInfo,
  RecordingStore,
  RecordingTrack,
  RecordingWriter,
} from '../ports/recording-store.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';
import { WavWriter } from './wav-writer.ts';

/** Options of {@link fileRecordings}. */
export interface FileRecordingsOptions {
  /** Folder of the recordings; created when absent. */
  readonly directory: string;
  /** Older recordings are deleted, in milliseconds; `0` keeps them. @defaultValue 2_592_000_000, 30 days */
  readonly maxAgeMs?: number;
  /** Above so many bytes in all, the oldest recordings are deleted; `0` is without limit. @defaultValue 10_737_418_240 */
  readonly maxBytes?: number;
  /** Milliseconds since the Unix epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** Recordings in a folder. */
export interface FileRecordings extends RecordingStore {
  /** Deletes what is too old or too much. Done by itself when a recording begins, and every hour. */
  prune(): Promise<void>;
  /** Ends the hourly deletion. */
  close(): void;
}

/** How a recording is kept in its folder, besides its files. */
interface Record extends Omit<RecordingInfo, 'tracks'> {
  readonly tracks: readonly RecordingTrack[];
}

const PRUNE_MS = 3_600_000;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const FILE = /^[a-z0-9-]{1,32}\.wav$/;
const ABOUT = 'recording.json';

/**
 * Recordings as WAV files in `directory/<room>/<recording>/`, each valid at any moment, with what is known of them in
 * `recording.json`.
 *
 * @example
 * ```ts
 * const recordings = fileRecordings({ directory: './recordings', maxAgeMs: 7 * 24 * 3_600_000 });
 * const rooms = new RoomManager({ engine, model, recordings });
 * ```
 */
export function fileRecordings(options: FileRecordingsOptions): FileRecordings {
  const { directory, maxAgeMs = 30 * 24 * 3_600_000, maxBytes = 10 * 1024 ** 3 } = options ?? {};
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError(`fileRecordings needs a "directory"; it is ${JSON.stringify(directory)}.`);
  }
  for (const [name, value] of Object.entries({ maxAgeMs, maxBytes })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new RangeError(`fileRecordings: "${name}" must be a number of 0 or more; it is ${value}.`);
  }
  return new RecordingFolder({ directory, maxAgeMs, maxBytes, now: options.now ?? (() => Date.now()) });
}

class RecordingFolder implements FileRecordings {
  readonly #options: Required<FileRecordingsOptions>;
  /** Folders of recordings that run in this process. */
  readonly #running = new Set<string>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(options: Required<FileRecordingsOptions>) {
    this.#options = options;
    this.#timer = setInterval(() => this.prune().catch(() => {}), PRUNE_MS);
    this.#timer.unref();
  }

  async begin(recording: Omit<RecordingInfo, 'endedAt' | 'tracks'>): Promise<RecordingWriter> {
    const folder = this.#folder(recording.roomId, recording.recordingId);
    try {
      await this.prune();
      await mkdir(folder, { recursive: true });
      await this.#keep(folder, { ...recording, endedAt: null, tracks: [] });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `The recording cannot be kept (${why}).`, { cause });
    }
    this.#running.add(folder);
    return this.#writer(folder, recording);
  }

  async list(roomId: string): Promise<readonly RecordingInfo[]> {
    const ids = await namesIn(join(this.#options.directory, checked(roomId)));
    const known = await Promise.all(ids.map((id) => this.#about(roomId, id)));
    return known.filter((recording) => recording !== null).sort((a, b) => b.startedAt - a.startedAt);
  }

  async read(roomId: string, recordingId: string, file: string): Promise<RecordingFile | null> {
    if (!ID.test(recordingId) || !FILE.test(file)) return null;
    const track = (await this.#about(roomId, recordingId))?.tracks.find((one) => one.file === file);
    if (!track) return null;
    const path = join(this.#folder(roomId, recordingId), file);
    const { bytes, sampleRate } = track;
    return { contentType: 'audio/wav', bytes, chunks: wholeFile(path, sampleRate, bytes) };
  }

  async delete(roomId: string, recordingId?: string): Promise<void> {
    const folder = recordingId === undefined ? checked(roomId) : join(checked(roomId), checked(recordingId));
    await rm(join(this.#options.directory, folder), { recursive: true, force: true });
  }

  async prune(): Promise<void> {
    const { directory, maxAgeMs, maxBytes, now } = this.#options;
    const all = (await Promise.all((await namesIn(directory)).map((roomId) => this.list(roomId)))).flat();
    const oldestFirst = all
      .filter(({ roomId, recordingId }) => !this.#running.has(this.#folder(roomId, recordingId)))
      .sort((a, b) => a.startedAt - b.startedAt);
    let total = all.reduce((sum, recording) => sum + bytesOf(recording), 0);
    for (const recording of oldestFirst) {
      const tooOld = maxAgeMs > 0 && now() - recording.startedAt > maxAgeMs;
      const tooMuch = maxBytes > 0 && total > maxBytes;
      if (!tooOld && !tooMuch) continue;
      await this.delete(recording.roomId, recording.recordingId);
      total -= bytesOf(recording);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #writer(folder: string, recording: Omit<RecordingInfo, 'endedAt' | 'tracks'>): RecordingWriter {
    const tracks: RecordingTrack[] = [];
    const writers: { readonly writer: WavWriter; readonly sampleRate: number }[] = [];
    let kept: Promise<void> = Promise.resolve();
    let ended: Promise<void> | null = null;
    const keep = (endedAt: number | null): Promise<void> => {
      const record = { ...recording, endedAt, tracks: [...tracks] };
      kept = kept.catch(() => {}).then(() => this.#keep(folder, record));
      return kept;
    };
    const end = async (endedAt: number): Promise<void> => {
      try {
        const seconds = Math.max(0, endedAt - recording.startedAt) / 1_000;
        const done = writers.map(({ writer, sampleRate }) => writer.end(Math.round(seconds * sampleRate)));
        const failed = (await Promise.allSettled(done)).find(({ status }) => status === 'rejected');
        await keep(endedAt);
        if (failed?.status === 'rejected') throw failed.reason;
      } finally {
        this.#running.delete(folder);
      }
    };
    return {
      track: (track) => {
        if (!FILE.test(track.file)) throw new TypeError(`"${track.file}" is no name of a track's file.`);
        const writer = new WavWriter(join(folder, track.file), track.sampleRate);
        tracks.push(track);
        writers.push({ writer, sampleRate: track.sampleRate });
        keep(null).catch(() => {});
        return writer;
      },
      end: (endedAt) => {
        ended ??= end(endedAt);
        return ended;
      },
    };
  }

  async #about(roomId: string, recordingId: string): Promise<RecordingInfo | null> {
    if (!ID.test(recordingId)) return null;
    const folder = this.#folder(roomId, recordingId);
    try {
      const record = JSON.parse(await readFile(join(folder, ABOUT), 'utf8')) as Record;
      const tracks = await Promise.all(
        record.tracks.map(async (track) => ({ ...track, bytes: await sizeOf(join(folder, track.file)) })),
      );
      return { ...record, tracks };
    } catch {
      // Not a recording, or one that is being deleted.
      return null;
    }
  }

  /** Never half written: a new file takes the place of the old one. */
  async #keep(folder: string, record: Record): Promise<void> {
    const path = join(folder, ABOUT);
    await writeFile(`${path}.new`, JSON.stringify(record));
    await rename(`${path}.new`, path);
  }

  #folder(roomId: string, recordingId: string): string {
    return join(this.#options.directory, checked(roomId), checked(recordingId));
  }
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` for what is no id, and so must not become part of a path. */
function checked(id: string): string {
  if (ID.test(id)) return id;
  throw new RoomCoreError('ERR_ROOM_INPUT', `${JSON.stringify(id.slice(0, 40))} is no id.`);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => ID.test(name));
  } catch {
    return [];
  }
}

/** Bytes of a file with its header; an even number of samples' bytes even after a crash. */
async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path);
  return Math.max(WAV_HEADER_BYTES, size - ((size - WAV_HEADER_BYTES) % 2));
}

function bytesOf({ tracks }: RecordingInfo): number {
  return tracks.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The file up to `bytes`, with a header that tells of all of it: it may still be written, or its process may have died. */
async function* wholeFile(path: string, sampleRate: number, bytes: number): AsyncGenerator<Uint8Array> {
  yield wavHeader(sampleRate, bytes - WAV_HEADER_BYTES);
  if (bytes > WAV_HEADER_BYTES) yield* createReadStream(path, { start: WAV_HEADER_BYTES, end: bytes - 1 });
}
