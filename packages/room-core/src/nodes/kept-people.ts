import type { Clock, Timer } from '../ports/clock.ts';
import type { RoomLease, RoomNode } from '../ports/room-node.ts';
import type { KeptPerson } from '../presence/roster.ts';

/** What {@link KeptPeople} are made of. */
export interface KeptPeopleOptions {
  readonly node: RoomNode;
  readonly lease: RoomLease;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Several changes are stored together, milliseconds. */
const TOGETHER_MS = 250;

/** Who is in a room, kept for the node that runs it next. */
export class KeptPeople {
  /** Who was in the room when this node took it over. */
  readonly before: readonly KeptPerson[];
  readonly #options: KeptPeopleOptions;
  #waiting: (() => readonly KeptPerson[]) | null = null;
  #timer: Timer | null = null;
  #stored: Promise<unknown> = Promise.resolve();

  private constructor(options: KeptPeopleOptions, before: readonly KeptPerson[]) {
    this.#options = options;
    this.before = before;
  }

  /** @throws RoomCoreError of the node. */
  static async open(options: KeptPeopleOptions): Promise<KeptPeople> {
    return new KeptPeople(options, await KeptPeople.of(options.node, options.lease.roomId));
  }

  /** Who is in a room, as its owner kept it last. @throws RoomCoreError of the node. */
  static async of(node: RoomNode, roomId: string): Promise<readonly KeptPerson[]> {
    const kept = await node.kept(roomId, 'people');
    return kept === null ? [] : (JSON.parse(kept) as readonly KeptPerson[]);
  }

  /** Somebody came or went, or is called something else. */
  changed(people: () => readonly KeptPerson[]): void {
    this.#waiting = people;
    this.#timer ??= this.#options.clock.setTimer(TOGETHER_MS, () => this.#store());
  }

  /** Stores what waits. Never rejects. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#store();
    await this.#stored;
  }

  #store(): void {
    this.#timer = null;
    const people = this.#waiting?.();
    this.#waiting = null;
    if (!people) return;
    const { lease, node, onError } = this.#options;
    const json = people.length === 0 ? null : JSON.stringify(people);
    this.#stored = this.#stored.then(() => node.keep(lease, 'people', json)).catch(onError);
  }
}
