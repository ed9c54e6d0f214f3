/** Reads a 16-bit mono PCM WAV. */
export function readWav(bytes: Uint8Array): { sampleRate: number; samples: Int16Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sampleRate = 0;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = Math.min(view.getUint32(at + 4, true), bytes.byteLength - at - 8);
    if (id === 'fmt ') sampleRate = view.getUint32(at + 12, true);
    if (id === 'data') {
      const samples = new Int16Array(size >> 1);
      for (let i = 0; i < samples.length; i += 1) samples[i] = view.getInt16(at + 8 + 2 * i, true);
      return { sampleRate, samples };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error('The WAV has no data chunk.');
}

/** Where a known sound is in a longer one. */
export interface Finding {
  /** Seconds from the start of the longer sound. */
  readonly atSeconds: number;
  /** Normalised cross-correlation, 0 to 1: about 1 for the sound alone, 0.7 under an equally loud other voice. */
  readonly score: number;
}

/**
 * Finds the place where `sound` fits best into `heard`; both are 16 kHz. The score is the mean of pieces that are each
 * looked for around their place: a busy machine drops samples between two pieces, and what follows moves.
 */
export function find(sound: Int16Array, heard: Int16Array): Finding {
  const needle = decimate(trimSilence(sound));
  const hay = decimate(heard);
  const whole = bestFit(needle, hay, 0, hay.length);
  let sum = 0;
  let weight = 0;
  for (let from = 0; from + pieceLength <= needle.length; from += pieceLength) {
    const piece = needle.subarray(from, from + pieceLength);
    const pieceEnergy = energy(piece, 0, piece.length);
    const place = whole.at + from;
    sum += pieceEnergy * bestFit(piece, hay, place - mostMoved, place + mostMoved + pieceLength).score;
    weight += pieceEnergy;
  }
  return { atSeconds: whole.at / reducedRate, score: sum / weight };
}

/** Where in `hay[from..to]` the needle fits best. */
function bestFit(needle: Float32Array, hay: Float32Array, from: number, to: number): { at: number; score: number } {
  const first = Math.max(0, from);
  const end = Math.min(hay.length, to);
  const needleEnergy = energy(needle, 0, needle.length);
  let hayEnergy = energy(hay, first, first + needle.length);
  let best = { at: first, score: 0 };
  for (let at = first; at + needle.length < end; at += 1) {
    let product = 0;
    for (let i = 0; i < needle.length; i += 1) product += (needle[i] ?? 0) * (hay[at + i] ?? 0);
    const score = Math.abs(product) / Math.sqrt(needleEnergy * hayEnergy + 1);
    if (score > best.score) best = { at, score };
    hayEnergy += (hay[at + needle.length] ?? 0) ** 2 - (hay[at] ?? 0) ** 2;
  }
  return best;
}

const reduction = 8;
const reducedRate = 16_000 / reduction;
/** Half a second: longer than any chance likeness of two voices, shorter than the way between two stalls. */
const pieceLength = reducedRate / 2;
/** Half a second of dropped samples. */
const mostMoved = reducedRate / 2;

/** Keeps the pitch of voices: averages of 8 samples, 2 kHz. */
function decimate(samples: Int16Array): Float32Array {
  const out = new Float32Array(Math.floor(samples.length / reduction));
  for (let i = 0; i < out.length; i += 1) {
    let sum = 0;
    for (let k = 0; k < reduction; k += 1) sum += samples[i * reduction + k] ?? 0;
    out[i] = sum / reduction;
  }
  return out;
}

function trimSilence(samples: Int16Array): Int16Array {
  const isLoud = (sample: number) => Math.abs(sample) > 300;
  const first = samples.findIndex(isLoud);
  const last = samples.findLastIndex(isLoud);
  return first < 0 ? samples : samples.subarray(first, last + 1);
}

function energy(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += (samples[i] ?? 0) ** 2;
  return sum;
}

/** Of the places from `from` to `to`, the one with the highest value. */
export function best(from: number, to: number, step: number, value: (at: number) => number): number {
  let found = { at: from, value: Number.NEGATIVE_INFINITY };
  for (let at = from; at <= to; at += step) {
    const here = value(at);
    if (here > found.value) found = { at, value: here };
  }
  return found.at;
}
