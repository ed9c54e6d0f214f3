import { RoomCoreError } from '../errors.ts';
import type { RoomIdentity } from '../room-identity.ts';

/** Who may not come in, as it is stored with the room. */
export interface DoorState {
  /** Nobody comes in who is not here; hosts do. */
  readonly locked: boolean;
  /** Ids of people who were removed, and may not come back until they are let in again. */
  readonly barred: readonly string[];
}

export const OPEN_DOORS: DoorState = { locked: false, barred: [] };

/** More are forgotten, the longest barred first. */
const MOST_BARRED = 500;

/** @throws RoomCoreError `ERR_ROOM_LOCKED`, `ERR_REMOVED` unless somebody may come in, or back when `isHere`. */
export function checkDoors(doors: DoorState, { participantId, role }: RoomIdentity, isHere: boolean): void {
  if (doors.barred.includes(participantId)) {
    throw new RoomCoreError('ERR_REMOVED', 'You were removed from this room; ask a host to let you in again.');
  }
  if (doors.locked && !isHere && role !== 'host') {
    throw new RoomCoreError('ERR_ROOM_LOCKED', 'The room is locked; ask a host to open it.');
  }
}

export function withBarred(doors: DoorState, participantId: string): DoorState {
  const others = doors.barred.filter((other) => other !== participantId);
  return { ...doors, barred: [...others, participantId].slice(-MOST_BARRED) };
}

export function withoutBarred(doors: DoorState, participantId: string): DoorState {
  return { ...doors, barred: doors.barred.filter((other) => other !== participantId) };
}
