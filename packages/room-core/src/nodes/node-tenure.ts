import type { RoomLease } from '../ports/room-node.ts';
import type { KeptPerson } from '../presence/roster.ts';
import type { EndedCall } from '../tools/tool-call.ts';
import type { KeptMedia } from './kept-media.ts';
import type { KeptState } from './kept-state.ts';
import type { KeptValue } from './kept-value.ts';
import type { RoomHost } from './room-host.ts';

/** What a room is given that runs on one node among several: for how long, and what the node before knew of it. */
export interface NodeTenure {
  readonly lease: RoomLease;
  readonly people: Pick<KeptState<readonly KeptPerson[]>, 'before' | 'changed'>;
  readonly media: Pick<KeptState<KeptMedia>, 'before' | 'changed'>;
  /** The handle of its model session, which is a credential. */
  readonly session: Pick<KeptValue, 'before' | 'keep'>;
  /** What the room has used, as JSON. */
  readonly usage: Pick<KeptValue, 'before' | 'keep'>;
  /** Calls of tools that the session has made of late; all of them are over. */
  readonly calls: readonly EndedCall[];
  /** The room rests: nobody has been in it for a while, or it was closed. */
  readonly onEnded: () => void;
  /** The log took nothing more under this lease. */
  readonly onFenced: () => void;
}

/** A room that runs on this node. */
export interface LocalHost extends RoomHost {
  /** It goes on elsewhere, as soon as this resolves: its model session is closed, and what it wrote is stored. Never rejects. */
  handOver(): Promise<void>;
}
