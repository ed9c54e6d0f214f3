import {
  type ParticipantRole,
  RoomCloseCode,
  type RoomServerMessage,
  type WaitingPerson,
} from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { ConnectingClient } from '../room-connection.ts';

/** What a {@link WaitingRoom} is made of. */
export interface WaitingRoomOptions {
  readonly clock: Clock;
  /** People who may wait at once. */
  readonly maxWaiting: number;
  readonly maxConnectionsPerParticipant: number;
  /** Longest wait, in milliseconds; `0` waits for ever. */
  readonly timeoutMs: number;
  readonly send: (port: ConnectionPort, message: RoomServerMessage) => void;
  readonly close: (port: ConnectionPort, code: number, reason: string) => void;
  /** Somebody came, went, or was admitted; told at once, or together where a crowd comes. */
  readonly onChanged: (people: readonly WaitingPerson[]) => void;
}

interface Waiter {
  readonly clientId: string;
  readonly port: ConnectionPort;
  /** Where the client was told that it stands. */
  position: number;
  /** Ends the wait; without an error the person comes in. */
  readonly settle: (error?: RoomCoreError) => void;
}

interface Person {
  readonly participantId: string;
  readonly since: number;
  name: string;
  role: ParticipantRole;
  readonly waiters: Set<Waiter>;
  readonly expiry: Timer | null;
}

/** Changes are told at most this often, in milliseconds. */
const TOGETHER_MS = 100;
/** Whoever was refused may ask again after so long, in milliseconds: a host is not to be rung up without end. */
const ASK_AGAIN_MS = 30_000;
/** Refusals that are remembered. */
const MOST_REFUSED = 500;

/** Who stands in front of a room, in the order of their coming. A person with several tabs waits once. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #people = new Map<string, Person>();
  /** When people who were refused may ask again, by the monotonic clock. */
  readonly #refused = new Map<string, number>();
  #telling: Timer | null = null;
  #isChanged = false;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#people.size;
  }

  /** The longest waiting first. */
  get people(): readonly WaitingPerson[] {
    return [...this.#people.values()].map(({ participantId, name, role, since }) => ({
      ...{ participantId, name, role, since },
    }));
  }

  has(participantId: string): boolean {
    return this.#people.has(participantId);
  }

  /** Whether somebody was refused a moment ago. */
  wasRefused(participantId: string): boolean {
    return (this.#refused.get(participantId) ?? 0) > this.#options.clock.monotonic();
  }

  /**
   * Resolves when the client is admitted.
   * @throws RoomCoreError `ERR_NOT_ADMITTED`, `ERR_ROOM_FULL`, what {@link clear} was given
   */
  async wait(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<void> {
    const { clientId, identity } = client;
    signal?.throwIfAborted();
    if (this.wasRefused(identity.participantId)) {
      throw new RoomCoreError('ERR_NOT_ADMITTED', 'A host did not let you in; ask again in half a minute.');
    }
    const person = this.#people.get(identity.participantId) ?? this.#add(identity.participantId);
    // The newest ticket tells best how somebody is called and what they may do.
    person.name = identity.name;
    person.role = identity.role;
    const replaced = [...person.waiters].find((waiter) => waiter.clientId === clientId);
    if (!replaced) this.#checkTabs(person);
    await new Promise<void>((resolve, reject) => {
      const gone = () => waiter.settle(new RoomCoreError('ERR_NOT_ADMITTED', 'The client has gone.'));
      const waiter: Waiter = {
        ...{ clientId, port, position: 0 },
        settle: (error) => {
          signal?.removeEventListener('abort', gone);
          person.waiters.delete(waiter);
          if (person.waiters.size === 0) this.#remove(person);
          if (error) reject(error);
          else resolve();
        },
      };
      signal?.addEventListener('abort', gone, { once: true });
      person.waiters.add(waiter);
      if (replaced) this.#replace(replaced);
      this.#tellPosition(waiter, [...this.#people.keys()].indexOf(person.participantId) + 1);
      this.#tellSoon();
    });
  }

  /** Lets all tabs of somebody in. */
  admit(participantId: string): void {
    this.#settle(participantId);
  }

  /** @returns whether there was such a person. */
  refuse(participantId: string, reason: string): boolean {
    const { clock } = this.#options;
    if (!this.#people.has(participantId)) return false;
    this.#refused.set(participantId, clock.monotonic() + ASK_AGAIN_MS);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > MOST_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
    this.#settle(participantId, new RoomCoreError('ERR_NOT_ADMITTED', reason));
    return true;
  }

  /** Everybody comes in. */
  admitAll(): void {
    for (const participantId of [...this.#people.keys()]) this.#settle(participantId);
  }

  /** Everybody is sent away. */
  clear(error: RoomCoreError): void {
    for (const participantId of [...this.#people.keys()]) this.#settle(participantId, error);
  }

  dispose(): void {
    this.#telling?.cancel();
    this.#telling = null;
    this.#isChanged = false;
  }

  #add(participantId: string): Person {
    const { clock, maxWaiting, timeoutMs } = this.#options;
    if (this.#people.size >= maxWaiting) {
      throw new RoomCoreError('ERR_ROOM_FULL', `There are ${maxWaiting} people waiting already; try again later.`);
    }
    const late = () => {
      const message = `Nobody let you in within ${Math.round(timeoutMs / 1_000)} s; ask again later.`;
      this.#settle(participantId, new RoomCoreError('ERR_NOT_ADMITTED', message));
    };
    const person: Person = {
      ...{ participantId, since: clock.now(), name: '', role: 'viewer', waiters: new Set() },
      expiry: timeoutMs > 0 ? clock.setTimer(timeoutMs, late) : null,
    };
    this.#people.set(participantId, person);
    return person;
  }

  /** The same tab is back before its old connection was missed. */
  #replace({ port, settle }: Waiter): void {
    this.#options.close(port, RoomCloseCode.replaced, 'replaced by a newer connection of the same tab');
    settle(new RoomCoreError('ERR_NOT_ADMITTED', 'A newer connection of the same tab waits.'));
  }

  #checkTabs({ waiters }: Person): void {
    const most = this.#options.maxConnectionsPerParticipant;
    if (waiters.size < most) return;
    throw new RoomCoreError('ERR_ROOM_FULL', `You wait ${most} times already; close a tab and try again.`);
  }

  #settle(participantId: string, error?: RoomCoreError): void {
    for (const waiter of [...(this.#people.get(participantId)?.waiters ?? [])]) waiter.settle(error);
  }

  #remove(person: Person): void {
    if (this.#people.get(person.participantId) !== person) return;
    this.#people.delete(person.participantId);
    person.expiry?.cancel();
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#telling !== null) {
      this.#isChanged = true;
      return;
    }
    this.#options.onChanged(this.people);
    let position = 0;
    for (const { waiters } of this.#people.values()) {
      position += 1;
      for (const waiter of waiters) this.#tellPosition(waiter, position);
    }
    this.#telling = this.#options.clock.setTimer(TOGETHER_MS, () => {
      this.#telling = null;
      if (!this.#isChanged) return;
      this.#isChanged = false;
      this.#tellSoon();
    });
  }

  #tellPosition(waiter: Waiter, position: number): void {
    if (waiter.position === position) return;
    waiter.position = position;
    this.#options.send(waiter.port, { type: 'waiting', position });
  }
}
