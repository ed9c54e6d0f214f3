import type {
  GenerationConfig,
  ModelProfile,
  RealtimeInputConfig,
  RoomConfiguration,
  Setup,
  Tool,
} from '@colloquy/live-protocol';
import type { ToolDeclaration } from '@colloquy/room-core';
import { toGenerationConfig, toSessionConfig, toTools } from './configuration-fields.ts';
import { roomInstructions } from './instructions.ts';
import { toFunctions } from './tool-declarations.ts';

/** What a server adds to the setup of its rooms. */
export interface RoomSetupOptions {
  /** For what the room's configuration leaves to the model: temperature, thinking, media resolution and the like. */
  readonly generationConfig?: GenerationConfig;
  /** Google's own tools; what a room runs itself are `tools` of its manager. */
  readonly tools?: readonly Tool[];
  /** How speech is found in the mix. */
  readonly realtimeInputConfig?: RealtimeInputConfig;
  /** Has the last word on the setup of every connection, resumed ones too. Must not change the model. */
  readonly setup?: (setup: Setup) => Setup;
}

/** Who finds out when people begin and stop to speak. */
export function activityOf(configuration: RoomConfiguration, options: RoomSetupOptions): 'automatic' | 'manual' {
  const { automaticActivityDetection } = realtimeInput(configuration, options);
  return automaticActivityDetection?.disabled === true ? 'manual' : 'automatic';
}

/**
 * Where one person speaks at a time the room knows best when a turn begins and ends. In the mix the model finds it out; so
 * that a cough of anybody does not cut it, it is interrupted by the room, by the room's rule.
 */
function realtimeInput({ bargeIn, floor }: RoomConfiguration, options: RoomSetupOptions): RealtimeInputConfig {
  const interrupts = bargeIn.who === 'anyone' && (floor === 'floor' || bargeIn.afterMs === 0);
  return {
    activityHandling: interrupts ? 'START_OF_ACTIVITY_INTERRUPTS' : 'NO_INTERRUPTION',
    ...(floor !== 'mix' && {
      automaticActivityDetection: { disabled: true },
      turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
    }),
    ...options.realtimeInputConfig,
  };
}

/** What one connection needs to know. */
export interface RoomSetupInput {
  /** Resource name for the upstream. */
  readonly model: string;
  readonly profile: ModelProfile;
  readonly configuration: RoomConfiguration;
  /** What the room runs for the model. */
  readonly tools: readonly ToolDeclaration[];
  readonly roster: readonly string[];
  /** The session to go on with; `null` begins a fresh one. */
  readonly handle: string | null;
  /** Whether earlier messages follow as initial history. */
  readonly isSeeded: boolean;
}

/**
 * The setup of a room's session: the server's, with what hosts configured over it. Resumption and the sliding window are
 * always on, for a room without them would forget, or end after ten minutes.
 */
export function buildRoomSetup(input: RoomSetupInput, options: RoomSetupOptions): Setup {
  const { model, profile, configuration, roster, handle, isSeeded } = input;
  const { generationConfig, tools, setup: adjust = (setup) => setup } = options;
  return adjust({
    model,
    generationConfig: {
      responseModalities: profile.responseModalities.slice(0, 1),
      ...generationConfig,
      ...toGenerationConfig(configuration),
    },
    systemInstruction: { parts: roomInstructions(configuration.instructions, roster).map((text) => ({ text })) },
    ...toTools(configuration, [...(tools ?? []), ...toFunctions(input.tools, profile)]),
    ...toSessionConfig(configuration, realtimeInput(configuration, options)),
    sessionResumption: handle === null ? {} : { handle },
    contextWindowCompression: { slidingWindow: {} },
    ...(isSeeded && profile.historyInput === 'initial'
      ? { historyConfig: { initialHistoryInClientContent: true } }
      : {}),
  });
}
