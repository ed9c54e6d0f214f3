import type { Backend, ModelProfile, WireHabits } from '@colloquy/live-protocol';

/** Names of the behaviours that the emulator can take on. */
export const PROFILE_NAMES = ['2.5-native', '3.1', '3.8', '3.8-et', 'vertex-2.5-flash'] as const;

/** One of {@link PROFILE_NAMES}: how one family of models behaves on the wire. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** How the emulator behaves in one session. */
export interface Profile {
  readonly name: ProfileName;
  readonly backend: Backend;
  /** What the model takes, and its defaults. */
  readonly model: ModelProfile;
  /** How its messages look. */
  readonly wire: WireHabits;
  /** What no document tells: seen in recordings of one day, or chosen by us. */
  readonly manner: Manner;
}

/** Habits of a family that are known from few recordings or not at all. */
export interface Manner {
  /** On which side of a piece of output transcript the space is. */
  readonly transcriptSpace: 'leading' | 'trailing';
  /** Whether text sent as `realtimeInput.text` comes back as an input transcription. */
  readonly echoesRealtimeText: boolean;
  /** `clientContent` with `turnComplete` cuts the model even under `NO_INTERRUPTION`. */
  readonly clientContentAlwaysInterrupts: boolean;
  /** Under which modality pictures are billed. */
  readonly pictureModality: 'IMAGE' | 'VIDEO';
  /** The answer is written and then read out: its tokens are text, and `AUDIO` stands beside them without a count. */
  readonly billsSpeechAsText: boolean;
  /** Length of one chunk of the model's audio, in milliseconds. */
  readonly chunkMs: number;
  /** How long before the end `goAway` comes, in seconds. */
  readonly goAwayNoticeSeconds: number;
}

const SECOND_GENERATION: Omit<Manner, 'goAwayNoticeSeconds'> = {
  transcriptSpace: 'leading',
  echoesRealtimeText: false,
  clientContentAlwaysInterrupts: false,
  pictureModality: 'VIDEO',
  billsSpeechAsText: false,
  chunkMs: 40,
};
const FLASH_3_1 = { ...SECOND_GENERATION, echoesRealtimeText: true, pictureModality: 'IMAGE', chunkMs: 100 } as const;
const LIVE_3_8 = {
  ...FLASH_3_1,
  echoesRealtimeText: false,
  transcriptSpace: 'trailing',
  clientContentAlwaysInterrupts: true,
} as const;

const MANNERS: Readonly<Record<ProfileName, Omit<Manner, 'goAwayNoticeSeconds'>>> = {
  '2.5-native': SECOND_GENERATION,
  '3.1': FLASH_3_1,
  '3.8': LIVE_3_8,
  '3.8-et': LIVE_3_8,
  'vertex-2.5-flash': { ...SECOND_GENERATION, billsSpeechAsText: true, chunkMs: 80 },
};

/** How the emulator behaves as `model`. */
export function profileOf(model: ModelProfile): Profile {
  const { family: name, backend, wire } = model;
  return {
    name,
    backend,
    model,
    wire,
    manner: { ...MANNERS[name], goAwayNoticeSeconds: goAwayNoticeSeconds(backend) },
  };
}

/** How long before its end a connection is warned, in seconds. */
export function goAwayNoticeSeconds(backend: Backend): number {
  return backend === 'vertex' ? 60 : 50;
}
