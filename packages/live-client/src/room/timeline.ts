import type { EntryActor, LogEntry } from '@colloquy/live-protocol';
import type { GrowingMessage } from './growing-messages.ts';
import type { OutgoingText, RefusedText } from './outbox.ts';
import type { TimelineItem } from './timeline-item.ts';

/** Who is looking. */
export interface TimelineViewer {
  readonly participantId: string;
  readonly name: string;
}

/** What a timeline is made of, each oldest first. */
export interface TimelineParts {
  readonly entries: readonly TimelineItem[];
  readonly growing: readonly GrowingMessage[];
  readonly refused: readonly RefusedText[];
  readonly sending: readonly OutgoingText[];
  readonly viewer: TimelineViewer | null;
}

/** Log entries with what was refused among them, then what is being said, then what the log does not have yet. */
export function buildTimeline(parts: TimelineParts): readonly TimelineItem[] {
  const { viewer } = parts;
  return [
    ...withRefused(parts.entries, parts.refused, viewer),
    ...parts.growing.map((message) => growingItem(message, viewer)),
    ...parts.sending.map((text) => outgoingItem(text, viewer, 'sending')),
  ];
}

/**
 * The item of a log entry; `null` for kinds that are not shown.
 *
 * @param id - the id it had while it was sent, if it was sent from here.
 */
export function entryItem(entry: LogEntry, viewer: TimelineViewer | null, id: string | null): TimelineItem | null {
  const { seq, ts, actor } = entry;
  const own = actor.participantId === viewer?.participantId;
  const redacted = 'redacted' in entry.body ? ({ redacted: true } as const) : {};
  const base = { seq, ts, entry, own, state: 'final', ...redacted } as const;
  switch (entry.kind) {
    case 'msg.text':
      return {
        ...base,
        id: id ?? `entry:${seq}`,
        kind: 'text',
        speakers: [actor],
        text: entry.body.text,
        toModel: entry.body.toModel,
      };
    case 'speech.final': {
      const { messageId, text, speakers } = entry.body;
      return { ...base, id: `message:${messageId}`, kind: 'speech', speakers, text, own: isAmong(viewer, speakers) };
    }
    case 'ai.message':
    case 'ai.interrupted': {
      const { messageId, text } = entry.body;
      const state = entry.kind === 'ai.interrupted' ? 'interrupted' : 'final';
      return { ...base, id: `message:${messageId}`, kind: 'ai', speakers: [actor], text, state };
    }
    default: {
      const text = noticeText(entry);
      return text === null ? null : { ...base, id: `entry:${seq}`, kind: 'notice', speakers: [actor], text };
    }
  }
}

/** A text that was refused stays where it was written while the conversation goes on. */
function withRefused(
  entries: readonly TimelineItem[],
  refused: readonly RefusedText[],
  viewer: TimelineViewer | null,
): readonly TimelineItem[] {
  if (refused.length === 0) return entries;
  const before = (afterSeq: number) => entries.filter(({ seq }) => seq !== null && seq <= afterSeq).length;
  let done = 0;
  const items = refused.flatMap((text) => {
    const end = Math.max(done, before(text.afterSeq));
    const earlier = entries.slice(done, end);
    done = end;
    return [...earlier, { ...outgoingItem(text, viewer, 'failed'), problem: text.problem }];
  });
  return [...items, ...entries.slice(done)];
}

function growingItem(message: GrowingMessage, viewer: TimelineViewer | null): TimelineItem {
  const { messageId, kind, speakers, text, ts } = message;
  const own = isAmong(viewer, speakers);
  return { id: `message:${messageId}`, kind, seq: null, ts, speakers, text, state: 'growing', own };
}

function outgoingItem(
  { id, text, toModel, ts }: OutgoingText,
  viewer: TimelineViewer | null,
  state: 'sending' | 'failed',
): TimelineItem {
  return { id, kind: 'text', seq: null, ts, speakers: viewer ? [viewer] : [], text, toModel, state, own: true };
}

function isAmong(viewer: TimelineViewer | null, speakers: readonly EntryActor[]): boolean {
  return speakers.some((speaker) => speaker.participantId === viewer?.participantId);
}

/** English for what happened; an app in another language reads `entry` instead. */
function noticeText(entry: LogEntry): string | null {
  switch (entry.kind) {
    case 'participant.added':
      return `${entry.body.name} joined.`;
    case 'participant.removed':
      return entry.body.reason === 'removed' ? `${entry.body.name} was removed.` : `${entry.body.name} left.`;
    case 'participant.role':
      return `${entry.body.name} is a ${entry.body.role} now.`;
    case 'settings':
      return `${entry.actor.name} changed ${Object.keys(entry.body.changes).join(', ')}.`;
    case 'session.started':
      return `The model listens (${entry.body.model}).`;
    case 'session.resumed':
      return 'The model is back.';
    case 'session.lost':
      return `The model was lost: ${entry.body.reason}`;
    case 'room.locked':
      return `${entry.actor.name} locked the room.`;
    case 'room.unlocked':
      return `${entry.actor.name} unlocked the room.`;
    case 'room.reopened':
      return 'The room was reopened.';
    case 'room.closed':
      return entry.body.reason === '' ? 'The room was closed.' : `The room was closed: ${entry.body.reason}`;
    case 'tool.call':
      return `${entry.actor.name} uses ${entry.body.name}.`;
    case 'tool.result':
      return entry.body.outcome === 'answered' ? null : `${entry.body.name} ${entry.body.outcome}.`;
    default:
      // A kind of a newer server: it counts in the log and is not shown.
      return null;
  }
}
