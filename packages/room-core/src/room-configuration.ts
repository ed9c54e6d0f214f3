import type { RoomConfiguration, RoomInfo } from '@colloquy/live-protocol';
import { checkConfiguration } from './configuration-input.ts';
import { RoomCoreError } from './errors.ts';
import type { ModelPort } from './ports/model-session.ts';
import type { RecordChange } from './room-records.ts';

/** A change of a room's configuration that was agreed. */
export interface ConfigurationChange {
  readonly room: RoomInfo;
  /** The fields that are different now. */
  readonly changes: Partial<RoomConfiguration>;
}

/** @throws RoomCoreError `ERR_ROOM_INPUT` when the model does not take this configuration; the message says what to change. */
export function checkForModel(model: ModelPort | null, configuration: RoomConfiguration): void {
  const problem = model?.check?.(configuration) ?? null;
  if (problem === null) return;
  throw new RoomCoreError('ERR_ROOM_INPUT', `configuration.${problem.field} cannot be: ${problem.remedy}`);
}

/**
 * What `wish` changes of a room, whoever wished it having read `version`; `null` when the room is so already.
 *
 * @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_ROOM_INPUT`, `ERR_ROOM_CONFLICT`
 */
export function planConfiguration(
  room: RoomInfo,
  wish: { readonly version: number; readonly changes: unknown },
  model: ModelPort | null,
): (RecordChange & { readonly configuration: RoomConfiguration }) | null {
  if (room.status === 'closed') throw new RoomCoreError('ERR_ROOM_CLOSED', `Room "${room.name}" is closed.`);
  const { configuration: before, configurationVersion: version } = room;
  const configuration = checkConfiguration(wish.changes, before);
  if (Object.keys(changesBetween(before, configuration)).length === 0) return null;
  if (wish.version !== version) {
    throw new RoomCoreError(
      'ERR_ROOM_CONFLICT',
      `The configuration is at version ${version}; this change is for version ${wish.version}. Look at it, then change it again.`,
    );
  }
  checkForModel(model, configuration);
  return { configuration, configurationVersion: version + 1 };
}

/** The fields of `after` that are not as in `before`. */
export function changesBetween(before: RoomConfiguration, after: RoomConfiguration): Partial<RoomConfiguration> {
  const names = Object.keys(after) as (keyof RoomConfiguration)[];
  const different = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(different.map((name) => [name, after[name]]));
}

/** Whether a model session has to begin anew for a change to count. */
export function needsRestart(model: ModelPort | null, before: RoomConfiguration, after: RoomConfiguration): boolean {
  if (model === null) return false;
  if (model.isSameSession) return !model.isSameSession(before, after);
  return Object.keys(changesBetween(before, after)).some((name) => !WITHOUT_RESTART.has(name));
}

/** What the room itself does, whatever the model. */
const WITHOUT_RESTART: ReadonlySet<string> = new Set<keyof RoomConfiguration>([
  'floor',
  'floorMode',
  'bargeIn',
  'speakerCues',
]);
