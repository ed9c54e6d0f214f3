/** Rate of everything a voice says, in Hz. */
export const VOICE_RATE = 24_000;

/** One sentence to say. */
export interface VoiceRequest {
  readonly text: string;
  /** Prebuilt voice that the setup asked for, such as `Puck`; `null` when it asked for none. */
  readonly voiceName: string | null;
}

/** The emulator's mouth. */
export interface Voice {
  /** Speech for one sentence: mono, 16-bit, {@link VOICE_RATE}. The samples become the caller's. */
  synthesize(request: VoiceRequest): Int16Array | Promise<Int16Array>;
}
