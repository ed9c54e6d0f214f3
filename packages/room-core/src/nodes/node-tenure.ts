import type { RoomLease } from '../ports/room-node.ts';
import type { EndedCall } from '../tools/tool-call.ts';
import type { KeptPeople } from './kept-people.ts';
import type { KeptSession } from './kept-session.ts';
import type { RoomHost } from './room-host.ts';

/** What a room is given that runs on one node among several: for how long, and what the node before knew of it. */
export interface NodeTenure {
  readonly lease: RoomLease;
  readonly people: Pick<KeptPeople, 'before' | 'changed'>;
  readonly session: Pick<KeptSession, 'handle' | 'keep'>;
  /** Calls of tools that the session has made of late; all of them are over. */
  readonly calls: readonly EndedCall[];
  /** The room rests: nobody has been in it for a while, or it was closed. */
  readonly onEnded: () => void;
  /** The log took nothing more under this lease. */
  readonly onFenced: () => void;
}

/** A room that runs on this node. */
export interface LocalHost extends RoomHost {
  /** It goes on elsewhere. Resolves when everything it wrote is stored. Never rejects. */
  handOver(): Promise<void>;
}
