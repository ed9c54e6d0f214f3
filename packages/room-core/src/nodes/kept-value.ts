import type { KeptName, RoomLease, RoomNode } from '../ports/room-node.ts';

/** What a {@link KeptValue} is made of. */
export interface KeptValueOptions {
  readonly node: RoomNode;
  readonly lease: RoomLease;
  readonly what: KeptName;
  readonly onError: (error: unknown) => void;
}

/** Something of a room that is kept for the node that runs it next, in the order in which it was given. */
export class KeptValue {
  /** What the node before has left; `null`: nothing. */
  readonly before: string | null;
  readonly #options: KeptValueOptions;
  #stored: Promise<unknown> = Promise.resolve();

  private constructor(options: KeptValueOptions, before: string | null) {
    this.#options = options;
    this.before = before;
  }

  /** @throws RoomCoreError of the node. */
  static async open(options: KeptValueOptions): Promise<KeptValue> {
    const { lease, node, what } = options;
    return new KeptValue(options, await node.kept(lease.roomId, what));
  }

  /** It is this from now on; `null` forgets it. */
  keep(value: string | null): void {
    const { lease, node, onError, what } = this.#options;
    this.#stored = this.#stored.then(() => node.keep(lease, what, value)).catch(onError);
  }

  /** Resolves when what was kept is stored, or has failed. */
  async stored(): Promise<void> {
    await this.#stored;
  }
}
