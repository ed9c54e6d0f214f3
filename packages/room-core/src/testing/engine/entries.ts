import { DEFAULT_ROOM_CONFIGURATION, type EntryActor, type LogEntry, type NewEntry } from '@colloquy/live-protocol';
import type { RoomRecord } from '../../ports/room-engine.ts';

export const ana: EntryActor = { participantId: 'ana', name: 'Ana' };

export const weirdTexts: readonly string[] = [
  '日本語 ελληνικά 🧑‍🤝‍🧑',
  '"quoted" \'single\' `back` \\ slash',
  "'; DROP TABLE entries; --",
  '../../etc/passwd',
  'line\nbreak\ttab\u0000nul\u2028',
  '__proto__',
  ' spaces around ',
];

export function textEntry(text: string, cid?: string, participantId = 'ana'): NewEntry {
  const actor = { participantId, name: 'Ana' };
  return { kind: 'msg.text', actor, body: { text, toModel: false }, ...(cid !== undefined && { cid }) };
}

export function roomRecord(id: string, changes: Partial<RoomRecord> = {}): RoomRecord {
  return {
    id,
    name: `Room ${id}`,
    status: 'open',
    createdAt: 1,
    closedAt: null,
    configuration: DEFAULT_ROOM_CONFIGURATION,
    version: 1,
    ...changes,
  };
}

/** What entries say: their words, or their kind. */
export function texts(entries: readonly LogEntry[]): readonly string[] {
  return entries.map((entry) => (entry.kind === 'msg.text' ? entry.body.text : entry.kind));
}
