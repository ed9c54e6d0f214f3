import { modelProfile, type RoomConfiguration } from '@colloquy/live-protocol';
import { type Clock, type ModelPort, systemClock, type ToolDeclaration } from '@colloquy/room-core';
import type { Logger } from '../../logger.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { numericOptions } from '../numeric-options.ts';
import { checkRoomConfiguration } from './check-configuration.ts';
import { GeminiSession } from './gemini-session.ts';
import type { GeminiSessionLimits } from './gemini-session-options.ts';
import { buildRoomSetup, type RoomSetupOptions } from './room-setup.ts';

/** Options of {@link geminiModel}. */
export interface GeminiModelOptions extends RoomSetupOptions {
  /** The service that the server has chosen. */
  readonly upstream: Upstream;
  /**
   * Model of rooms that name none.
   *
   * @defaultValue `'gemini-3.8-live'`; on Vertex `'gemini-live-2.5-flash-native-audio'`
   */
  readonly model?: string;
  readonly limits?: Partial<GeminiSessionLimits>;
  readonly logger?: Logger;
  /** @defaultValue the machine's time */
  readonly clock?: Clock;
  /** 0 to 1, for the jitter of retries. @defaultValue `Math.random` */
  readonly random?: () => number;
}

const DEFAULT_MODELS = { gemini: 'gemini-3.8-live', vertex: 'gemini-live-2.5-flash-native-audio' } as const;

const DEFAULT_LIMITS: GeminiSessionLimits = {
  connectTimeoutMs: 10_000,
  maxWaitingAudioMs: 2_000,
  maxBufferedBytes: 256 * 1024,
  maxWordBytes: 1024 * 1024,
  stuckTimeoutMs: 10_000,
  maxAttempts: 6,
  maxResumeMs: 1_000,
};

/**
 * Gemini as the model of rooms, through the same upstreams as the proxy's. A session outlives its connections: they are
 * replaced ahead of their end at a quiet point, resumed by handle, and begun again from the room's log where that fails.
 *
 * @throws TypeError or RangeError for options that cannot work; `LiveProxyError` `ERR_SETUP_INVALID` for a `model`
 * that is none.
 *
 * @example
 * ```ts
 * const rooms = new RoomManager({ engine, model: geminiModel({ upstream: geminiApi({ apiKey }) }) });
 * ```
 */
export function geminiModel(options: GeminiModelOptions): ModelPort {
  const { upstream, logger = {}, clock = systemClock(), random = Math.random } = options;
  if (typeof upstream?.target !== 'function') {
    throw new TypeError(
      'geminiModel: upstream is missing; pass vertex({ project, location }), geminiApi({ apiKey }) or endpoint({ url }).',
    );
  }
  const defaultModel = options.model ?? DEFAULT_MODELS[upstream.backend];
  upstream.modelResource(defaultModel); // throws now rather than in the first room
  const limits = numericOptions(DEFAULT_LIMITS, options.limits);
  const modelName = ({ model }: RoomConfiguration) => model ?? defaultModel;

  const plan = (configuration: RoomConfiguration, tools: readonly ToolDeclaration[] = []) => {
    const model = upstream.modelResource(modelName(configuration));
    const profile = modelProfile(model, upstream.backend);
    const room = { model, profile, configuration, tools, roster: [], handle: null, isSeeded: false };
    return { setup: buildRoomSetup(room, options), profile };
  };

  return {
    modelName,
    check: (configuration) => checkRoomConfiguration(configuration, (planned) => plan(planned)),
    isSameSession: (before, after) => JSON.stringify(plan(before).setup) === JSON.stringify(plan(after).setup),
    effective: (configuration, tools) => {
      // Instructions are in the configuration already; the rest says what the model is told besides.
      const { systemInstruction: _, sessionResumption: __, ...shown } = plan(configuration, tools).setup;
      return shown;
    },
    open: (room) =>
      new GeminiSession({
        upstream,
        model: modelName(room.configuration),
        room,
        setup: options,
        limits,
        clock,
        random,
        logger,
      }),
  };
}
