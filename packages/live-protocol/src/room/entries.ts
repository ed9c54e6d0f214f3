import type { RoomConfiguration } from './configuration.ts';

/**
 * The room's log: one sequence of entries for the whole life of a room. Audio, pictures, typing, presence and the
 * model's words while it speaks are never in it.
 */

/** Who caused an entry. The model is `participantId: 'model'`, the room itself `'room'`. */
export interface EntryActor {
  readonly participantId: string;
  readonly name: string;
}

/** Id of the model as an actor and as a participant. */
export const MODEL_PARTICIPANT_ID = 'model';

/** Id of the room itself as an actor. */
export const ROOM_PARTICIPANT_ID = 'room';

/** What an application keeps in the log: an object that JSON can hold. */
export type AppData = Readonly<Record<string, unknown>>;

/** Body of each kind of entry. */
export interface EntryBodies {
  /** Something a person wrote. `toModel` says that the model was asked to answer it. */
  'msg.text': { readonly text: string; readonly toModel: boolean; readonly redacted?: true };
  /**
   * What people said, as the model transcribed it. `speakers` are derived from whose microphone was active, most
   * active first; empty when nobody's was.
   */
  'speech.final': {
    readonly messageId: string;
    readonly text: string;
    readonly speakers: readonly EntryActor[];
    /** How the speakers were found: by voice activity of separate microphones. */
    readonly attribution: 'derived';
    /** Room time of the first and last voiced moment, milliseconds since the epoch. */
    readonly startedAt: number;
    readonly endedAt: number;
    readonly redacted?: true;
  };
  /** A whole answer of the model. */
  'ai.message': {
    readonly messageId: string;
    readonly turn: number;
    readonly text: string;
    /** `seq` of the newest text that the model had been asked when it began; 0: none. Absent in logs of older releases. */
    readonly answersTo?: number;
    readonly redacted?: true;
  };
  /** An answer that was cut: `text` is what was sent before the cut. */
  'ai.interrupted': {
    readonly messageId: string;
    readonly turn: number;
    readonly text: string;
    readonly reason: 'barge-in' | 'failover' | 'closed';
    /** As in `ai.message`. */
    readonly answersTo?: number;
    readonly redacted?: true;
  };
  /** The model was asked texts up to `answersTo`, and chose to say nothing. */
  'ai.silent': { readonly answersTo: number };
  /** The model called a tool. `requestedBy`: whose words made it do so, as derived from voice activity and texts. */
  'tool.call': {
    readonly callId: string;
    readonly name: string;
    readonly args: Readonly<Record<string, unknown>>;
    readonly requestedBy?: readonly EntryActor[];
  };
  /** How a call ended; each call has one. */
  'tool.result': {
    readonly callId: string;
    readonly name: string;
    readonly outcome: 'answered' | 'failed' | 'cancelled' | 'timed-out' | 'abandoned';
    /** What the model was told, or would have been. */
    readonly response: Readonly<Record<string, unknown>>;
    /** Answers that the tool gave before this one; absent: none. */
    readonly parts?: number;
    /** In whose browser it ran; absent for tools of the server. */
    readonly by?: EntryActor;
    /** Who allowed it, for tools that ask first. */
    readonly approvedBy?: EntryActor;
  };
  /**
   * Something of the application's own, such as a card of its board. `topic` says what of; `data` is checked by the
   * server when it is published, and means nothing to the room.
   */
  app: { readonly topic: string; readonly data: AppData };
  /** A host took the words of an earlier entry out of the log: it has none any more, and says `redacted`. */
  redact: { readonly seq: number; readonly reason: string };
  'participant.added': { readonly participantId: string; readonly name: string; readonly role: ParticipantRole };
  'participant.removed': { readonly participantId: string; readonly name: string; readonly reason: string };
  /** A host, or the application, changed what somebody may do. */
  'participant.role': { readonly participantId: string; readonly name: string; readonly role: ParticipantRole };
  /** The configuration was changed: `changes` has the fields that did, each as a whole. */
  settings: { readonly version: number; readonly changes: Partial<RoomConfiguration> };
  'session.started': { readonly model: string };
  'session.resumed': { readonly model: string };
  'session.lost': { readonly reason: string; readonly code: string };
  /** From here on everybody is recorded: whoever stays agrees to it. */
  'recording.started': { readonly recordingId: string };
  'recording.stopped': {
    readonly recordingId: string;
    readonly durationMs: number;
    readonly reason: 'asked' | 'nobody here' | 'room ended' | 'too long' | 'failed';
  };
  'room.locked': Readonly<Record<string, never>>;
  'room.unlocked': Readonly<Record<string, never>>;
  /** A closed room goes on. */
  'room.reopened': Readonly<Record<string, never>>;
  'room.closed': { readonly reason: string };
  /**
   * The engine lost entries it had given out: a new epoch begins, and what anybody has above `after` of an older one
   * never was.
   */
  'log.discontinuity': { readonly epoch: number; readonly after: number };
  /**
   * Stands for an entry that the store cannot give back: `first` to `last` are lost together. It is not stored itself: it
   * is what reading finds there, and goes when the store is mended.
   */
  'log.unreadable': { readonly first: number; readonly last: number };
}

/** What a participant may do: a host runs the room, a speaker talks, a viewer looks and listens. */
export type ParticipantRole = 'host' | 'speaker' | 'viewer';

/** Name of a kind of entry. */
export type EntryKind = keyof EntryBodies;

/** One entry of the log, tagged by `kind`. */
export type LogEntry = { readonly [K in EntryKind]: LogEntryOf<K> }[EntryKind];

/** One entry of a given kind. */
export interface LogEntryOf<K extends EntryKind> {
  readonly room: string;
  /** Grows by one only when the continuity of `seq` could not be proved. */
  readonly epoch: number;
  /** 1 for the first entry of a room, then +1 without a gap. */
  readonly seq: number;
  /** Milliseconds since the Unix epoch, by the clock of the engine. */
  readonly ts: number;
  readonly kind: K;
  readonly actor: EntryActor;
  /** `clientId:n` of a message that a client published: the same `cid` is never appended twice. */
  readonly cid?: string;
  readonly body: EntryBodies[K];
}

/** What is known of an entry before the engine numbers it. */
export type NewEntry = {
  readonly [K in EntryKind]: Pick<LogEntryOf<K>, 'kind' | 'actor' | 'body' | 'cid'>;
}[EntryKind];
