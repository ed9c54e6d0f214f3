import { MODEL_PARTICIPANT_ID, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';
import type { ConnectingClient } from './room-connection.ts';
import type { RoomIdentity } from './room-identity.ts';
import { wrongInput as wrong } from './wrong-input.ts';

const MAX_NAME_LENGTH = 80;

/** @throws RoomCoreError `ERR_ROOM_INPUT` unless `id` is 1–64 letters, digits, `-` or `_`. */
export function checkRoomId(id: unknown): string {
  if (typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw wrong('A room id', id, 'must be 1 to 64 letters, digits, "-" or "_"');
}

/** A name without spaces around and without line breaks or control characters. @throws RoomCoreError `ERR_ROOM_INPUT` */
export function checkName(what: string, name: unknown): string {
  if (typeof name !== 'string') throw wrong(what, name, 'must be a string');
  const trimmed = name.toWellFormed().trim();
  if (trimmed.length === 0 || trimmed.length > MAX_NAME_LENGTH) {
    throw wrong(what, name, `must be 1 to ${MAX_NAME_LENGTH} characters long, spaces around not counted`);
  }
  // A name is put in front of what its owner says to the model: a line break in it could pretend to be somebody else.
  if (/[\p{Cc}\u2028\u2029]/u.test(trimmed)) throw wrong(what, name, 'must not have line breaks or control characters');
  return trimmed;
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` */
export function checkClient(client: ConnectingClient): ConnectingClient {
  const { clientId, receive, resume } = client;
  if (typeof clientId !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(clientId)) {
    throw wrong('The clientId', clientId, 'must be 1 to 64 letters, digits, "-" or "_"');
  }
  if (resume !== undefined && !(isCount(resume.epoch) && isCount(resume.seq))) {
    throw wrong('"resume"', resume, 'must have "epoch" and "seq", integers from 0');
  }
  return {
    ...{ identity: checkIdentity(client.identity), clientId },
    ...(resume && { resume }),
    ...(receive !== undefined && { receive }),
  };
}

function checkIdentity(identity: RoomIdentity): RoomIdentity {
  const { participantId, name, role } = identity;
  if (typeof participantId !== 'string' || !/^[^\p{Cc}]{1,128}$/u.test(participantId)) {
    throw wrong('The participantId', participantId, 'must be 1 to 128 characters without control characters');
  }
  if (participantId === MODEL_PARTICIPANT_ID || participantId === ROOM_PARTICIPANT_ID) {
    throw wrong('The participantId', participantId, 'is taken by the room itself; people need another one');
  }
  if (role !== 'host' && role !== 'speaker' && role !== 'viewer') {
    throw wrong('The role', role, 'must be "host", "speaker" or "viewer"');
  }
  return { participantId, name: checkName('The name of a participant', name), role };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
