/** Below −80 dB there is no room, however quiet: the samples are zeros, or the noise of rounding. */
const DIGITAL_SILENCE = 0.0001;

/** Frames of it before it is called silence: 3 s. Starting devices give a moment of zeros. */
const SILENT_FRAMES = 150;

/** Notices a microphone that is open and gives nothing: switched off at the device, or the wrong one of several. */
export class SilenceWatch {
  #quiet = 0;

  /** Whether the last 3 s had no sound at all. */
  get isSilent(): boolean {
    return this.#quiet >= SILENT_FRAMES;
  }

  /** Takes the level of the next 20 ms. @returns whether {@link isSilent} changed. */
  next(level: number): boolean {
    const before = this.isSilent;
    this.#quiet = level > DIGITAL_SILENCE ? 0 : this.#quiet + 1;
    return this.isSilent !== before;
  }

  /** No frame will come until there is sound again. */
  interrupted(): void {
    this.#quiet = SILENT_FRAMES;
  }

  reset(): void {
    this.#quiet = 0;
  }
}
