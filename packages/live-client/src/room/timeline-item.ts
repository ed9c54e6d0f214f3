import type { EntryActor, LogEntry } from '@colloquy/live-protocol';

/** One line of a room's conversation, whoever it came from. */
export interface TimelineItem {
  /** Stays the same while a message is sent, grows and becomes final. */
  readonly id: string;
  /** `text` was written, `speech` was said by people, `ai` by the model; `notice` is what happened in the room. */
  readonly kind: 'text' | 'speech' | 'ai' | 'notice';
  /** Number in the room's log; `null` until it is there. */
  readonly seq: number | null;
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
  /** Who it is from, most active first; empty when nobody could be named. */
  readonly speakers: readonly EntryActor[];
  readonly text: string;
  /** `sending` waits for the server, `growing` is being said, `interrupted` was cut, `failed` was refused. */
  readonly state: 'sending' | 'final' | 'growing' | 'interrupted' | 'failed';
  /** Whether the model was asked to answer; only for `text`. */
  readonly toModel?: boolean;
  /** Whether this participant wrote or said it. */
  readonly own: boolean;
  /** A host took its words out of the log; `text` is empty. */
  readonly redacted?: true;
  /** Why it failed, in words for people. */
  readonly problem?: string;
  /** The log entry it was made from. */
  readonly entry?: LogEntry;
}
