import type {
  GenerationConfig,
  ModelProfile,
  RealtimeInputConfig,
  RoomConfiguration,
  Setup,
  Tool,
} from '@colloquy/live-protocol';

import { roomInstructions } from './instructions.ts';

/** What a server adds to the setup of its rooms. */
export interface RoomSetupOptions {
  /** Over the room's own: temperature, thinking, media resolution and the like. */
  readonly generationConfig?: GenerationConfig;
  /** Function declarations and Google's own tools. */
  readonly tools?: readonly Tool[];
  /** How speech is found in the mix. */
  readonly realtimeInputConfig?: RealtimeInputConfig;
  /** Has the last word on the setup of every connection, resumed ones too. Must not change the model. */
  readonly setup?: (setup: Setup) => Setup;
}

/** What one connection needs to know. */
export interface RoomSetupInput {
  /** Resource name for the upstream. */
  readonly model: string;
  readonly profile: ModelProfile;
  readonly configuration: RoomConfiguration;
  readonly roster: readonly string[];
  /** The session to go on with; `null` begins a fresh one. */
  readonly handle: string | null;
  /** Whether earlier messages follow as initial history. */
  readonly isSeeded: boolean;
}

/**
 * The setup of a room's session: the server's, whatever clients would like. Both transcriptions, resumption and the sliding
 * window are always on, for a room without them would forget, or end after ten minutes.
 */
export function buildRoomSetup(input: RoomSetupInput, options: RoomSetupOptions): Setup {
  const { model, profile, configuration, roster, handle, isSeeded } = input;
  const { generationConfig, tools, realtimeInputConfig, setup: adjust = (setup) => setup } = options;
  const { voice } = configuration;
  return adjust({
    model,
    generationConfig: {
      responseModalities: profile.responseModalities.slice(0, 1),
      ...(voice === null ? {} : { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } }),
      ...generationConfig,
    },
    systemInstruction: { parts: roomInstructions(configuration.instructions, roster).map((text) => ({ text })) },
    ...(tools === undefined || tools.length === 0 ? {} : { tools: [...tools] }),
    ...(realtimeInputConfig === undefined ? {} : { realtimeInputConfig }),
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    sessionResumption: handle === null ? {} : { handle },
    contextWindowCompression: { slidingWindow: {} },
    ...(isSeeded && profile.historyInput === 'initial'
      ? { historyConfig: { initialHistoryInClientContent: true } }
      : {}),
  });
}
