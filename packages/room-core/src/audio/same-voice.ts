import { FRAME_SAMPLES } from './format.ts';
import { areAlike, HISTORY, Spectrum, WINDOW } from './likeness.ts';
import { JUDGED_FRAMES, OwnVoice, type Suspicion } from './own-voice.ts';
import type { PlayedAnswer } from './played-answer.ts';

/** One microphone as {@link SameVoice} sees it. */
export interface HeardMicrophone {
  readonly participantId: string;
  /** Whether anything comes from it. */
  readonly sending: boolean;
  readonly speaking: boolean;
  /** Mean power; full scale is 1. */
  readonly loudness: number;
  /** Its newest frame. */
  readonly frame: Int16Array;
}

/** Why a microphone is not heard: another one hears the same voice better, or it is, or may be, the model's own. */
export type LeftOut = 'softer' | Suspicion;

/**
 * Of 8 samples one is kept: two thousand per second, which have the pitch of a voice and its first overtones. So half a second is
 * compared at a time, shifted by up to 150 ms.
 */
const DECIMATION = 8;
const PER_FRAME = FRAME_SAMPLES / DECIMATION;
/** Two windows in a row, which is a second, make it sure. */
const ENOUGH_WINDOWS = 2;
const SAME = 0.6;
/** How long a decision lasts after the last window that confirmed it, in windows. */
const KEEP_WINDOWS = 3;

/** The last moments of one microphone, at two thousand samples per second. */
class Trace {
  readonly samples = new Float64Array(HISTORY);
  readonly spectrum = new Spectrum();
  voicedFrames = 0;

  add({ frame, speaking }: HeardMicrophone): void {
    this.samples.copyWithin(0, PER_FRAME);
    for (let kept = 0; kept < PER_FRAME; kept += 1) {
      let sum = 0;
      for (let index = 0; index < DECIMATION; index += 1) sum += frame[kept * DECIMATION + index] ?? 0;
      this.samples[this.samples.length - PER_FRAME + kept] = sum / DECIMATION;
    }
    if (speaking) this.voicedFrames += 1;
  }
}

interface Pair {
  readonly softer: object;
  windows: number;
  keep: number;
}

/**
 * Finds microphones that hear the same voice, such as two laptops in one room: it would come twice, and be put down to two
 * people. Compared twice a second, only where two speak at once; the softer one is to be left out. So is, while the model
 * is heard, whoever picks it up from a loudspeaker: the model's own voice is never the softer one.
 */
export class SameVoice {
  readonly #traces = new Map<object, Trace>();
  readonly #pairs = new Map<string, Pair>();
  readonly #ids = new WeakMap<object, number>();
  readonly #answer: PlayedAnswer;
  readonly #ownVoice: OwnVoice;
  #nextId = 1;
  #frames = 0;
  #softer: ReadonlyMap<object, LeftOut> = new Map();

  constructor(answer: PlayedAnswer) {
    this.#answer = answer;
    this.#ownVoice = new OwnVoice(answer);
  }

  /**
   * The next frame of every microphone. `areLate`: they are heard so late anyway that waiting for a judgement costs nothing.
   *
   * @returns those that are to be left out.
   */
  process(
    microphones: readonly (readonly [key: object, microphone: HeardMicrophone])[],
    nowMs: number,
    areLate: boolean,
  ): ReadonlyMap<object, LeftOut> {
    for (const [key, microphone] of microphones) this.#trace(key).add(microphone);
    this.#frames += 1;
    const ofModel = new Map(this.#findModel(microphones, nowMs, areLate));
    // Those that hear the model are alike, and nobody's.
    if (this.#frames % (WINDOW / PER_FRAME) === 0) this.#compareAll(microphones.filter(([key]) => !ofModel.has(key)));
    return ofModel.size === 0 ? this.#softer : new Map([...this.#softer, ...ofModel]);
  }

  remove(key: object): void {
    this.#traces.delete(key);
    this.#ownVoice.remove(key);
  }

  /** @returns microphones that hear the model, or may. */
  #findModel(
    microphones: readonly (readonly [object, HeardMicrophone])[],
    nowMs: number,
    areLate: boolean,
  ): readonly (readonly [object, Suspicion])[] {
    const own = this.#ownVoice;
    if (!this.#answer.isHeard(nowMs)) {
      for (const [key, microphone] of microphones) own.trusts(key, microphone);
      return [];
    }
    // All at the same moment: the answer is transformed once for them.
    const isTurn = this.#frames % JUDGED_FRAMES === 0;
    return microphones.flatMap(([key, microphone]) => {
      let suspicion = own.suspects(key, microphone, areLate);
      if (own.isDue(key, isTurn)) {
        const { samples, spectrum } = this.#trace(key);
        suspicion = own.compare(key, spectrum.update(samples), nowMs);
      }
      return suspicion === null ? [] : [[key, suspicion] as const];
    });
  }

  #trace(key: object): Trace {
    const known = this.#traces.get(key);
    if (known) return known;
    const added = new Trace();
    this.#traces.set(key, added);
    this.#ids.set(key, this.#nextId++);
    return added;
  }

  #compareAll(microphones: readonly (readonly [object, HeardMicrophone])[]): void {
    const half = WINDOW / PER_FRAME / 2;
    const voiced = microphones.filter(([key]) => this.#trace(key).voicedFrames >= half);
    const traces = voiced.length < 2 ? [] : voiced.map(([key]) => this.#trace(key));
    const spectra = traces.map(({ spectrum, samples }) => spectrum.update(samples));
    for (const [n, one] of voiced.entries()) {
      for (let m = n + 1; m < voiced.length; m += 1) {
        const other = voiced[m];
        if (!other || one[1].participantId === other[1].participantId) continue;
        if (areAlike(spectra[n] as Spectrum, spectra[m] as Spectrum, SAME)) this.#confirm(one, other);
      }
    }
    for (const [key, pair] of this.#pairs) {
      pair.keep -= 1;
      if (pair.keep <= 0) this.#pairs.delete(key);
    }
    const sure = [...this.#pairs.values()].filter(({ windows }) => windows >= ENOUGH_WINDOWS);
    this.#softer = new Map(sure.map(({ softer }) => [softer, 'softer']));
    for (const trace of this.#traces.values()) trace.voicedFrames = 0;
  }

  #confirm(one: readonly [object, HeardMicrophone], other: readonly [object, HeardMicrophone]): void {
    const key = `${this.#ids.get(one[0])} ${this.#ids.get(other[0])}`;
    const known = this.#pairs.get(key);
    const softer = one[1].loudness < other[1].loudness ? one[0] : other[0];
    this.#pairs.set(key, {
      softer: known?.softer ?? softer,
      windows: (known?.windows ?? 0) + 1,
      keep: KEEP_WINDOWS + 1,
    });
  }
}
