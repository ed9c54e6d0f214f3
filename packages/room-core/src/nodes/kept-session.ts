import type { RoomLease, RoomNode } from '../ports/room-node.ts';

/** What a {@link KeptSession} is made of. */
export interface KeptSessionOptions {
  readonly node: RoomNode;
  readonly lease: RoomLease;
  readonly onError: (error: unknown) => void;
}

/** How the model session of a room can be gone on with, kept for the node that runs the room next. It is a credential. */
export class KeptSession {
  /** The handle of the session that another node had; `null`: a new one has to begin. */
  readonly handle: string | null;
  readonly #options: KeptSessionOptions;
  #stored: Promise<unknown> = Promise.resolve();

  private constructor(options: KeptSessionOptions, handle: string | null) {
    this.#options = options;
    this.handle = handle;
  }

  /** @throws RoomCoreError of the node. */
  static async open(options: KeptSessionOptions): Promise<KeptSession> {
    const { lease, node } = options;
    return new KeptSession(options, await node.kept(lease.roomId, 'session'));
  }

  /** The session can be gone on with by this handle from now on; `null`: by none. */
  keep(handle: string | null): void {
    const { lease, node, onError } = this.#options;
    this.#stored = this.#stored.then(() => node.keep(lease, 'session', handle)).catch(onError);
  }

  /** Resolves when what was kept is stored, or has failed. */
  async stored(): Promise<void> {
    await this.#stored;
  }
}
