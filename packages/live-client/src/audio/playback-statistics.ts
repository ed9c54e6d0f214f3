/** What became of the audio of one source. Samples are counted at the source's rate, by the worklet that plays them. */
export interface PlaybackStatistics {
  /** Samples that were pushed. */
  readonly receivedSamples: number;
  /** Samples that left for the speaker; concealment and silence are not counted. */
  readonly playedSamples: number;
  /** Samples that were thrown away: interrupted, late, too many, or skipped to catch up. */
  readonly droppedSamples: number;
  /** How often audio was missing in the middle of a burst. */
  readonly underruns: number;
  /** How long it was missing, milliseconds. */
  readonly concealedMs: number;
  /** Audio waiting to be played, milliseconds. */
  readonly queuedMs: number;
  /** How much is held before playing begins, milliseconds; adapts to how the audio arrives. */
  readonly targetDepthMs: number;
  /** Highest turn that was played to its end; 0 for none. */
  readonly playedThroughTurn: number;
  /** Root mean square of everything played, before volume; 0 to 1. */
  readonly playedRms: number;
  /** Largest magnitude played, before volume; 0 to 1 and slightly above. */
  readonly playedPeak: number;
}

/** Statistics of a source that has not received anything. */
export const NO_PLAYBACK: PlaybackStatistics = {
  receivedSamples: 0,
  playedSamples: 0,
  droppedSamples: 0,
  underruns: 0,
  concealedMs: 0,
  queuedMs: 0,
  targetDepthMs: 0,
  playedThroughTurn: 0,
  playedRms: 0,
  playedPeak: 0,
};
