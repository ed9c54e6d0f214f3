import type { LogEntry } from '@colloquy/live-protocol';
import type { RoomEngine } from '../ports/room-engine.ts';
import type { RoomLease } from '../ports/room-node.ts';
import type { HalfSaid } from './edge-mirror.ts';

/** What {@link writeHalfSaid} needs. */
export interface HalfSaidOptions {
  readonly engine: RoomEngine;
  readonly lease: RoomLease;
  readonly halfSaid: readonly HalfSaid[];
  /** The newest ones of the log. */
  readonly entries: readonly LogEntry[];
}

/** What the model was saying when its owner died is kept as far as people heard it. The owner may have written it after all. */
export async function writeHalfSaid({ engine, entries, lease, halfSaid }: HalfSaidOptions): Promise<void> {
  const { roomId } = lease;
  const written = new Set(entries.flatMap(({ body }) => ('messageId' in body ? [body.messageId] : [])));
  for (const { answersTo, messageId, speakers, text, turn } of halfSaid) {
    const [actor] = speakers;
    const said = text.trim();
    if (!actor || said === '' || written.has(messageId)) continue;
    const body = { messageId, turn, text: said, reason: 'failover' as const, answersTo };
    await engine.append(roomId, { kind: 'ai.interrupted', actor, body }, { lease });
  }
}
