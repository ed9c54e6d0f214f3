import type { EntryActor } from '@colloquy/live-protocol';

/** One sound file of a recording. */
export interface RecordingTrack {
  /** Name of the file within its recording, such as `mixed.wav`. */
  readonly file: string;
  readonly kind: 'mixed' | 'person' | 'model';
  /** Whose voice it is; `null` for the mix. */
  readonly participantId: string | null;
  readonly name: string;
  /** Samples per second, PCM16 mono. */
  readonly sampleRate: number;
}

/** A recording, running or done. All its tracks begin at the same moment. */
export interface RecordingInfo {
  readonly roomId: string;
  readonly recordingId: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** `null` while it runs, and for one that was cut off by the end of its process. */
  readonly endedAt: number | null;
  /** Who started it. */
  readonly by: EntryActor;
  readonly tracks: readonly (RecordingTrack & { readonly bytes: number })[];
}

/** A sound file on its way to somebody. */
export interface RecordingFile {
  readonly contentType: string;
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Takes the samples of one track. */
export interface TrackWriter {
  /**
   * Puts samples at a place counted from the beginning, after everything written before; what lies between is silence.
   * The samples may be reused after the call.
   */
  write(atSample: number, samples: Int16Array): Promise<void>;
}

/** Takes a recording while it runs. Whatever was written is a valid file also when the process ends without `end`. */
export interface RecordingWriter {
  /** Opens a track; its writes may begin at once. */
  track(track: RecordingTrack): TrackWriter;
  /** Closes all tracks, as long as the recording was. Idempotent. */
  end(endedAt: number): Promise<void>;
}

/** Keeps recordings; `fileRecordings` in `room-core/recordings` keeps them in a folder. */
export interface RecordingStore {
  /** @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  begin(recording: Omit<RecordingInfo, 'endedAt' | 'tracks'>): Promise<RecordingWriter>;
  /** Newest first. */
  list(roomId: string): Promise<readonly RecordingInfo[]>;
  /** `null` for a file that there is not. */
  read(roomId: string, recordingId: string, file: string): Promise<RecordingFile | null>;
  /** Deletes one recording, or all of a room. What is not there is deleted. */
  delete(roomId: string, recordingId?: string): Promise<void>;
}
