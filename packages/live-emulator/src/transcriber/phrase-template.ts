import { FEATURE_BANDS, type LogMel, logMel } from '../audio/log-mel.ts';

/** Frames of one segment: 0.4 s. Each may sit on its own gain, so automatic gain control does no harm. */
const SEGMENT_FRAMES = 40;
/** Cells more than this below the loudest band of their frame say little and drown first in a mix. */
const DEPTH_DB = 22;
/** Cells more than this below the loudest cell of the phrase are its silence. */
const RANGE_DB = 35;
/** A segment with fewer cells is a pause; its score would be chance. */
const FEWEST_CELLS = 20;
/** Of the cells, every third is enough to find where a phrase may lie. */
const COARSE_STRIDE = 3;
/** Offsets tried in the coarse pass are this many frames apart. */
const COARSE_STEP = 2;
/** Best places of the coarse pass that are looked at closely. */
const CANDIDATES = 8;
/** Half width of the vote, in dB. */
const TOLERANCE_DB = 2;
/** How far the gain of one segment may lie from that of the phrase, in dB. */
const GAIN_DRIFT_DB = 6;
/** Share of a phrase that has to lie inside the audio, so that a phrase cut by a late join still counts. */
const LEAST_COVERAGE = 0.6;
/** Histogram of level differences in steps of 1 dB; levels of 16-bit audio lie between −10 and 110 dB. */
const BINS = 256;
const BIN_OF_ZERO = 128;

/** A log-mel picture in whole dB, which is what phrases are searched in. */
export interface RoundedPicture {
  readonly frames: number;
  readonly levels: Int16Array;
}

/** `picture` in whole dB. */
export function roundPicture(picture: LogMel): RoundedPicture {
  return { frames: picture.frames, levels: Int16Array.from(picture.levels, Math.round) };
}

/** One place where a phrase was found. */
export interface PhraseMatch {
  /** Frame of the audio at which the phrase begins; negative when its beginning is cut off. */
  readonly startFrame: number;
  /** Share of the phrase's salient cells that fit, 0 to 1. */
  readonly score: number;
}

/**
 * A phrase as it looks in time and frequency, and the search for it.
 *
 * In a mix the louder voice owns each cell of the picture. Where the phrase owns a cell, the cell's level is that of
 * the template plus one constant, the gain; where another voice owns it, the difference is anything. So all salient
 * cells vote for a gain, and the share of votes on the winning one tells whether the phrase is there: unlike a plain
 * correlation this does not suffer from what else sounds, nor from gain, nor much from what lies between the peaks.
 */
export class PhraseTemplate {
  /** Length of the phrase in frames. */
  readonly frames: number;
  /** Per cell: index into the template's own picture, frame × bands + band. */
  readonly #cells: Int32Array;
  /** Level of each cell in whole dB. */
  readonly #levels: Int16Array;
  /** Index behind the last cell of each segment. */
  readonly #segmentEnds: readonly number[];

  constructor(samples: Int16Array) {
    const picture = logMel(samples);
    this.frames = picture.frames;
    const { cells, segmentEnds } = salientCells(picture);
    this.#cells = Int32Array.from(cells);
    this.#levels = Int16Array.from(cells, (cell) => Math.round(picture.levels[cell] ?? 0));
    this.#segmentEnds = segmentEnds;
  }

  /** Places where the phrase scores at least `threshold`, the best first; a phrase said twice is found twice. */
  findIn(picture: RoundedPicture, threshold: number): PhraseMatch[] {
    const found: PhraseMatch[] = [];
    for (const candidate of this.#candidates(picture)) {
      const match = this.#refine(picture, candidate);
      if (match.score < threshold) continue;
      const isSame = (other: PhraseMatch): boolean => Math.abs(other.startFrame - match.startFrame) < this.frames / 2;
      const rival = found.findIndex(isSame);
      if (rival === -1) found.push(match);
      else if ((found[rival]?.score ?? 0) < match.score) found[rival] = match;
    }
    return found.sort((a, b) => b.score - a.score);
  }

