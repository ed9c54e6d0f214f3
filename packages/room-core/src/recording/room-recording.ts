import type { EntryActor, LogEntryOf, NewEntry, RecordingState } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import { RoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RecordingStore } from '../ports/recording-store.ts';
import { randomId } from '../random-id.ts';
import { Recorder } from './recorder.ts';

/** What a {@link RoomRecording} is made of. */
export interface RoomRecordingOptions {
  readonly clock: Clock;
  readonly roomId: string;
  /** `null`: nothing is ever recorded here. */
  readonly store: RecordingStore | null;
  /** Longest recording, in milliseconds; `0` is without end. */
  readonly maxMs: number;
  readonly model: EntryActor;
  readonly append: (entry: NewEntry) => void;
  readonly onChanged: (recording: RecordingState) => void;
  readonly onError: (error: unknown) => void;
}

type StopReason = LogEntryOf<'recording.stopped'>['body']['reason'];

const OFF: RecordingState = { active: false, recordingId: null, by: null, since: null };

/** Whether a room is recorded, and by whom: told to everybody, written into the log, and ended with the room. */
export class RoomRecording {
  readonly #options: RoomRecordingOptions;
  #state: RecordingState = OFF;
  #recorder: Recorder | null = null;
  #limit: Timer | null = null;
  #starting = false;
  /** Whether it is to be recorded when the store has made ready for it: it may have been turned off meanwhile. */
  #wanted = false;
  #disposed = false;
  /** The end of the last recording, in the store. */
  #ending: Promise<void> = Promise.resolve();

  constructor(options: RoomRecordingOptions) {
    this.#options = options;
  }

  get state(): RecordingState {
    return this.#state;
  }

  /** `null` while nothing is recorded. */
  get recorder(): Recorder | null {
    return this.#recorder;
  }

  /**
   * Begins a recording; one that runs goes on.
   * @throws RoomCoreError `ERR_NOT_ALLOWED` where no store is set, `ERR_STORE_UNAVAILABLE`
   */
  async start(by: EntryActor): Promise<void> {
    const { clock, maxMs, model, onError, roomId, store } = this.#options;
    if (!store) {
      const message = 'This server keeps no recordings; its operator has to give it a place for them.';
      throw new RoomCoreError('ERR_NOT_ALLOWED', message);
    }
    if (this.#state.active || this.#disposed) return;
    this.#wanted = true;
    if (this.#starting) return;
    this.#starting = true;
    const recordingId = randomId();
    try {
      const startedAt = clock.now();
      const writer = await store.begin({ roomId, recordingId, startedAt, by });
      if (!this.#wanted) return await writer.end(clock.now());
      const fail = (error: unknown): void => {
        if (this.#state.recordingId !== recordingId) return;
        onError(error);
        this.stop(null, 'failed').catch(onError);
      };
      this.#recorder = new Recorder({ clock, writer, model, onFailed: fail });
      if (maxMs > 0) this.#limit = clock.setTimer(maxMs, () => this.stop(null, 'too long').catch(onError));
      const { participantId, name } = by;
      this.#change({ active: true, recordingId, by: { participantId, name }, since: startedAt });
      this.#options.append({ kind: 'recording.started', actor: by, body: { recordingId } });
    } finally {
      this.#starting = false;
    }
  }

  /** Ends the recording; resolves when its files are whole. `by` is `null` when nobody asked for it. */
  async stop(by: EntryActor | null, reason: StopReason): Promise<void> {
    this.#wanted = false;
    const recorder = this.#recorder;
    const { recordingId } = this.#state;
    if (!recorder || recordingId === null) return this.#ending;
    this.#recorder = null;
    this.#limit?.cancel();
    const durationMs = Math.round(recorder.elapsedMs);
    this.#change(OFF);
    const actor = by ?? roomActor;
    this.#options.append({ kind: 'recording.stopped', actor, body: { recordingId, durationMs, reason } });
    this.#ending = recorder.end().catch((error: unknown) => this.#options.onError(error));
    return this.#ending;
  }

  /** The last person left: there is nobody to be recorded. */
  everybodyLeft(): void {
    this.stop(null, 'nobody here').catch(this.#options.onError);
  }

  /** The room ends in this process. */
  dispose(): Promise<void> {
    this.#disposed = true;
    return this.stop(null, 'room ended');
  }

  #change(state: RecordingState): void {
    this.#state = state;
    this.#options.onChanged(state);
  }
}
