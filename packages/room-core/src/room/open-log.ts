import type { RoomServerMessage } from '@colloquy/live-protocol';
import { isRoomCoreError } from '../errors.ts';
import type { EpochTurn } from '../log/room-feed.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import { type AskingEntry, readUnanswered } from '../model/asking-texts.ts';
import type { RoomErrorStage } from '../room-events.ts';
import type { LiveRoomOptions } from './live-room-options.ts';
import { RoomLog } from './room-log.ts';

/** Hears of what becomes of a log, once there is a room to hear of it. */
interface LogListener {
  readonly epochTurned: (turn: EpochTurn) => void;
  /** Everybody in the room is told this. */
  readonly tell: (message: RoomServerMessage) => void;
}

/** The log of a room that is being opened. */
export interface OpenedLog {
  readonly log: RoomLog;
  /** Texts that the model was to answer and has not. */
  readonly unanswered: readonly AskingEntry[];
  listen(listener: LogListener): void;
}

/** Opens the log of a room, with what it still has to ask of its model. @throws RoomCoreError of the engine. */
export async function openLog(options: LiveRoomOptions): Promise<OpenedLog> {
  const { clock, emit, engine, info, signal } = options;
  const { lease = null, onFenced = () => {} } = options.tenure ?? {};
  let listener: LogListener | null = null;
  const onError = (stage: RoomErrorStage, error: unknown) => {
    // What a server wanted to write that runs the room no more.
    if (stage === 'append' && lease && isRoomCoreError(error) && error.code === 'ERR_SHUT_DOWN') return;
    emit('error', { room: info, stage, error });
  };
  const onMeasured = (measurement: RoomMeasurement) => emit('measured', { room: info, measurement });
  const onEpoch = (turn: EpochTurn): void => {
    onMeasured({ type: 'epoch' });
    listener?.epochTurned(turn);
  };
  const onLost = (count: number): void => listener?.tell(lostNotice(count));
  const listeners = { onError, onEpoch, onFenced, onLost, onMeasured };
  const log = await RoomLog.open({ engine, roomId: info.id, clock, lease, signal, ...listeners });
  const unanswered = options.model ? await readUnanswered(log, clock.now()).catch(noneOf(onError)) : [];
  return {
    log,
    unanswered,
    listen: (to) => {
      listener = to;
    },
  };
}

/** Whoever is here may have heard what the log will never tell. */
function lostNotice(count: number): RoomServerMessage {
  const what = count === 1 ? 'Something that happened here' : `${count} things that happened here`;
  const message = `${what} could not be stored, and will not be in the history.`;
  return { type: 'notice', code: 'ERR_ENTRIES_LOST', message };
}

/** What there is where reading failed. */
function noneOf(onError: (stage: RoomErrorStage, error: unknown) => void): (error: unknown) => readonly [] {
  return (error) => {
    onError('read', error);
    return [];
  };
}
