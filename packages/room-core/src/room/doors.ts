import { RoomCoreError } from '../errors.ts';
import type { RoomIdentity } from '../room-identity.ts';

/** Who may come in, as it is stored with the room. */
export interface DoorState {
  /** Nobody comes in who is not here; hosts do. */
  readonly locked: boolean;
  /** Ids of people who were removed, and may not come back until they are let in again. */
  readonly barred: readonly string[];
  /** Whoever is new, and no host, waits to be admitted; absent: nobody waits. */
  readonly waitingRoom?: boolean;
  /** Ids of people who need not wait any more, as long as the waiting room is on. */
  readonly admitted?: readonly string[];
}

export const OPEN_DOORS: DoorState = { locked: false, barred: [] };

/** Of each list; more are forgotten, the oldest first. */
const MOST_REMEMBERED = 500;

/** @throws RoomCoreError `ERR_ROOM_LOCKED`, `ERR_REMOVED` unless somebody may come in, or back when `isHere`. */
export function checkDoors(doors: DoorState, { participantId, role }: RoomIdentity, isHere: boolean): void {
  if (doors.barred.includes(participantId)) {
    throw new RoomCoreError('ERR_REMOVED', 'You were removed from this room; ask a host to let you in again.');
  }
  if (doors.locked && !isHere && role !== 'host') {
    throw new RoomCoreError('ERR_ROOM_LOCKED', 'The room is locked; ask a host to open it.');
  }
}

/** Whether somebody has to be admitted first. */
export function hasToWait(doors: DoorState, { participantId, role }: RoomIdentity): boolean {
  return doors.waitingRoom === true && role !== 'host' && !isAdmitted(doors, participantId);
}

export function isAdmitted(doors: DoorState, participantId: string): boolean {
  return doors.admitted?.includes(participantId) ?? false;
}

/** Whoever is removed has to be admitted anew once they are let in again. */
export function withBarred(doors: DoorState, participantId: string): DoorState {
  return {
    ...doors,
    barred: withLast(doors.barred, participantId),
    ...(doors.admitted && { admitted: without(doors.admitted, participantId) }),
  };
}

export function withoutBarred(doors: DoorState, participantId: string): DoorState {
  return { ...doors, barred: without(doors.barred, participantId) };
}

export function withAdmitted(doors: DoorState, participantId: string): DoorState {
  return { ...doors, admitted: withLast(doors.admitted ?? [], participantId) };
}

/** @param present - ids of who is in the room: they may come back without asking. */
export function withWaitingRoom(doors: DoorState, active: boolean, present: readonly string[]): DoorState {
  return { ...doors, waitingRoom: active, admitted: active ? present.slice(-MOST_REMEMBERED) : [] };
}

function withLast(ids: readonly string[], id: string): readonly string[] {
  return [...without(ids, id), id].slice(-MOST_REMEMBERED);
}

function without(ids: readonly string[], id: string): readonly string[] {
  return ids.filter((other) => other !== id);
}
