import { checkConfiguration } from './configuration-input.ts';
import { checkName, checkRoomId } from './input.ts';
import type { ModelPort } from './ports/model-session.ts';
import type { RoomRecord } from './ports/room-engine.ts';
import { randomId } from './random-id.ts';
import { OPEN_DOORS } from './room/doors.ts';
import { checkForModel } from './room-configuration.ts';
import type { CreateRoomInput } from './room-queries.ts';
import type { RoomSettings } from './settings.ts';

/** The record of a new room. @throws RoomCoreError `ERR_ROOM_INPUT` naming what is wrong. */
export function toNewRecord(
  input: CreateRoomInput,
  createdAt: number,
  model: ModelPort | null,
  { defaultConfiguration }: Pick<RoomSettings, 'defaultConfiguration'>,
): RoomRecord {
  const record: RoomRecord = {
    id: input.id === undefined ? randomId() : checkRoomId(input.id),
    name: checkName('The name of a room', input.name),
    status: 'open',
    createdAt,
    ...(input.by && { createdBy: input.by }),
    closedAt: null,
    configuration: checkConfiguration(input.configuration, defaultConfiguration),
    configurationVersion: 1,
    ...(input.waitingRoom === true && { doors: { ...OPEN_DOORS, waitingRoom: true } }),
    version: 1,
  };
  checkForModel(model, record.configuration);
  return record;
}
