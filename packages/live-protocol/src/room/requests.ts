import type { RoomConfiguration } from './configuration.ts';
import type { AppData, LogEntryOf, ParticipantRole } from './entries.ts';
import type { MediaState } from './messages.ts';

/**
 * What a client may ask of a room, by `action`. Every request is answered once: `done` with the same `id`, or `refused`.
 * Asking again for what is so already is `done` too.
 */
export type RoomRequest =
  /** Makes somebody a host, a speaker or a viewer, as long as they are in the room. Hosts only. */
  | { readonly action: 'setRole'; readonly participantId: string; readonly role: ParticipantRole }
  /**
   * Changes the configuration that stood at `version`; fields that are not in `changes` stay. Refused with
   * `ERR_ROOM_CONFLICT` when it stands at another version by now. Hosts only.
   */
  | { readonly action: 'configure'; readonly version: number; readonly changes: Partial<RoomConfiguration> }
  /** Starts or ends the recording of everybody's voice; everybody is told. Hosts only. */
  | { readonly action: 'record'; readonly active: boolean }
  /**
   * Turns a device of somebody off in all their tabs, the microphone unless `source` names another. They may turn it on
   * again; for good, make them a viewer. Hosts only.
   */
  | { readonly action: 'mute'; readonly participantId: string; readonly source?: keyof MediaState }
  /** Sends somebody away, who may not come back until `letIn`. Hosts only. */
  | { readonly action: 'remove'; readonly participantId: string; readonly reason?: string }
  /** Lets somebody come in again who was removed. Hosts only. */
  | { readonly action: 'letIn'; readonly participantId: string }
  /**
   * From now on whoever is new, and no host, waits until a host admits them; `false` lets in all who wait. Whoever is here,
   * or away, may come and go. Hosts only.
   */
  | { readonly action: 'waitingRoom'; readonly active: boolean }
  /** Lets somebody in who waits, now and as often as they come back. Hosts only. */
  | { readonly action: 'admit'; readonly participantId: string }
  /** Sends somebody away who waits, and is told `reason`; they may ask again a little later. Hosts only. */
  | { readonly action: 'refuse'; readonly participantId: string; readonly reason?: string }
  /** Takes the words of an entry out of the log for good, and out of what everybody shows. Hosts only. */
  | { readonly action: 'redact'; readonly seq: number; readonly reason?: string }
  /** Nobody comes in any more but hosts; whoever is here, or away, stays. Hosts only. */
  | { readonly action: 'lock' }
  | { readonly action: 'unlock' }
  /** Keeps something of the application's own in the log, for everybody; who may depends on the topic. */
  | { readonly action: 'publish'; readonly topic: string; readonly data: AppData }
  /** Asks for a topic's entries above `after`, oldest first; 1–200 of them, fewer where many others are between. */
  | { readonly action: 'appEntries'; readonly topic: string; readonly after: number; readonly limit: number }
  /** Closes the room for everybody. Hosts only. */
  | { readonly action: 'close'; readonly reason?: string };

/** Name of something a client may ask for. */
export type RoomRequestAction = RoomRequest['action'];

/** A request of one action. */
export type RoomRequestOf<A extends RoomRequestAction> = Extract<RoomRequest, { readonly action: A }>;

/** A stretch of a topic's entries, oldest first. */
export interface AppEntriesPage {
  readonly entries: readonly LogEntryOf<'app'>[];
  /** Every entry of the topic up to this number is known now: the `after` of the next page. */
  readonly readUpTo: number;
  /** Whether the log goes on above `readUpTo`. */
  readonly hasMore: boolean;
}

/** What `done` brings, for the actions that bring something. */
export interface RoomRequestResults {
  /** The configuration as it is now. */
  readonly configure: { readonly version: number; readonly configuration: RoomConfiguration };
  /** Number of the entry. */
  readonly publish: { readonly seq: number };
  readonly appEntries: AppEntriesPage;
}

/** What `done` brings for one action; `undefined` when there is nothing but that it is done. */
export type RoomRequestResult<A extends RoomRequestAction> = A extends keyof RoomRequestResults
  ? RoomRequestResults[A]
  : undefined;
