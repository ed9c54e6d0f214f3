import type { EntryActor, MediaState, NewEntry, ParticipantRole } from '@colloquy/live-protocol';
import { RoomCloseCode, toCloseReason } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import type { LeaveReason, Roster } from '../presence/roster.ts';
import type { Entrance } from './entrance.ts';
import type { LiveConnection } from './live-connection.ts';

/** What {@link Moderation} works on. */
export interface ModerationOptions {
  readonly roster: Roster;
  readonly connections: () => Iterable<LiveConnection>;
  readonly entrance: Entrance;
  readonly write: (entry: NewEntry) => void;
  /** Somebody may do other things from now on. */
  readonly roleChanged: (connection: LiveConnection) => void;
  /** The connection counts no more. */
  readonly forget: (connection: LiveConnection) => void;
}

/** What hosts do to people: give them roles, turn their devices off, send them away, and decide who comes in. */
export class Moderation {
  readonly #options: ModerationOptions;

  constructor(options: ModerationOptions) {
    this.#options = options;
  }

  /** @returns whether there is such a person. */
  setRole(participantId: string, role: ParticipantRole, by: EntryActor): boolean {
    const { entrance, roleChanged, roster, write } = this.#options;
    const before = roster.role(participantId);
    if (!roster.setRole(participantId, role)) return false;
    if (before === role) return true;
    const connections = this.#connectionsOf(participantId);
    for (const connection of connections) {
      roleChanged(connection);
      if (role === 'host') entrance.tellHost(connection.port);
      else if (before === 'host') entrance.untellHost(connection.port);
    }
    const name = roster.actor(participantId)?.name ?? '';
    write({ kind: 'participant.role', actor: by, body: { participantId, name, role } });
    if (role === 'viewer') for (const connection of connections) connection.silence();
    return true;
  }

  /** Turns a device of somebody off in all their tabs. They may turn it on again themselves. */
  mute(participantId: string, source: keyof MediaState, by: EntryActor): void {
    this.#checkHere(participantId);
    for (const connection of this.#connectionsOf(participantId)) connection.mute(source, by);
  }

  /** Of several tabs of one person the one that opened its microphone last is heard: two would be mixed up under one index. */
  oneMicrophone(opened: LiveConnection): void {
    const { participantId } = opened;
    const by = this.#options.roster.actor(participantId);
    for (const connection of this.#connectionsOf(participantId)) {
      if (by && connection !== opened && connection.media.microphone) connection.mute('microphone', by);
    }
  }

  /** Sends somebody away, who may not come back until they are let in again. */
  async remove(participantId: string, reason: string, by: EntryActor): Promise<void> {
    const { entrance, forget, roster } = this.#options;
    if (participantId === by.participantId) {
      throw new RoomCoreError('ERR_ROOM_INPUT', 'Nobody removes themselves; leave the room instead.');
    }
    this.#checkHere(participantId);
    // First of all the door: whoever is sent away must not be back before it is shut.
    await entrance.bar(participantId);
    const connections = this.#connectionsOf(participantId);
    for (const connection of connections) forget(connection);
    roster.dismiss(participantId, 'removed' satisfies LeaveReason);
    for (const connection of connections) connection.end(RoomCloseCode.notAllowed, toCloseReason(reason));
  }

  /** Somebody who was removed may come in again. */
  letIn(participantId: string): Promise<void> {
    return this.#options.entrance.unbar(participantId);
  }

  /** Shuts the room for whoever is not in it, or opens it. */
  async lock(locked: boolean, by: EntryActor): Promise<void> {
    if (!(await this.#options.entrance.lock(locked, by))) return;
    this.#options.write({ kind: locked ? 'room.locked' : 'room.unlocked', actor: by, body: {} });
  }

  admit(participantId: string): Promise<void> {
    return this.#options.entrance.admit(participantId);
  }

  refuse(participantId: string, reason: string): void {
    this.#options.entrance.refuse(participantId, reason);
  }

  /** Has newcomers wait to be admitted, or lets all of them in. */
  async waitingRoom(active: boolean, by: EntryActor): Promise<void> {
    await this.#options.entrance.setWaitingRoom(active, by);
  }

  #connectionsOf(participantId: string): readonly LiveConnection[] {
    return [...this.#options.connections()].filter((connection) => connection.participantId === participantId);
  }

  #checkHere(participantId: string): void {
    if (this.#options.roster.has(participantId)) return;
    const shown = JSON.stringify(participantId.slice(0, 40));
    throw new RoomCoreError('ERR_PARTICIPANT_NOT_FOUND', `Nobody with the id ${shown} is in this room.`);
  }
}
