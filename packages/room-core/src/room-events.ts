import type {
  BudgetLevel,
  EntryActor,
  LogEntry,
  Participant,
  RoomConfiguration,
  RoomInfo,
  RoomUsage,
  TurnUsage,
  WaitingPerson,
} from '@colloquy/live-protocol';
import type { RoomMeasurement } from './metrics/measurement.ts';

/** Where an error that no caller can be told of happened. */
export type RoomErrorStage =
  | 'append'
  | 'read'
  | 'feed'
  | 'model'
  | 'tool'
  | 'media'
  | 'connection'
  | 'node'
  | 'listener'
  | 'close'
  | 'recording';

/** What `RoomManager.on` tells, one readonly object each. */
export interface RoomManagerEvents {
  readonly roomCreated: { readonly room: RoomInfo };
  readonly roomConfigured: {
    readonly room: RoomInfo;
    /** The fields that are different now. */
    readonly changes: Partial<RoomConfiguration>;
    readonly by: EntryActor;
  };
  readonly roomClosed: { readonly room: RoomInfo; readonly reason: string };
  /** A closed room goes on. */
  readonly roomReopened: { readonly room: RoomInfo };
  /** A room is gone with its log. */
  readonly roomDeleted: { readonly room: RoomInfo };
  /** A person came who was not in the room, also not `away`. */
  readonly participantJoined: { readonly room: RoomInfo; readonly participant: Participant };
  readonly participantLeft: { readonly room: RoomInfo; readonly participant: Participant; readonly reason: string };
  /** Who waits to be admitted to a room, the longest first; a crowd is told together. */
  readonly waitingChanged: { readonly room: RoomInfo; readonly waiting: readonly WaitingPerson[] };
  /** An entry was appended to the log of a room that people are in. */
  readonly entryAppended: { readonly room: RoomInfo; readonly entry: LogEntry };
  /** The model finished, or was interrupted and the rest of its answer is over. */
  readonly turnCompleted: {
    readonly room: RoomInfo;
    readonly turn: number;
    readonly text: string;
    readonly interrupted: boolean;
    /** The model's own reason, when it gave one. */
    readonly reason: string | null;
  };
  /** `speakers`: whose words the turn answers, as derived from what was written and whose microphone had speech. */
  readonly usageReported: {
    readonly room: RoomInfo;
    readonly turn: number;
    /** Of the turn alone. */
    readonly usage: TurnUsage;
    /** Of the turn, by the application's prices; `null` without a price for the model. */
    readonly cost: number | null;
    /** Of the room so far. */
    readonly total: RoomUsage;
    readonly speakers: readonly EntryActor[];
  };
  /** A limit of a room's budget was reached; `spent`: its model has left. `fine` again when the budget was raised. */
  readonly budgetReached: { readonly room: RoomInfo; readonly level: BudgetLevel; readonly total: RoomUsage };
  /**
   * Something was measured; `RoomManager.metrics()` adds it up. Told often, also while people talk, and by some engines of
   * rooms that nobody is in.
   */
  readonly measured: { readonly room: Pick<RoomInfo, 'id'>; readonly measurement: RoomMeasurement };
  /** Something failed with nobody to reject. The room goes on. */
  readonly error: { readonly room: RoomInfo | null; readonly stage: RoomErrorStage; readonly error: unknown };
}
