import type { RoomClientMessage } from '@colloquy/live-protocol';
import type { Store } from '../store.ts';
import { notConnected } from './not-connected.ts';
import { PageRequests } from './page-requests.ts';
import type { RoomSnapshot } from './room-snapshot.ts';
import type { RoomState } from './room-state.ts';
import type { SearchRoomOptions, SearchRoomPage } from './search-room.ts';

/** What {@link LogPages} work with. */
export interface LogPagesPort {
  readonly store: Store<RoomSnapshot>;
  readonly state: RoomState;
  readonly send: (message: RoomClientMessage) => void;
  readonly isOpen: () => boolean;
  /** Entries that one page of older ones has. */
  readonly pageSize: number;
  /** Longest wait for a page, in milliseconds; `0` waits for ever. */
  readonly timeoutMs: number;
}

/** Looks back into the log: older entries go into the timeline, what was searched for to who asked. */
export class LogPages {
  readonly requests: PageRequests;
  readonly #port: LogPagesPort;

  constructor(port: LogPagesPort) {
    this.#port = port;
    this.requests = new PageRequests(port.send, port.timeoutMs);
  }

  /** See `RoomClient.loadOlder`. */
  async loadOlder(): Promise<void> {
    const { store, state, isOpen, pageSize } = this.#port;
    const { hasOlder, loadingOlder } = store.snapshot;
    const before = state.firstSeq;
    if (!hasOlder || loadingOlder || before === null) return;
    if (!isOpen()) throw notConnected('loadOlder');
    store.update({ loadingOlder: true });
    try {
      state.receive(await this.requests.history(before, pageSize));
    } finally {
      store.update({ loadingOlder: false });
    }
  }

  /** See `RoomClient.search`. */
  async search(query: string, { limit = 20, before = null }: SearchRoomOptions): Promise<SearchRoomPage> {
    if (!(limit >= 1 && limit <= 100)) throw new RangeError(`"limit" is 1 to 100; got ${limit}.`);
    if (!this.#port.isOpen()) throw notConnected('search');
    const { hits, before: next } = await this.requests.search(query, limit, before);
    return { hits, before: next };
  }
}
