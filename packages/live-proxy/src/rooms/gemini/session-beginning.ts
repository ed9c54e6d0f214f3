import { checkSetup, type ModelProfile, type Setup } from '@colloquy/live-protocol';
import type { Clock, HistoryTurn, ModelSessionOptions } from '@colloquy/room-core';
import { inTime } from '../../deadline.ts';
import { isLiveProxyError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { GeminiSessionOptions } from './gemini-session-options.ts';
import { buildRoomSetup } from './room-setup.ts';

/** Why a connection is not worth dialling. */
export interface NoSetup {
  readonly code: string;
  readonly reason: string;
}

/**
 * What a fresh connection is told of the past. Never rejects: a conversation without memory is better than none, or than one
 * that does not begin.
 */
export async function readHistory(
  room: ModelSessionOptions,
  { clock, logger, timeoutMs }: { readonly clock: Clock; readonly logger: Logger; readonly timeoutMs: number },
): Promise<readonly HistoryTurn[]> {
  const late = () => new Error(`The history could not be read within ${timeoutMs} ms.`);
  try {
    return await inTime({ timeoutMs, clock, error: late }, () => room.history());
  } catch (error) {
    logger.warn?.('a model session begins without its history', { roomId: room.roomId, error });
    return [];
  }
}

/**
 * The setup of the next connection, or why the service would refuse it: dialling would only cost time.
 *
 * @param how - `handle`: of the session to go on with; `isSeeded`: history follows.
 */
export function prepareSetup(
  { upstream, model, room, setup: options, logger }: GeminiSessionOptions,
  profile: ModelProfile,
  how: { readonly handle: string | null; readonly isSeeded: boolean },
): { readonly setup: Setup } | NoSetup {
  const { configuration, tools } = room;
  const roster = room.roster();
  try {
    const resource = upstream.modelResource(model);
    const setup = buildRoomSetup({ model: resource, profile, configuration, tools, roster, ...how }, options);
    const problem = checkSetup(setup, profile, { allowUnknownModel: true });
    if (problem === null) return { setup };
    return { code: 'ERR_SETUP_INVALID', reason: `${problem.path}: ${problem.reason} ${problem.remedy}` };
  } catch (error) {
    logger.error?.('the setup of a room could not be made', { roomId: room.roomId, error });
    if (isLiveProxyError(error)) return { code: error.code, reason: error.message };
    return { code: 'ERR_SETUP_HOOK_FAILED', reason: 'The server could not prepare the model; tell its operator.' };
  }
}
