import type { EntryActor, LogEntry, Participant, RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import type { ModelUsage } from './ports/model-session.ts';

/** Where an error that no caller can be told of happened. */
export type RoomErrorStage =
  | 'append'
  | 'read'
  | 'feed'
  | 'model'
  | 'tool'
  | 'media'
  | 'connection'
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
    readonly usage: ModelUsage;
    readonly speakers: readonly EntryActor[];
  };
  /** Something failed with nobody to reject. The room goes on. */
  readonly error: { readonly room: RoomInfo | null; readonly stage: RoomErrorStage; readonly error: unknown };
}
