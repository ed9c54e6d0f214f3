import type { EntryActor, RoomServerMessage, WaitingPerson } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionPort } from '../ports/connection.ts';
import type { Roster } from '../presence/roster.ts';
import type { ConnectingClient } from '../room-connection.ts';
import {
  checkDoors,
  type DoorState,
  hasToWait,
  isAdmitted,
  withAdmitted,
  withBarred,
  withoutBarred,
  withWaitingRoom,
} from './doors.ts';
import type { Outlet } from './outlet.ts';
import type { Seats } from './seats.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What an {@link Entrance} is made of. */
export interface EntranceOptions {
  readonly clock: Clock;
  readonly doors: DoorState;
  readonly roster: Roster;
  readonly seats: Seats;
  readonly outlet: Outlet;
  readonly maxWaiting: number;
  readonly maxConnectionsPerParticipant: number;
  readonly waitingTimeoutMs: number;
  /** Stores what a change makes of the doors; resolves with what they are then. */
  readonly store: (change: (doors: DoorState) => DoorState) => Promise<DoorState>;
  /** The doors are as given from now on. */
  readonly onDoors: (doors: DoorState) => void;
  readonly onWaiting: (people: readonly WaitingPerson[]) => void;
}

/** Who comes into a room: those who are not shut out, whom a host admits where there is a waiting room, as far as there are seats. */
export class Entrance {
  readonly #options: EntranceOptions;
  readonly #waiting: WaitingRoom;
  #doors: DoorState;

  constructor(options: EntranceOptions) {
    const { clock, maxConnectionsPerParticipant, maxWaiting, onWaiting, outlet, waitingTimeoutMs } = options;
    this.#options = options;
    this.#doors = options.doors;
    this.#waiting = new WaitingRoom({
      ...{ clock, maxWaiting, maxConnectionsPerParticipant },
      timeoutMs: waitingTimeoutMs,
      send: (port, message) => outlet.send(port, message),
      close: (port, code, reason) => outlet.close(port, code, reason),
      onChanged: (people) => {
        this.#tellHosts({ type: 'waitingList', people });
        onWaiting(people);
      },
    });
  }

  /** Who waits, the longest first. */
  get waiting(): readonly WaitingPerson[] {
    return this.#waiting.people;
  }

  /** @throws RoomCoreError `ERR_REMOVED`, `ERR_ROOM_LOCKED`, `ERR_ROOM_FULL` */
  check(client: ConnectingClient): void {
    checkDoors(this.#doors, client.identity, this.#isHere(client));
    this.#options.seats.check(client);
  }

  /**
   * Resolves when the client may come in: at once, or when a host admits it.
   * @throws RoomCoreError as {@link check} and {@link WaitingRoom.wait} do
   */
  async pass(client: ConnectingClient, port: ConnectionPort, signal?: AbortSignal): Promise<void> {
    const { seats } = this.#options;
    checkDoors(this.#doors, client.identity, this.#isHere(client));
    if (this.#isHere(client) || !hasToWait(this.#doors, client.identity)) seats.check(client);
    // Whoever waits takes no seat: how many there are is asked when they are admitted.
    else await this.#waiting.wait(client, port, signal);
  }

  /** A host came, or somebody is one now: they see who waits. */
  tellHost(port: ConnectionPort): void {
    const { people } = this.#waiting;
    if (people.length > 0) this.#options.outlet.send(port, { type: 'waitingList', people });
  }

  /** Somebody is no host any more. */
  untellHost(port: ConnectionPort): void {
    if (this.#waiting.size > 0) this.#options.outlet.send(port, { type: 'waitingList', people: [] });
  }

  /**
   * Lets somebody in who waits.
   * @throws RoomCoreError `ERR_ROOM_FULL`, `ERR_PARTICIPANT_NOT_FOUND`, of the engine
   */
  async admit(participantId: string): Promise<void> {
    const { roster, seats } = this.#options;
    if (!this.#waiting.has(participantId)) {
      if (roster.has(participantId) || isAdmitted(this.#doors, participantId)) return;
      throw notWaiting(participantId);
    }
    seats.checkRoom();
    // First of all the list: whoever is admitted may be in the room, and out again, in a moment.
    await this.#change((doors) => withAdmitted(doors, participantId));
    this.#waiting.admit(participantId);
  }

  /** Sends somebody away who waits. @throws RoomCoreError `ERR_PARTICIPANT_NOT_FOUND` */
  refuse(participantId: string, reason: string): void {
    if (this.#waiting.refuse(participantId, reason) || this.#waiting.wasRefused(participantId)) return;
    throw notWaiting(participantId);
  }

  /** Turns the waiting room on or off; off, everybody who waits comes in. @returns whether that changed anything. */
  async setWaitingRoom(active: boolean, by: EntryActor): Promise<boolean> {
    const { roster } = this.#options;
    const present = roster.people().map(({ participantId }) => participantId);
    let changed = false;
    await this.#change((doors) => {
      changed = (doors.waitingRoom ?? false) !== active;
      return changed ? withWaitingRoom(doors, active, present) : doors;
    });
    if (!changed) return false;
    this.#tellDoors(by);
    if (!active) this.#waiting.admitAll();
    return true;
  }

  /** Shuts the room for whoever is not in it, also for who waits, or opens it. @returns whether that changed anything. */
  async lock(locked: boolean, by: EntryActor): Promise<boolean> {
    let changed = false;
    await this.#change((doors) => {
      changed = doors.locked !== locked;
      return { ...doors, locked };
    });
    if (!changed) return false;
    this.#tellDoors(by);
    if (locked) this.#waiting.clear(new RoomCoreError('ERR_ROOM_LOCKED', 'A host has locked the room.'));
    return true;
  }

  /** Whoever is barred must not come back. */
  bar(participantId: string): Promise<void> {
    return this.#change((doors) => withBarred(doors, participantId));
  }

  unbar(participantId: string): Promise<void> {
    return this.#change((doors) => withoutBarred(doors, participantId));
  }

  /** Everybody who waits is sent away. */
  close(error: RoomCoreError): void {
    this.#waiting.clear(error);
    this.#waiting.dispose();
  }

  async #change(change: (doors: DoorState) => DoorState): Promise<void> {
    this.#doors = await this.#options.store(change);
    this.#options.onDoors(this.#doors);
  }

  #isHere({ identity }: ConnectingClient): boolean {
    return this.#options.roster.has(identity.participantId);
  }

  #tellDoors(by: EntryActor): void {
    const { locked, waitingRoom = false } = this.#doors;
    this.#options.outlet.broadcast({ type: 'doors', locked, waitingRoom, by });
  }

  #tellHosts(message: RoomServerMessage): void {
    const { outlet, roster, seats } = this.#options;
    const encoded = JSON.stringify(message);
    for (const { participantId, port } of seats) {
      if (roster.role(participantId) === 'host') outlet.send(port, message, encoded);
    }
  }
}

function notWaiting(participantId: string): RoomCoreError {
  const shown = JSON.stringify(participantId.slice(0, 40));
  return new RoomCoreError('ERR_PARTICIPANT_NOT_FOUND', `Nobody with the id ${shown} waits for this room.`);
}
