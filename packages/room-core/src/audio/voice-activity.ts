/** Settings of a {@link VoiceActivity}. */
export interface VoiceActivityOptions {
  /** Nothing quieter is speech, in dB of full scale. @defaultValue -50 */
  readonly leastDb?: number;
  /** How far speech stands above the noise, in dB. @defaultValue 9 */
  readonly aboveNoiseDb?: number;
  /** How long speech goes on after its last loud frame, in frames of 20 ms. @defaultValue 15 */
  readonly hangoverFrames?: number;
}

const SILENCE_DB = -96;
/** The noise floor creeps up by half a decibel per second… */
const NOISE_RISE_DB = 0.01;
/** …but never so far that loud steady speech (or a test tone) is taken for noise. */
const MOST_NOISE_DB = -40;
const FIRST_NOISE_DB = -60;
/** What the sender's own detector is worth. */
const CLAIM_DB = 3;

/**
 * Whether one person speaks, from the energy of their own microphone: 3 loud frames of 5 start speech, 300 ms without
 * one end it. Loud means above the noise floor, which follows the quietest frames.
 */
export class VoiceActivity {
  readonly #leastDb: number;
  readonly #aboveNoiseDb: number;
  readonly #hangoverFrames: number;
  #noiseDb = FIRST_NOISE_DB;
  /** The last five frames, newest in the lowest bit. */
  #recent = 0;
  #quietFrames = Number.POSITIVE_INFINITY;
  #levelDb = SILENCE_DB;
  #speaking = false;
  #voiced = false;

  constructor(options: VoiceActivityOptions = {}) {
    this.#leastDb = options.leastDb ?? -50;
    this.#aboveNoiseDb = options.aboveNoiseDb ?? 9;
    this.#hangoverFrames = options.hangoverFrames ?? 15;
  }

  /** Whether the person speaks, short pauses included. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Whether the last frame itself was speech. */
  get voiced(): boolean {
    return this.#voiced;
  }

  /** Whether there was a loud frame within the last 300 ms: opens at once, for a gate that must not eat beginnings. */
  get open(): boolean {
    return this.#quietFrames < this.#hangoverFrames;
  }

  /** Level of the last frame, in dB of full scale. */
  get levelDb(): number {
    return this.#levelDb;
  }

  /**
   * Judges the next frame of PCM16. `claimed`: its sender hears speech in it, which makes a few decibels less enough; no
   * claim makes speech of silence.
   */
  process(frame: Int16Array, claimed = false): void {
    const level = levelDb(frame);
    this.#levelDb = level;
    const easier = claimed ? CLAIM_DB : 0;
    const loud = level > this.#leastDb - easier && level > this.#noiseDb + this.#aboveNoiseDb - easier;
    this.#noiseDb = Math.min(this.#noiseDb + NOISE_RISE_DB, Math.max(level, SILENCE_DB), MOST_NOISE_DB);
    this.#decide(loud);
  }

  /** A frame in which nothing came from this person. The noise floor stays. */
  processSilence(): void {
    this.#levelDb = SILENCE_DB;
    this.#decide(false);
  }

  #decide(loud: boolean): void {
    this.#recent = ((this.#recent << 1) | (loud ? 1 : 0)) & 0b11111;
    this.#quietFrames = loud ? 0 : this.#quietFrames + 1;
    if (bitCount(this.#recent) >= 3) this.#speaking = true;
    else if (this.#quietFrames >= this.#hangoverFrames) this.#speaking = false;
    this.#voiced = loud && this.#speaking;
  }
}

/** Root mean square of a frame in dB of full scale; -96 for silence. */
export function levelDb(frame: Int16Array): number {
  let energy = 0;
  for (let index = 0; index < frame.length; index += 1) {
    const sample = frame[index] ?? 0;
    energy += sample * sample;
  }
  if (energy === 0) return SILENCE_DB;
  return Math.max(SILENCE_DB, 10 * Math.log10(energy / frame.length / (32_768 * 32_768)));
}

/** The same of PCM16 little-endian bytes. */
export function levelDbOf(pcm: Uint8Array): number {
  // Every platform of Node is little-endian, as the wire is; only an odd place in memory takes the long way.
  if (pcm.byteOffset % 2 === 0) return levelDb(new Int16Array(pcm.buffer, pcm.byteOffset, pcm.byteLength >> 1));
  let energy = 0;
  for (let index = 0; index + 1 < pcm.byteLength; index += 2) {
    const sample = (pcm[index] ?? 0) | (((pcm[index + 1] ?? 0) << 24) >> 16);
    energy += sample * sample;
  }
  if (energy === 0) return SILENCE_DB;
  return Math.max(SILENCE_DB, 10 * Math.log10(energy / (pcm.byteLength >> 1) / (32_768 * 32_768)));
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
