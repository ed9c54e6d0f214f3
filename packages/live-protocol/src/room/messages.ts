import type { RoomConfiguration } from './configuration.ts';
import type { EntryActor, LogEntry, ParticipantRole } from './entries.ts';
import type { FloorState, PicturePin } from './floor.ts';
import type { RoomRequest } from './requests.ts';
import type { RoomUsage } from './usage.ts';

/** WebSocket subprotocol of the room wire; the major version is part of the name. */
export const ROOM_SUBPROTOCOL = 'colloquy.room.v1';

/** Prefix of the second offered subprotocol, which carries a ticket: `ticket.<ticket>`. */
export const TICKET_SUBPROTOCOL_PREFIX = 'ticket.';

/** Version of the messages, sent in `hello` and `welcome`. */
export const ROOM_WIRE_VERSION = 1;

/** Which devices of a participant are on. */
export interface MediaState {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

/** What a client decodes beyond PCM16 and JPEG, which everybody does. */
export interface MediaAbilities {
  readonly audio?: readonly 'opus'[];
  readonly video?: readonly 'vp8'[];
}

/** What senders send now: the best that everybody who is present decodes. */
export interface RoomCodecs {
  readonly audio: 'pcm16' | 'opus';
  readonly video: 'jpeg' | 'vp8';
}

/** Whose pictures a client shows: those of these participants, or everybody's. */
export type WatchList = 'all' | readonly string[];

/** One person in a room, or the model (index 0), as everybody sees them. */
export interface Participant {
  readonly participantId: string;
  /** Index in media frames, 1–65535, kept for the room's life in one server; `0` is the model. */
  readonly index: number;
  readonly name: string;
  readonly role: ParticipantRole | 'model';
  /** `away`: the connection broke less than the grace period ago. */
  readonly status: 'present' | 'away';
  readonly media: MediaState;
  /** Whether the server hears speech from this person now. */
  readonly speaking: boolean;
}

/** A room as lists and `welcome` show it. */
export interface RoomInfo {
  readonly id: string;
  readonly name: string;
  readonly status: 'open' | 'closed';
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** Who made the room; `null` where the server did, or did not say. */
  readonly createdBy: EntryActor | null;
  readonly closedAt: number | null;
  readonly configuration: RoomConfiguration;
  /** Grows by one with every change of the configuration; 1 at first. */
  readonly configurationVersion: number;
  /** Nobody comes in any more but hosts. */
  readonly locked: boolean;
  /** Whoever is new, and no host, waits until a host admits them. */
  readonly waitingRoom: boolean;
}

/** Somebody who wants to come in and waits for a host. */
export interface WaitingPerson {
  readonly participantId: string;
  readonly name: string;
  /** What they may do once they are in. */
  readonly role: ParticipantRole;
  /** Since when they wait, milliseconds since the Unix epoch. */
  readonly since: number;
}

/** A room in a list, with who is there now. */
export interface RoomSummary extends RoomInfo {
  /** People connected at this moment to the server that answers. */
  readonly participantCount: number;
}

/** What the model of a room is doing. */
export type ModelStatus =
  /** No session is needed: nobody is here. */
  | 'off'
  | 'connecting'
  | 'listening'
  | 'thinking'
  | 'speaking'
  /** The upstream connection is being replaced; input is kept. */
  | 'reconnecting'
  /** The session could not be kept; `reason` says why. */
  | 'failed';

/** State of the model, in `welcome` and whenever it changes. */
export interface ModelState {
  readonly status: ModelStatus;
  /** Number of the current or last turn; 0 before the first. */
  readonly turn: number;
  /** Why it failed or reconnects, in words for people. */
  readonly reason?: string;
}

/** A model answer or a transcript of speech that is still growing. */
export interface InflightMessage {
  readonly messageId: string;
  readonly kind: 'ai' | 'speech';
  readonly turn: number;
  readonly speakers: readonly EntryActor[];
  readonly text: string;
}

/** What a model session is set up with, for showing it; `null` where there is no model. */
export type EffectiveSetup = Readonly<Record<string, unknown>>;

/** Where a client wants to go on reading. */
export interface ResumePoint {
  readonly epoch: number;
  readonly seq: number;
}

/** What the server allows a client, told in `welcome`. */
export interface RoomLimits {
  /** Longest text of one message, in UTF-16 units. */
  readonly maxTextLength: number;
  /** Largest WebSocket message, in bytes. */
  readonly maxMessageBytes: number;
  /** Most pictures per second for the model. */
  readonly maxPicturesPerSecond: number;
}

/** Whether a room is recorded. */
export interface RecordingState {
  readonly active: boolean;
  /** `null` while nothing is recorded, as are `by` and `since`. */
  readonly recordingId: string | null;
  /** Who started it. */
  readonly by: EntryActor | null;
  /** Milliseconds since the Unix epoch. */
  readonly since: number | null;
}

/** A piece of a text around what was looked for. */
export interface SearchSnippet {
  /** With `…` where the text goes on. */
  readonly text: string;
  /** UTF-16 offsets in `text` of the words that were found, `end` exclusive, in order. */
  readonly marks: readonly { readonly start: number; readonly end: number }[];
}

/** An entry that was found by its words. */
export interface SearchHit {
  readonly entry: LogEntry;
  readonly snippet: SearchSnippet;
}

/** Messages from a client to the server, as JSON in text frames. */
export type RoomClientMessage =
  /** First message of a connection, within the deadline. `clientId` survives reconnects and reloads of one tab. */
  | {
      readonly type: 'hello';
      readonly v: number;
      readonly clientId: string;
      readonly resume?: ResumePoint;
      readonly receive?: MediaAbilities;
    }
  /** Publishes a text. Answered by `ack` or `nack` with the same `cid`. */
  | {
      readonly type: 'pub';
      readonly cid: string;
      readonly kind: 'msg.text';
      readonly body: { readonly text: string; readonly toModel: boolean };
    }
  /** Tells which devices are on. */
  | { readonly type: 'media'; readonly media: MediaState }
  /** Tells whose pictures are shown; others are not sent. Until the first one: everybody's. */
  | { readonly type: 'watch'; readonly cameras: WatchList; readonly screens: WatchList }
  /** Stops the model's current answer for everybody. */
  | { readonly type: 'interrupt' }
  /** Asks for the floor or gives it back; `grant` and `revoke` are for hosts. Without `participantId` it is one's own. */
  | {
      readonly type: 'floor';
      readonly action: 'request' | 'release' | 'grant' | 'revoke';
      readonly participantId?: string;
    }
  /** Hosts: the model sees this picture before others; `null` lets it choose again. */
  | { readonly type: 'pin'; readonly pin: PicturePin | null }
  /** Asks for a page of entries before `before` (exclusive). Answered by `history` with the same `id`. */
  | { readonly type: 'history'; readonly id: string; readonly before: number; readonly limit: number }
  /**
   * Asks for entries with all of these words, newest first, below `before`. Answered by `found` with the same `id`.
   */
  | {
      readonly type: 'search';
      readonly id: string;
      readonly query: string;
      readonly before?: number;
      readonly limit: number;
    }
  /** A gap was seen: asks for every entry after `from`. Answered by `entries`. */
  | { readonly type: 'sync'; readonly from: number }
  /** Asks for something that is answered by `done` or `refused` with the same `id`, which is new for every request. */
  | ({ readonly type: 'request'; readonly id: string } & RoomRequest)
  /**
   * The tools of the room that this client can run, all of them each time, and the calls that it is running, after a
   * broken connection.
   */
  | { readonly type: 'tools'; readonly names: readonly string[]; readonly running?: readonly string[] }
  /** The answer to a `toolCall`. */
  | { readonly type: 'toolResult'; readonly callId: string; readonly response: Readonly<Record<string, unknown>> }
  /** The tool threw; the model is told `message`. */
  | { readonly type: 'toolFailed'; readonly callId: string; readonly message: string }
  /** Answers `toolApproval`; the first decision counts. */
  | { readonly type: 'toolDecision'; readonly callId: string; readonly approved: boolean }
  | { readonly type: 'ping'; readonly t: number }
  /** Leaves at once, without the grace period; the server closes with 1000. */
  | { readonly type: 'leave' };

/** Messages from the server to a client, as JSON in text frames. */
export type RoomServerMessage =
  /**
   * This client is in the waiting room: `welcome` follows when a host admits it, a close when not. `position` is 1 for who
   * waits longest; again whenever it changes.
   */
  | { readonly type: 'waiting'; readonly position: number }
  /** Hosts: who waits to be admitted, the longest first; whenever it changes. */
  | { readonly type: 'waitingList'; readonly people: readonly WaitingPerson[] }
  /** Answers `hello`; `entries` follow until `top`, then live. */
  | {
      readonly type: 'welcome';
      readonly v: number;
      readonly room: RoomInfo;
      readonly epoch: number;
      /** Highest sequence number at this moment. */
      readonly top: number;
      /** `true`: every entry after `resume.seq` follows. `false`: the newest page follows, older ones by `history`. */
      readonly recovered: boolean;
      /** Entries above this number were never durable: forget them. */
      readonly truncateAfter?: number;
      /** Whether entries before the first one that follows exist. */
      readonly hasOlder: boolean;
      readonly self: { readonly participantId: string; readonly index: number; readonly connectionId: string };
      readonly participants: readonly Participant[];
      readonly presenceVersion: number;
      readonly inflight: readonly InflightMessage[];
      readonly model: ModelState;
      readonly floor: FloorState;
      readonly pin: PicturePin | null;
      readonly effective: EffectiveSetup | null;
      /** Whether the room is recorded; show it as long as it is. */
      readonly recording: RecordingState;
      readonly limits: RoomLimits;
      /** What this client shall send now. */
      readonly codecs: RoomCodecs;
      readonly serverTime: number;
    }
  | { readonly type: 'entries'; readonly entries: readonly LogEntry[] }
  | { readonly type: 'ack'; readonly cid: string; readonly seq: number }
  | {
      readonly type: 'nack';
      readonly cid: string;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    }
  /** Who changed. A version that is not the last one +1 means a lost message: say `hello` again by reconnecting. */
  | {
      readonly type: 'presence';
      readonly version: number;
      readonly changed: readonly Participant[];
      readonly removed: readonly string[];
    }
  /**
   * Text of a message that is still growing. `offset` is where `text` goes, in UTF-16 units; a `delta` may replace what
   * stood from there on. The final text follows as a log entry with the same `messageId`.
   */
  | {
      readonly type: 'delta';
      readonly messageId: string;
      readonly kind: 'ai' | 'speech';
      readonly turn: number;
      readonly speakers: readonly EntryActor[];
      readonly offset: number;
      readonly text: string;
    }
  | { readonly type: 'model'; readonly model: ModelState }
  /** Who has the floor, or who may speak to the model, has changed. */
  | { readonly type: 'floor'; readonly floor: FloorState }
  | { readonly type: 'pin'; readonly pin: PicturePin | null }
  /** What senders shall send from now on: who is present changed. */
  | { readonly type: 'codecs'; readonly audio: RoomCodecs['audio']; readonly video: RoomCodecs['video'] }
  /** Somebody cannot go on without a whole picture of this client's camera or screen: send one next. */
  | { readonly type: 'keyFrame'; readonly source: 'camera' | 'screen' }
  /** Stop playing the model's audio of this turn and of earlier ones, at once. */
  | { readonly type: 'interrupted'; readonly turn: number }
  | {
      readonly type: 'history';
      readonly id: string;
      readonly entries: readonly LogEntry[];
      readonly hasOlder: boolean;
    }
  /**
   * The configuration of the room has changed. `effective`: what the model session is set up with, as far as the service
   * has a say; its form depends on the model's service.
   */
  | {
      readonly type: 'settings';
      readonly version: number;
      readonly configuration: RoomConfiguration;
      readonly effective: EffectiveSetup | null;
      readonly by: EntryActor;
    }
  /** A host locked or unlocked the room, or turned its waiting room on or off. */
  | { readonly type: 'doors'; readonly locked: boolean; readonly waitingRoom: boolean; readonly by: EntryActor }
  /** A host turned a device of this person off: it must be turned off, and may be turned on again. */
  | { readonly type: 'muted'; readonly source: keyof MediaState; readonly by: EntryActor }
  /** A request was carried out; `result` is what it brings, for actions that bring something. */
  | { readonly type: 'done'; readonly id: string; readonly result?: unknown }
  /** A request was not carried out. `retryable`: the same may be granted later. */
  | {
      readonly type: 'refused';
      readonly id: string;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    }
  /** Answers `search`. `before` is where to look on, `null` at the end; a page may have no hits and go on. */
  | {
      readonly type: 'found';
      readonly id: string;
      readonly hits: readonly SearchHit[];
      readonly before: number | null;
      /** Why nothing could be looked for. */
      readonly problem?: string;
    }
  /** This client is to run a tool and to answer with `toolResult` or `toolFailed`. It is never sent twice. */
  | {
      readonly type: 'toolCall';
      readonly callId: string;
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
      /** Milliseconds from now; `null`: without limit. */
      readonly deadlineMs: number | null;
      /** Largest `response`, in bytes of JSON; `0`: any. */
      readonly maxBytes: number;
    }
  /** The answer to a `toolCall` is not wanted any more. */
  | { readonly type: 'toolCancelled'; readonly callId: string }
  /** May this tool run? To everybody who may decide; answered by `toolDecision`. Also to those who come later. */
  | {
      readonly type: 'toolApproval';
      readonly callId: string;
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
      readonly requestedBy: readonly EntryActor[];
      /** Milliseconds from now until it counts as refused; `null`: without limit. */
      readonly deadlineMs: number | null;
    }
  /** There is nothing to decide any more. `by` is `null` when nobody decided in time or the call was cancelled. */
  | {
      readonly type: 'toolDecided';
      readonly callId: string;
      readonly approved: boolean;
      readonly by: EntryActor | null;
    }
  /** What the room has used of its model: after turns, at most once in 2 s, and to newcomers. */
  | { readonly type: 'usage'; readonly usage: RoomUsage }
  /** Something that people should know; show it. */
  | { readonly type: 'notice'; readonly code: string; readonly message: string }
  | { readonly type: 'pong'; readonly t: number; readonly serverTime: number }
  /** A recording began or ended. */
  | { readonly type: 'recording'; readonly recording: RecordingState }
  /**
   * The log goes on in a new epoch: entries above `truncateAfter` of the epoch before were never durable. Forget them;
   * own texts among them are to be sent again under the same `cid`.
   */
  | { readonly type: 'epoch'; readonly epoch: number; readonly truncateAfter: number }
  /** The server goes away: reconnect after `inMs`. */
  | { readonly type: 'goaway'; readonly inMs: number }
  /** Something this client did was refused; the connection stays. */
  | { readonly type: 'error'; readonly code: string; readonly message: string };
