import type {
  EntryActor,
  FloorState,
  LogEntry,
  MediaState,
  ModelState,
  Participant,
  RecordingState,
  RoomConfiguration,
  RoomInfo,
  WaitingPerson,
} from '@colloquy/live-protocol';
import type { ConnectionSnapshot } from '../connection/connection-snapshot.ts';
import type { LiveClientError } from '../errors.ts';
import type { ToolApprovalRequest } from './room-tools.ts';

/** What a {@link RoomClient} tells its listeners. */
export interface RoomEvents {
  /** The room was joined, for the first time or again after a break. */
  readonly joined: {
    readonly room: RoomInfo;
    readonly self: { readonly participantId: string; readonly index: number };
  };
  /** An entry of the log was applied. `isNew` is `false` for what was in the log before this connection. */
  readonly entryAdded: { readonly entry: LogEntry; readonly isNew: boolean };
  /** One stands in the waiting room; `position` is 1 for the next. Again whenever it changes. */
  readonly waitingToEnter: { readonly position: number };
  /** Hosts: somebody waits to come in, or does not any more. */
  readonly waitingChanged: { readonly waiting: readonly WaitingPerson[] };
  readonly participantsChanged: { readonly participants: readonly Participant[] };
  /** A host changed the configuration; the snapshot's `room` has it. */
  readonly configurationChanged: {
    readonly configuration: RoomConfiguration;
    readonly version: number;
    readonly by: EntryActor;
  };
  /** A host turned a device of this participant off; it is off by now, and may be turned on again. */
  readonly muted: { readonly source: keyof MediaState; readonly by: EntryActor };
  readonly modelChanged: { readonly model: ModelState };
  /** Somebody got or gave back the floor, asked for it, or its rules changed. */
  readonly floorChanged: { readonly floor: FloorState };
  /** A recording of everybody began or ended. */
  readonly recordingChanged: { readonly recording: RecordingState };
  /** A call waits for an approval, or does not any more. */
  readonly toolApprovalsChanged: { readonly toolApprovals: readonly ToolApprovalRequest[] };
  /** Something that people should know, such as that the budget of the room is spent (`ERR_BUDGET_SPENT`). */
  readonly notice: { readonly code: string; readonly message: string };
  /** The model was cut: its audio of this turn and of earlier ones is dropped. */
  readonly audioInterrupted: { readonly turn: number };
  readonly stateChanged: { readonly connection: ConnectionSnapshot };
  /** Something went wrong; the client goes on if it can. */
  readonly error: { readonly error: LiveClientError };
  /** The connection ended for good; always last. `null`: it was closed from here. */
  readonly closed: { readonly error: LiveClientError | null };
}
