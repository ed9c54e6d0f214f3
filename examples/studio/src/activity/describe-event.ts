import type { LoggedEvent } from '@colloquy/live-client';
import type { LogEntry } from '@colloquy/live-protocol';

/** What events can be filtered by. */
export const EVENT_TOPICS = ['words', 'people', 'model', 'tools', 'board', 'room', 'connection'] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

/** What topics are called. */
export const TOPIC_WORDS: Readonly<Record<EventTopic, string>> = {
  words: 'Words',
  people: 'People',
  model: 'Model',
  tools: 'Tools',
  board: 'Board',
  room: 'Room',
  connection: 'Connection',
};

/** An event for reading. */
export interface DescribedEvent {
  readonly topic: EventTopic;
  readonly title: string;
  /** More, where there is more: arguments, words, reasons. */
  readonly detail: string;
  readonly isTrouble: boolean;
}

/** Puts an event into words. */
export function describeEvent(event: LoggedEvent): DescribedEvent {
  switch (event.type) {
    case 'entry':
      return describeEntry(event.entry);
    case 'connection': {
      const again = event.attempt > 0 ? ` (attempt ${event.attempt})` : '';
      const isTrouble = event.status === 'reconnecting';
      return { topic: 'connection', title: `Connection ${event.status}${again}`, detail: '', isTrouble };
    }
    case 'model': {
      const isTrouble = event.status === 'failed' || event.status === 'reconnecting';
      return { topic: 'model', title: `Model ${event.status}`, detail: event.reason ?? '', isTrouble };
    }
    case 'notice':
      return { topic: 'room', title: event.code, detail: event.message, isTrouble: true };
    case 'error':
      return { topic: 'connection', title: event.error.code, detail: event.error.message, isTrouble: true };
    default:
      return event satisfies never;
  }
}

function describeEntry(entry: LogEntry): DescribedEvent {
  const who = entry.actor.name;
  const calm = (topic: EventTopic, title: string, detail = ''): DescribedEvent => {
    return { topic, title, detail, isTrouble: false };
  };
  switch (entry.kind) {
    case 'msg.text':
      return calm('words', `${who} wrote`, entry.body.text);
    case 'speech.final': {
      const names = entry.body.speakers.map(({ name }) => name).join(' and ') || 'Somebody';
      return calm('words', `${names} said`, entry.body.text);
    }
    case 'ai.message':
      return calm('words', `${who} answered`, entry.body.text);
    case 'ai.interrupted':
      return calm('words', `${who} was interrupted (${entry.body.reason})`, entry.body.text);
    case 'tool.call':
      return calm('tools', `${entry.body.name} called`, JSON.stringify(entry.body.args));
    case 'tool.result': {
      const { name, outcome, response } = entry.body;
      return {
        topic: 'tools',
        title: `${name} ${outcome}`,
        detail: JSON.stringify(response),
        isTrouble: outcome !== 'answered',
      };
    }
    case 'participant.added':
      return calm('people', `${entry.body.name} joined as ${entry.body.role}`);
    case 'participant.removed':
      return calm('people', `${entry.body.name} left`, entry.body.reason);
    case 'participant.role':
      return calm('people', `${entry.body.name} is a ${entry.body.role}`, `by ${who}`);
    case 'settings':
      return calm(
        'room',
        `${who} changed the settings (version ${entry.body.version})`,
        JSON.stringify(entry.body.changes),
      );
    case 'session.started':
      return calm('model', 'Session started', entry.body.model);
    case 'session.resumed':
      return calm('model', 'Session resumed', entry.body.model);
    case 'session.lost':
      return { topic: 'model', title: 'Session lost', detail: entry.body.reason, isTrouble: true };
    case 'app':
      return calm(
        'board',
        `${who}: ${String(entry.body.data.op ?? entry.body.topic)}`,
        JSON.stringify(entry.body.data),
      );
    case 'recording.started':
      return calm('room', `${who} started a recording`);
    case 'recording.stopped':
      return calm('room', 'The recording ended', entry.body.reason);
    case 'room.locked':
    case 'room.unlocked':
      return calm('room', `${who} ${entry.kind === 'room.locked' ? 'locked' : 'unlocked'} the room`);
    case 'room.reopened':
      return calm('room', `${who} reopened the room`);
    case 'room.closed':
      return calm('room', `${who} closed the room`, entry.body.reason);
    case 'log.discontinuity':
      return { topic: 'room', title: `Entries after ${entry.body.after} were lost`, detail: '', isTrouble: true };
    case 'log.unreadable':
      return { topic: 'room', title: `Entry ${entry.seq} cannot be read`, detail: '', isTrouble: true };
    default:
      // A kind of a newer server.
      return calm('room', (entry as LogEntry).kind);
  }
}
