/** First line of every recording. */
export interface RecordingHeader {
  readonly type: 'header';
  readonly format: 'gemini-live-recording';
  readonly version: 1;
  /** RFC 3339; every `atMs` counts from here. */
  readonly startedAt: string;
  /** Where the connections went, without a query. */
  readonly upstream: string;
  /** Whether media are there, or only what they hash to. */
  readonly media: MediaTreatment;
}

/** What a recorder does with audio, pictures and video. */
export type MediaTreatment = 'keep' | 'fingerprint';

/** In place of media: enough to tell whether two are the same. */
export interface MediaFingerprint {
  /** Of the decoded bytes, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A client connected, and the upstream took it. */
export interface OpenLine {
  readonly type: 'open';
  readonly atMs: number;
  /** Counted from 1, in the order in which clients came. */
  readonly connection: number;
  /** Path and query, without keys. */
  readonly path: string;
}

/** The upstream did not take a connection. */
export interface RefusedLine {
  readonly type: 'refused';
  readonly atMs: number;
  readonly connection: number;
  readonly path: string;
  /** HTTP status; `null` when it could not be reached. */
  readonly status: number | null;
}

/** A client asked for an ephemeral token. What it asked and what it got are not written. */
export interface TokenLine {
  readonly type: 'token';
  readonly atMs: number;
  /** Path and query, without keys. */
  readonly path: string;
  /** HTTP status of the upstream's answer; `null` when there was none. */
  readonly status: number | null;
}

/** One message, in exactly one of three forms. */
export interface MessageLine {
  readonly type: 'client' | 'server';
  readonly atMs: number;
  readonly connection: number;
  readonly frame: 'text' | 'binary';
  /** A message that is JSON. */
  readonly message?: unknown;
  /** One that is text and no JSON. */
  readonly text?: string;
  /** One that is neither, in Base64. */
  readonly base64?: string;
}

/** A connection ended. */
export interface CloseLine {
  readonly type: 'close';
  readonly atMs: number;
  readonly connection: number;
  /** Who began. */
  readonly by: 'client' | 'server';
  readonly code: number;
  readonly reason: string;
}

/** One line of a recording. */
export type RecordingLine = RecordingHeader | OpenLine | RefusedLine | TokenLine | MessageLine | CloseLine;
