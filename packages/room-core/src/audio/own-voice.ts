import { areAlike, HISTORY, Spectrum } from './likeness.ts';
import type { PlayedAnswer } from './played-answer.ts';

/**
 * Above it a microphone hears the model. Synthetic voices of other people come to 0.37 in 95 of 100 comparisons and to 0.53
 * in 99; the model's own one is above 0.51 in 95, also where the room echoes as loudly as the loudspeaker is.
 */
const SAME = 0.5;
/**
 * How far the compared parts of the answer lie back, in samples at 2 kHz. Each is found up to 150 ms earlier and later, so
 * that together they hold what loudspeaker, room and network may take: up to 900 ms.
 */
const BEHIND = [300, 900, 1_500];
/** Speech is judged so many frames after it was noticed, and that often from then on; until then it may be held back. */
export const JUDGED_FRAMES = 10;
/** Speech that was unlike the model so often is not compared any more. */
const ENOUGH_UNLIKE = 5;
/** What was like the model is heard again after so many comparisons in which it was not. */
const AGAIN_UNLIKE = 2;
/**
 * So many comparisons in a row it takes where there was no sign of the model before: other people's voices are like it in one
 * of fifty.
 */
const SURE_LIKE = 2;
/** A microphone that was silent under the model for two seconds picks up nothing of it: it is not held back. */
const CALM_FRAMES = 100;

/** Whether speech in a microphone is the model's own voice. */
export type Suspicion = 'maybeModel' | 'model';

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
  /** Comparisons in a row that found it like the model. */
  like: number;
  calmFrames: number;
}

/** Nothing has been said. */
const SILENT = { frames: 0, isModel: false, unlike: 0, like: 0 };

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

  /** One frame of a microphone. `isLate`: it is heard so late anyway that waiting for a judgement costs nothing. */
  suspects(key: object, { sending, speaking }: SuspectMicrophone, isLate: boolean): Suspicion | null {
    const suspect = this.#suspectOf(key);
    if (!speaking) {
      if (sending) suspect.calmFrames += 1;
      Object.assign(suspect, SILENT);
      return null;
    }
    suspect.frames += 1;
    if (suspect.isModel) return 'model';
    return suspect.unlike === 0 && (isLate || suspect.calmFrames < CALM_FRAMES) ? 'maybeModel' : null;
  }

  /** Whether the speech of this microphone is to be compared now. `isTurn`: so are those that were before. */
  isDue(key: object, isTurn: boolean): boolean {
    const suspect = this.#suspects.get(key);
    if (!suspect || suspect.frames < JUDGED_FRAMES) return false;
    return suspect.frames === JUDGED_FRAMES || (isTurn && (suspect.isModel || suspect.unlike < ENOUGH_UNLIKE));
  }

  /** `spectrum`: of what the microphone has just heard. */
  compare(key: object, spectrum: Spectrum, nowMs: number): Suspicion | null {
    const suspect = this.#suspectOf(key);
    this.#makeSpectra(nowMs);
    if (this.#spectra.some((answer) => areAlike(spectrum, answer, SAME))) {
      suspect.like += 1;
      const isTrusted = suspect.unlike > 0 || suspect.calmFrames >= CALM_FRAMES;
      if (isTrusted && !suspect.isModel && suspect.like < SURE_LIKE) return null;
      Object.assign(suspect, { isModel: true, unlike: 0, calmFrames: 0 });
      return 'model';
    }
    suspect.like = 0;
    suspect.unlike += 1;
    if (suspect.unlike >= AGAIN_UNLIKE) suspect.isModel = false;
    return suspect.isModel ? 'model' : null;
  }

  /** One frame of a microphone while nothing of the model is heard: whoever speaks now speaks themselves. */
  trusts(key: object, { speaking }: SuspectMicrophone): void {
    Object.assign(this.#suspectOf(key), { ...SILENT, unlike: speaking ? 1 : 0 });
  }

  remove(key: object): void {
    this.#suspects.delete(key);
  }

  #suspectOf(key: object): Suspect {
    const known = this.#suspects.get(key);
    if (known) return known;
    const added: Suspect = { ...SILENT, calmFrames: 0 };
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
