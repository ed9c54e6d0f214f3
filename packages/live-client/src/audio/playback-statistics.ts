/** What a worklet counts. Samples are counted at the source's rate. */
export interface PlaybackCounts {
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
  /** The turn that is heard now or was heard last; 0 for none. */
  readonly heardTurn: number;
  /** How much of `heardTurn` was heard, milliseconds of its own audio. */
  readonly heardMs: number;
  /** Root mean square of everything played, before volume; 0 to 1. */
  readonly playedRms: number;
  /** Largest magnitude played, before volume; 0 to 1 and slightly above. */
  readonly playedPeak: number;
}

/** What became of the audio of one source, counted where it is played. */
export interface PlaybackStatistics extends PlaybackCounts {
  /**
   * How samples reach the worklet: through shared memory where the page is cross-origin isolated, else by messages.
   * `none` until there is a worklet.
   */
  readonly transport: 'none' | 'messages' | 'shared';
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
  heardTurn: 0,
  heardMs: 0,
  playedRms: 0,
  playedPeak: 0,
  transport: 'none',
};
