import { areAlike, HISTORY, Spectrum } from './likeness.ts';
import type { PlayedAnswer } from './played-answer.ts';

/** Above it a microphone hears the model: the same as for two microphones. */
const SAME = 0.6;
/**
 * How far the compared parts of the answer lie back, in samples at 2 kHz. Each is found up to 150 ms earlier and later, so
 * that together they hold what loudspeaker, room and network may take: up to 900 ms.
 */
const BEHIND = [300, 900, 1_500];
/** Speech is judged so many frames after it was noticed; until then it is held back. */
const FIRST_FRAMES = 10;
/** Speech that was unlike the model so often is not compared any more. */
const ENOUGH_UNLIKE = 3;
/** What was like the model is heard again after so many comparisons in which it was not. */
const AGAIN_UNLIKE = 2;
/** A microphone that was silent under the model for two seconds picks up nothing of it: it is not held back. */
const CALM_FRAMES = 100;

/** One microphone as {@link OwnVoice} sees it. */
export interface SuspectMicrophone {
  /** Whether anything comes from it. */
  readonly sending: boolean;
  readonly speaking: boolean;
}

interface Suspect {
  /** Frames since its speech was noticed. */
  frames: number;
  /** Whether its speech was like the model and has not been unlike it {@link AGAIN_UNLIKE} times since. */
  isModel: boolean;
  /** Comparisons in a row that found it unlike the model. */
  unlike: number;
  calmFrames: number;
}

/** Finds microphones that hear the model from a loudspeaker: the model must neither hear nor interrupt itself. */
export class OwnVoice {
  readonly #answer: PlayedAnswer;
  readonly #suspects = new Map<object, Suspect>();
  readonly #spectra = BEHIND.map(() => new Spectrum());
  readonly #samples = new Float64Array(HISTORY);
  /** When {@link OwnVoice.#spectra} were made. */
  #madeAt = -1;

  constructor(answer: PlayedAnswer) {
    this.#answer = answer;
  }

  /** One frame of a microphone. @returns whether it is to be left out, so far. */
  leavesOut(key: object, { sending, speaking }: SuspectMicrophone): boolean {
    const suspect = this.#suspectOf(key);
    if (!speaking) {
      if (sending) suspect.calmFrames += 1;
      Object.assign(suspect, { frames: 0, isModel: false, unlike: 0 });
      return false;
    }
    suspect.frames += 1;
    return suspect.isModel || (suspect.unlike === 0 && suspect.calmFrames < CALM_FRAMES);
  }

  /** Whether the speech of this microphone is to be compared though it is not its turn. */
  isDue(key: object): boolean {
    return this.#suspects.get(key)?.frames === FIRST_FRAMES;
  }

  /** Whether it has to be compared at all. */
  isOpen(key: object): boolean {
    const suspect = this.#suspects.get(key);
    if (!suspect || suspect.frames < FIRST_FRAMES) return false;
    return suspect.isModel || suspect.unlike < ENOUGH_UNLIKE;
  }

  /** `spectrum`: of what the microphone has just heard. @returns whether it is to be left out. */
  compare(key: object, spectrum: Spectrum, nowMs: number): boolean {
    const suspect = this.#suspectOf(key);
    this.#makeSpectra(nowMs);
    if (this.#spectra.some((answer) => areAlike(spectrum, answer, SAME))) {
      Object.assign(suspect, { isModel: true, unlike: 0, calmFrames: 0 });
      return true;
    }
    suspect.unlike += 1;
    if (suspect.unlike >= AGAIN_UNLIKE) suspect.isModel = false;
    return suspect.isModel;
  }

  /** One frame of a microphone while nothing of the model is heard: whoever speaks now speaks themselves. */
  trusts(key: object, { speaking }: SuspectMicrophone): void {
    Object.assign(this.#suspectOf(key), { frames: 0, isModel: false, unlike: speaking ? 1 : 0 });
  }

  remove(key: object): void {
    this.#suspects.delete(key);
  }

  #suspectOf(key: object): Suspect {
    const known = this.#suspects.get(key);
    if (known) return known;
    const added: Suspect = { frames: 0, isModel: false, unlike: 0, calmFrames: 0 };
    this.#suspects.set(key, added);
    return added;
  }

  #makeSpectra(nowMs: number): void {
    if (this.#madeAt === nowMs) return;
    this.#madeAt = nowMs;
    for (const [n, spectrum] of this.#spectra.entries()) {
      this.#answer.read(this.#samples, nowMs, BEHIND[n] as number);
      spectrum.update(this.#samples);
    }
  }
}
