import type { LogEntry } from '@colloquy/live-protocol';
import { parseCid } from '../engine/client-number.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClientNumber } from '../ports/room-engine.ts';
import type { LogChain } from './log-chain.ts';

/** A client that was silent for a day begins anew: its page is long gone. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** Most clients that a segment names; the oldest are forgotten first. */
const MOST_CLIENTS = 10_000;

/** The last number of each client of a room, for the header of the next segment. */
export class ClientTable {
  /** In the order of use, the latest last. */
  readonly #clients = new Map<string, ClientNumber>();

  constructor(clients: readonly ClientNumber[] = []) {
    for (const client of clients) this.#note(client);
  }

  noteEntry({ cid, actor, ts }: LogEntry): void {
    if (cid !== undefined) this.note(actor.participantId, cid, ts);
  }

  note(participantId: string, cid: string, ts: number): void {
    this.#note({ participantId, ...parseCid(cid), ts });
  }

  /** Those that were active within a day before `now`. */
  list(now: number): readonly ClientNumber[] {
    return [...this.#clients.values()].filter(({ ts }) => now - ts < REMEMBERED_MS).slice(-MOST_CLIENTS);
  }

  #note(client: ClientNumber): void {
    const key = JSON.stringify([client.participantId, client.clientId]);
    const known = this.#clients.get(key);
    this.#clients.delete(key);
    this.#clients.set(key, known && known.n > client.n ? { ...client, n: known.n } : client);
    if (this.#clients.size <= MOST_CLIENTS) return;
    for (const oldest of this.#clients.keys()) {
      this.#clients.delete(oldest);
      return;
    }
  }
}

/** The last number of each client after these entries, which follow the stored log. @throws RoomCoreError of the store */
export async function clientsFromLog(
  chain: Pick<LogChain, 'lastSegment'>,
  entries: readonly LogEntry[],
  clock: Pick<Clock, 'now'>,
): Promise<readonly ClientNumber[]> {
  const table = new ClientTable((await chain.lastSegment())?.clients);
  for (const entry of entries) table.noteEntry(entry);
  return table.list(clock.now());
}