  #candidates(picture: RoundedPicture): number[] {
    const margin = Math.floor(this.frames * (1 - LEAST_COVERAGE));
    const places: PhraseMatch[] = [];
    for (let startFrame = -margin; startFrame + this.frames <= picture.frames + margin; startFrame += COARSE_STEP) {
      places.push({ startFrame, score: this.#coarseScore(picture, startFrame) });
    }
    const isPeak = (place: PhraseMatch, index: number): boolean =>
      place.score >= (places[index - 1]?.score ?? 0) && place.score >= (places[index + 1]?.score ?? 0);
    return places
      .filter(isPeak)
      .sort((a, b) => b.score - a.score)
      .slice(0, CANDIDATES)
      .map((place) => place.startFrame);
  }

  #refine(picture: RoundedPicture, around: number): PhraseMatch {
    let best: PhraseMatch = { startFrame: around, score: 0 };
    for (let startFrame = around - COARSE_STEP; startFrame <= around + COARSE_STEP; startFrame += 1) {
      const score = this.#score(picture, startFrame);
      if (score > best.score) best = { startFrame, score };
    }
    return best;
  }

  #coarseScore(picture: RoundedPicture, startFrame: number): number {
    const votes = new Int32Array(BINS);
    const counted = this.#vote(votes, picture, startFrame, { from: 0, to: this.#cells.length, stride: COARSE_STRIDE });
    return counted === 0 ? 0 : strongest(votes, 0, BINS - 1).share / counted;
  }

  #score(picture: RoundedPicture, startFrame: number): number {
    const whole = new Int32Array(BINS);
    const counted = this.#vote(whole, picture, startFrame, { from: 0, to: this.#cells.length, stride: 1 });
    if (counted < this.#cells.length * LEAST_COVERAGE) return 0;
    const gain = strongest(whole, 0, BINS - 1).bin;
    let fitting = 0;
    let from = 0;
    for (const to of this.#segmentEnds) {
      const votes = new Int32Array(BINS);
      this.#vote(votes, picture, startFrame, { from, to, stride: 1 });
      fitting += strongest(votes, gain - GAIN_DRIFT_DB, gain + GAIN_DRIFT_DB).share;
      from = to;
    }
    return fitting / counted;
  }

  /** Counts the level differences of some cells; returns how many of them lie inside the audio. */
  #vote(votes: Int32Array, picture: RoundedPicture, startFrame: number, range: CellRange): number {
    const shift = startFrame * FEATURE_BANDS;
    const { levels } = picture;
    const cells = this.#cells;
    const own = this.#levels;
    let counted = 0;
    // The innermost loop of the whole search: the casts spare a check that the bounds above it already made.
    for (let index = range.from; index < range.to; index += range.stride) {
      const cell = (cells[index] as number) + shift;
      if (cell < 0 || cell >= levels.length) continue;
      counted += 1;
      const bin = (levels[cell] as number) - (own[index] as number) + BIN_OF_ZERO;
      votes[bin] = (votes[bin] as number) + 1;
    }
    return counted;
  }
}

interface CellRange {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

function salientCells(picture: LogMel): { cells: number[]; segmentEnds: number[] } {
  const loudest = picture.levels.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const cells: number[] = [];
  const segmentEnds: number[] = [];
  for (let first = 0; first < picture.frames; first += SEGMENT_FRAMES) {
    const before = cells.length;
    for (let frame = first; frame < Math.min(first + SEGMENT_FRAMES, picture.frames); frame += 1) {
      addSalientCells(cells, picture, frame, loudest - RANGE_DB);
    }
    if (cells.length - before < FEWEST_CELLS) cells.length = before;
    else segmentEnds.push(cells.length);
  }
  return { cells, segmentEnds };
}

function addSalientCells(cells: number[], picture: LogMel, frame: number, floor: number): void {
  const start = frame * FEATURE_BANDS;
  const row = picture.levels.subarray(start, start + FEATURE_BANDS);
  const least = Math.max(floor, row.reduce((a, b) => Math.max(a, b), floor) - DEPTH_DB);
  row.forEach((level, band) => {
    if (level > least) cells.push(start + band);
  });
}

/** Most votes within a window of ± {@link TOLERANCE_DB}, its centre between two bins. */
function strongest(votes: Int32Array, fromBin: number, toBin: number): { bin: number; share: number } {
  let best = { bin: fromBin, share: 0 };
  for (let bin = Math.max(TOLERANCE_DB, fromBin); bin <= Math.min(BINS - 1 - TOLERANCE_DB, toBin); bin += 1) {
    let share = 0;
    for (let near = bin - TOLERANCE_DB; near <= bin + TOLERANCE_DB; near += 1) share += votes[near] ?? 0;
    if (share > best.share) best = { bin, share };
  }
  return best;
}
