import type { Clock, Timer } from '../ports/clock.ts';
import type { KeptName, RoomNode } from '../ports/room-node.ts';
import { KeptValue, type KeptValueOptions } from './kept-value.ts';

/** What a {@link KeptState} is made of. */
export interface KeptStateOptions extends KeptValueOptions {
  readonly clock: Clock;
}

/** Several changes are stored together, milliseconds. */
const TOGETHER_MS = 250;

/** Something of a room that changes now and then, kept for the node that runs it next. */
export class KeptState<T> {
  /** As it was when this node took the room over; `null`: nothing was kept. */
  readonly before: T | null;
  readonly #clock: Clock;
  readonly #value: KeptValue;
  #waiting: (() => T | null) | null = null;
  #timer: Timer | null = null;

  private constructor(clock: Clock, value: KeptValue) {
    this.#clock = clock;
    this.#value = value;
    this.before = parsed(value.before);
  }

  /** @throws RoomCoreError of the node. */
  static async open<T>({ clock, ...options }: KeptStateOptions): Promise<KeptState<T>> {
    return new KeptState(clock, await KeptValue.open(options));
  }

  /** As the owner of a room kept it last; `null`: nothing. @throws RoomCoreError of the node. */
  static async of<T>(node: RoomNode, roomId: string, what: KeptName): Promise<T | null> {
    return parsed(await node.kept(roomId, what));
  }

  /** It is different now; `state` is asked when it is stored. `null`: there is nothing to keep. */
  changed(state: () => T | null): void {
    this.#waiting = state;
    this.#timer ??= this.#clock.setTimer(TOGETHER_MS, () => this.#store());
  }

  /** Stores what waits. Never rejects. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#store();
    await this.#value.stored();
  }

  #store(): void {
    this.#timer = null;
    const state = this.#waiting;
    this.#waiting = null;
    if (!state) return;
    const now = state();
    this.#value.keep(now === null ? null : JSON.stringify(now));
  }
}

function parsed<T>(kept: string | null): T | null {
  return kept === null ? null : (JSON.parse(kept) as T);
}
