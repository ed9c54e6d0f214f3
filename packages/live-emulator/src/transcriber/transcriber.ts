/** One stretch of what somebody said. */
export interface TranscribedSegment {
  /** Words, or an honest `[speech 1.8 s]` when they are not known. */
  readonly text: string;
  /** Whether `text` holds the words that were said. */
  readonly recognized: boolean;
  /** Who spoke, as far as the transcriber tells people apart: for setups that ask for diarization. */
  readonly speaker?: string;
  /** Milliseconds from the start of the utterance. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What the emulator's ear made of one utterance. */
export interface TranscribedUtterance {
  /** All segments in order of onset, joined by spaces; empty when nothing was said. */
  readonly text: string;
  readonly segments: readonly TranscribedSegment[];
}

/** The emulator's ear. Bring your own speech recognition by implementing this. */
export interface Transcriber {
  /**
   * Words of one utterance: mono, 16-bit, 16 kHz, from about 0.3 s before the speech to its end.
   * The samples are the callee's to keep.
   */
  transcribe(samples: Int16Array): TranscribedUtterance | Promise<TranscribedUtterance>;
}
