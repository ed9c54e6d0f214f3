import type { ReceivedFunctionCall, ServerEvent, TokenUsage } from '@colloquy/live-protocol';
import { type ConnectionSnapshot, IDLE_CONNECTION } from '../connection/connection-snapshot.ts';
import type { LiveClientError } from '../errors.ts';
import type { MediaSnapshot } from '../media-kit.ts';
import type { ContinuityNotice, ProxyNotice } from './proxy-message.ts';
import type { TranscriptItem } from './transcript.ts';

/** Everything a user interface shows of a session. Replaced, never changed. */
export interface LiveSnapshot extends MediaSnapshot {
  readonly connection: ConnectionSnapshot;
  /** Only Vertex names its sessions. */
  readonly sessionId: string | null;
  readonly model: 'off' | 'listening' | 'speaking';
  /** What the proxy told last of its own connection to the model; `null` when there is nothing to tell. */
  readonly continuity: ContinuityNotice | null;
  /** Oldest first. */
  readonly transcript: readonly TranscriptItem[];
  /** As last reported. */
  readonly usage: TokenUsage | null;
}

/** Before the first `connect()`. */
export function emptyLiveSnapshot(media: MediaSnapshot): LiveSnapshot {
  return {
    ...media,
    connection: IDLE_CONNECTION,
    sessionId: null,
    model: 'off',
    continuity: null,
    transcript: [],
    usage: null,
  };
}

/** What a {@link GeminiLiveAPI} tells its listeners. */
export interface LiveEvents {
  /** The setup was taken: the session can be used. `resumed`: it goes on where it was before a break. */
  readonly opened: { readonly sessionId: string | null; readonly resumed: boolean };
  readonly transcriptUpdated: {
    readonly speaker: TranscriptItem['speaker'];
    /** The whole of the item so far. */
    readonly text: string;
    readonly final: boolean;
    /** Of what the model said and was cut in: the words that were heard here; else `null`. */
    readonly heardText: string | null;
    readonly item: TranscriptItem;
  };
  /** Text that the model wrote; `thought` is a summary of its thinking. */
  readonly textReceived: { readonly text: string; readonly thought: boolean };
  /** Voice of the model: PCM16, mono. It is played already. */
  readonly audioReceived: { readonly samples: Int16Array; readonly sampleRate: number; readonly turn: number };
  /** Somebody cut the model; its sound has stopped. */
  readonly interrupted: { readonly turn: number };
  /** `reason` is `null` for a turn that simply ended. */
  readonly turnCompleted: { readonly turn: number; readonly reason: string | null };
  /** The model calls functions, also those that run as `tools`. Answer the others with `sendToolResponse()`. */
  readonly toolCalled: { readonly calls: readonly ReceivedFunctionCall[] };
  readonly toolCallsCancelled: { readonly ids: readonly string[] };
  readonly usageReported: { readonly usage: TokenUsage };
  /** Every meaning of every message, for what has no event of its own. */
  readonly eventReceived: { readonly event: ServerEvent };
  /** The proxy's own connection to the model changed; the session goes on, unless the state is `failed`. */
  readonly continuityChanged: ContinuityNotice;
  /** The proxy wants something known: a budget, a session or a ticket comes to its end. */
  readonly noticeReceived: ProxyNotice;
  readonly stateChanged: { readonly connection: ConnectionSnapshot };
  /** Something went wrong; the client goes on if it can. */
  readonly error: { readonly error: LiveClientError };
  /** The connection ended for good; always last. `null`: it was closed from here. */
  readonly closed: { readonly error: LiveClientError | null };
}
