/** How fast the emulator answers. All times are in the emulator's own time, which `timeScale` can speed up. */
export interface Pacing {
  /**
   * From the setup to its answer, in milliseconds; drawn between half and one and a half times this.
   * @defaultValue 150
   */
  readonly setupMs: number;
  /**
   * From the end of the input to the first output, in milliseconds; drawn the same way.
   * @defaultValue 350
   */
  readonly answerMs: number;
  /**
   * From the end of an utterance to its transcription, in milliseconds; drawn the same way.
   * @defaultValue 120
   */
  readonly transcriptionMs: number;
  /**
   * How many seconds of audio are sent per second.
   * @defaultValue 3
   */
  readonly audioSpeed: number;
  /**
   * Length of one chunk of audio, in milliseconds, 20–1000; the profile's own when not given.
   */
  readonly chunkMs: number | null;
}

/** What the real service was seen to do, about. */
export const DEFAULT_PACING: Pacing = {
  setupMs: 150,
  answerMs: 350,
  transcriptionMs: 120,
  audioSpeed: 3,
  chunkMs: null,
};
