import type { AppendResult } from '../ports/room-engine.ts';

/** Something that an engine measured. */
export type EngineMeasurement =
  /**
   * Entries went to the store behind the engine, or could not: `ms` of the attempt, `waitedMs` since the oldest of them was
   * written.
   */
  {
    readonly type: 'flush';
    readonly outcome: 'stored' | 'failed';
    readonly ms: number;
    readonly entries: number;
    readonly waitedMs: number;
  };

/** Something that was measured in a room, as the event `measured` tells it. Nothing of what people say or who they are. */
export type RoomMeasurement =
  | EngineMeasurement
  /** An entry was written, or was not: `ms` from asking to the answer of the engine. */
  | { readonly type: 'append'; readonly outcome: AppendResult['outcome'] | 'failed'; readonly ms: number }
  /**
   * Somebody came in: with everything they had missed (`recovered`) or the newest page; `ms` from the door to the seat,
   * without the time in a waiting room.
   */
  | { readonly type: 'join'; readonly outcome: 'recovered' | 'page' | 'refused'; readonly ms: number }
  /** Entries that the engine's feed had left out were read from the log. */
  | { readonly type: 'gap'; readonly entries: number }
  /** A new epoch of the log began. */
  | { readonly type: 'epoch' }
  /**
   * Where several servers share rooms: this one runs the room from now on (`ms` from having the lease to running it), has
   * lost the lease, or has given it to another one.
   */
  | { readonly type: 'lease'; readonly outcome: 'taken'; readonly ms: number }
  | { readonly type: 'lease'; readonly outcome: 'lost' | 'handedOver' }
  /** A session with the model began, went on over a new connection, or ended by itself. */
  | { readonly type: 'session'; readonly outcome: 'started' | 'resumed' | 'lost' }
  /** A frame of the mix came late, `ms` after the one before instead of 20; what is above 500 ms was skipped. */
  | { readonly type: 'lateFrame'; readonly ms: number }
  /** The jitter buffers of all microphones in the last 5 s of audio. */
  | ({ readonly type: 'jitter' } & JitterMeasurement);

/** What became of the audio of microphones. */
export interface JitterMeasurement {
  /** Times that audio ran out in the middle of speech. */
  readonly underruns: number;
  /** Audio that was dropped because too much waited, and that came too late, in milliseconds. */
  readonly droppedMs: number;
  readonly lateMs: number;
  /** The longest of the buffers now, in milliseconds. */
  readonly depthMs: number;
}
