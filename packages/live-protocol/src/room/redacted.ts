import type { LogEntry } from './entries.ts';

/** The entry without its words, as it stands in the log once a host has taken them out; `null` for one that has none. */
export function redactedEntry(entry: LogEntry): LogEntry | null {
  switch (entry.kind) {
    case 'msg.text':
      return { ...entry, body: { ...entry.body, text: '', redacted: true } };
    case 'speech.final':
      return { ...entry, body: { ...entry.body, text: '', redacted: true } };
    case 'ai.message':
      return { ...entry, body: { ...entry.body, text: '', redacted: true } };
    case 'ai.interrupted':
      return { ...entry, body: { ...entry.body, text: '', redacted: true } };
    default:
      return null;
  }
}
