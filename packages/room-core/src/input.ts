import type { BargeIn, RoomConfiguration } from '@colloquy/live-protocol';
import { MODEL_PARTICIPANT_ID, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';
import { RoomCoreError } from './errors.ts';
import type { ConnectingClient } from './room-connection.ts';
import type { RoomIdentity } from './room-identity.ts';

const MAX_NAME_LENGTH = 80;
const MAX_INSTRUCTIONS_LENGTH = 20_000;
const MAX_BARGE_IN_MS = 5_000;

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

/**
 * The configuration that `wish` gives on top of `base`.
 * @throws RoomCoreError `ERR_ROOM_INPUT` for a field that is wrong or unknown.
 */
export function checkConfiguration(wish: unknown, base: RoomConfiguration): RoomConfiguration {
  if (wish === undefined) return base;
  if (typeof wish !== 'object' || wish === null || Array.isArray(wish)) {
    throw wrong('The configuration', wish, 'must be an object');
  }
  for (const name of Object.keys(wish)) {
    if (!Object.hasOwn(fieldChecks, name)) {
      throw wrong('The configuration field', name, `is not known; fields are ${Object.keys(fieldChecks).join(', ')}`);
    }
  }
  const fields = { ...base, ...withoutUndefined(wish) } as Record<string, unknown>;
  return {
    model: fieldChecks.model(fields.model),
    instructions: fieldChecks.instructions(fields.instructions),
    voice: fieldChecks.voice(fields.voice),
    floor: fieldChecks.floor(fields.floor),
    floorMode: fieldChecks.floorMode(fields.floorMode),
    bargeIn: fieldChecks.bargeIn(fields.bargeIn),
    speakerCues: fieldChecks.speakerCues(fields.speakerCues),
  };
}

const fieldChecks = {
  model: (value: unknown) =>
    checkPattern('configuration.model', value, /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a model id'),
  instructions: (value: unknown) => {
    if (typeof value === 'string' && value.length <= MAX_INSTRUCTIONS_LENGTH) return value.toWellFormed();
    throw wrong(
      'configuration.instructions',
      value,
      `must be a string of at most ${MAX_INSTRUCTIONS_LENGTH} characters`,
    );
  },
  voice: (value: unknown) =>
    checkPattern('configuration.voice', value, /^[A-Za-z][A-Za-z0-9 _-]{0,63}$/, 'a voice name'),
  floor: (value: unknown) => checkChoice('configuration.floor', value, ['mix', 'pick', 'floor']),
  floorMode: (value: unknown) => checkChoice('configuration.floorMode', value, ['open', 'queue', 'moderated']),
  speakerCues: (value: unknown) => checkChoice('configuration.speakerCues', value, ['none', 'text', 'context', 'auto']),
  bargeIn: (value: unknown): BargeIn => {
    if (typeof value !== 'object' || value === null) {
      throw wrong('configuration.bargeIn', value, 'must be an object with "who" and "afterMs"');
    }
    const { who, afterMs } = value as Record<string, unknown>;
    if (typeof afterMs !== 'number' || !(afterMs >= 0 && afterMs <= MAX_BARGE_IN_MS)) {
      throw wrong('configuration.bargeIn.afterMs', afterMs, `must be a number from 0 to ${MAX_BARGE_IN_MS}`);
    }
    return { who: checkChoice('configuration.bargeIn.who', who, ['anyone', 'hosts', 'nobody']), afterMs };
  },
};

function checkChoice<const T extends string>(what: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw wrong(what, value, `must be ${choices.map((choice) => `"${choice}"`).join(' or ')}`);
}

function checkPattern(what: string, value: unknown, pattern: RegExp, kind: string): string | null {
  if (value === null || (typeof value === 'string' && pattern.test(value))) return value;
  throw wrong(what, value, `must be ${kind} or null`);
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

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function wrong(what: string, value: unknown, rule: string): RoomCoreError {
  return new RoomCoreError('ERR_ROOM_INPUT', `${what} ${excerpt(value)} ${rule}.`);
}

function excerpt(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
