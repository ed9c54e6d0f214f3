import { RoomCoreError } from '../errors.ts';
import type { Roster } from '../presence/roster.ts';
import type { ConnectingClient } from '../room-connection.ts';
import type { LiveConnection } from './live-connection.ts';
import type { Outlet } from './outlet.ts';

/** What {@link Seats} are made of. */
export interface SeatsOptions {
  readonly roster: Roster;
  readonly outlet: Outlet;
  readonly maxParticipants: number;
  readonly maxConnectionsPerParticipant: number;
}

/** The connections of a room, and whether there is a place for another one. */
export class Seats implements Iterable<LiveConnection> {
  readonly #options: SeatsOptions;
  readonly #connections = new Set<LiveConnection>();

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<LiveConnection> {
    return [...this.#connections].values();
  }

  /** @throws RoomCoreError `ERR_ROOM_FULL` */
  check({ identity, clientId }: ConnectingClient): void {
    const { maxConnectionsPerParticipant, roster } = this.#options;
    const { participantId } = identity;
    if (!roster.has(participantId)) this.checkRoom();
    const takesPlace = this.find(participantId, clientId) !== undefined;
    if (!takesPlace && roster.connectionCount(participantId) >= maxConnectionsPerParticipant) {
      throw new RoomCoreError(
        'ERR_ROOM_FULL',
        `You are in this room ${maxConnectionsPerParticipant} times already; close a tab and try again.`,
      );
    }
  }

  /** Whether another person fits in. @throws RoomCoreError `ERR_ROOM_FULL` */
  checkRoom(): void {
    const { maxParticipants, roster } = this.#options;
    if (roster.size < maxParticipants) return;
    throw new RoomCoreError('ERR_ROOM_FULL', `The room has its ${maxParticipants} people; try again later.`);
  }

  /** The connection of a person's tab. */
  find(participantId: string, clientId: string): LiveConnection | undefined {
    for (const connection of this.#connections) {
      if (connection.participantId === participantId && connection.clientId === clientId) return connection;
    }
    return undefined;
  }

  /** From now on the connection gets what is sent to everybody. */
  add(connection: LiveConnection): void {
    this.#connections.add(connection);
    this.#options.outlet.add(connection);
  }

  remove(connection: LiveConnection): void {
    this.#connections.delete(connection);
    this.#options.outlet.remove(connection);
  }
}
