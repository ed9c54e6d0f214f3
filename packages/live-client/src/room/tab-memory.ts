import type { OutboxRecord } from './outbox.ts';

/** Where the identity of a tab in a room survives a reload. */
export interface TabMemory {
  /** What was kept, which is then nobody else's; `null` when there is nothing. */
  take(key: string): OutboxRecord | null;
  keep(key: string, record: OutboxRecord): void;
}

const PREFIX = 'colloquy.room-client:';

/**
 * Memory in the tab's `sessionStorage`, if there is one.
 *
 * A record is in the storage only while no page uses it: duplicating a tab copies its storage, and two tabs with one
 * client id would push each other out of the room.
 */
export function sessionTabMemory(): TabMemory {
  return {
    take: (key) => {
      try {
        const text = sessionStorage.getItem(PREFIX + key);
        sessionStorage.removeItem(PREFIX + key);
        return text === null ? null : parseRecord(text);
      } catch {
        // No storage, or it is switched off: the tab is a new client after a reload.
        return null;
      }
    },
    keep: (key, record) => {
      try {
        sessionStorage.setItem(PREFIX + key, JSON.stringify(record));
      } catch {
        // As above.
      }
    },
  };
}

function parseRecord(text: string): OutboxRecord | null {
  const value = JSON.parse(text) as Partial<OutboxRecord> | null;
  const { clientId, next, waiting } = value ?? {};
  if (typeof clientId !== 'string' || !Number.isSafeInteger(next) || !Array.isArray(waiting)) return null;
  return { clientId, next: next as number, waiting: waiting.filter(isWaiting) };
}

function isWaiting(value: unknown): value is OutboxRecord['waiting'][number] {
  const text = value as OutboxRecord['waiting'][number] | null;
  if (typeof text?.text !== 'string' || typeof text.toModel !== 'boolean' || typeof text.ts !== 'number') return false;
  return text.n === null || Number.isSafeInteger(text.n);
}
