/** What a gate needs of a frame. */
interface GateFrame {
  readonly voice: boolean;
}

/** Frames of quiet that still go through, 700 ms: the model tells from them that a sentence is over. */
export const HANGOVER_FRAMES = 35;

/** Frames kept while nobody speaks: the beginning of a word is quieter than what opens the gate. */
export const PRE_ROLL_FRAMES = 15;

/** Lets frames through while somebody speaks, the 300 ms before and the 700 ms after. */
export class GatedFrames<Frame extends GateFrame> {
  readonly #kept: Frame[] = [];
  #hangover = 0;

  /** Whether frames go through. */
  get isOpen(): boolean {
    return this.#hangover > 0;
  }

  /**
   * Takes the next frame.
   *
   * @returns the frames that go on, oldest first; none while nobody speaks.
   */
  take(frame: Frame): readonly Frame[] {
    if (frame.voice) {
      this.#hangover = HANGOVER_FRAMES;
      return [...this.#kept.splice(0), frame];
    }
    if (this.#hangover > 0) {
      this.#hangover -= 1;
      return [frame];
    }
    this.#kept.push(frame);
    if (this.#kept.length > PRE_ROLL_FRAMES) this.#kept.shift();
    return [];
  }

  /** Forgets what was kept: what follows is not its continuation. */
  reset(): void {
    this.#kept.length = 0;
    this.#hangover = 0;
  }
}
