/** Loudness that voices are brought to, in dB of full scale… */
const TARGET_DB = -20;
/** …and how far from it is near enough: nobody hears 3 dB, and a steady voice is not pulled about. */
const TOLERANCE_DB = 3;
const LEAST_GAIN_DB = -12;
const MOST_GAIN_DB = 18;
/** Per frame of 20 ms: 3 dB per second up, 12 dB per second down. */
const RISE_DB = 0.06;
const FALL_DB = 0.24;
/** Weight of one frame in the loudness: a time constant of one second of speech. */
const WEIGHT = 0.02;

/** Brings soft and loud voices slowly to one loudness, -20 dBFS ±3 dB, by -12 to +18 dB. */
export class LevelControl {
  #loudnessDb: number | null = null;
  #gainDb = 0;
  #gain = 1;

  /** Factor for the samples of this voice. */
  get gain(): number {
    return this.#gain;
  }

  /** A frame of speech had this level. Frames that are no speech say nothing about how loud somebody speaks. */
  observe(levelDb: number): void {
    this.#loudnessDb = this.#loudnessDb === null ? levelDb : this.#loudnessDb + (levelDb - this.#loudnessDb) * WEIGHT;
    const wanted = Math.min(MOST_GAIN_DB, Math.max(LEAST_GAIN_DB, correctionOf(this.#loudnessDb)));
    const step = Math.min(RISE_DB, Math.max(-FALL_DB, wanted - this.#gainDb));
    if (step === 0) return;
    this.#gainDb += step;
    this.#gain = 10 ** (this.#gainDb / 20);
  }
}

function correctionOf(loudnessDb: number): number {
  const distance = TARGET_DB - loudnessDb;
  return Math.sign(distance) * Math.max(0, Math.abs(distance) - TOLERANCE_DB);
}
