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
/** A place that scores less even roughly is not looked at further; chance alone gives about 0.2. */
const LEAST_WHOLE_SCORE = 0.23;
/** How far the colour of a band may lie from the gain, in dB. */
const TINT_DB = 14;
/** Bands on each side that help to find the colour of one: a room does not change from band to band. */
const TINT_BANDS = 2;
const NO_TINT = new Int16Array(FEATURE_BANDS);
/** Frames by which a segment may begin earlier or later than the one before lets expect; nearest first. */
const DRIFTS = [0, -1, 1, -2, 2];
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
 * What a filter, a gain control or a jittery network did to the whole is found by voting too, and taken out.
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
      const score = this.#wholeScore(picture, startFrame);
      if (score > best.score) best = { startFrame, score };
    }
    const isHopeless = best.score < LEAST_WHOLE_SCORE;
    return isHopeless ? best : { startFrame: best.startFrame, score: this.#score(picture, best.startFrame) };
  }

  /** Share of a sample of the cells that agree on one gain. */
  #coarseScore(picture: RoundedPicture, startFrame: number): number {
    const votes = new Int32Array(BINS);
    const range = { from: 0, to: this.#cells.length, stride: COARSE_STRIDE };
    const counted = this.#vote(votes, picture, range, startFrame);
    return counted === 0 ? 0 : strongest(votes, 0, BINS - 1).votes / counted;
  }

  /** Share of all cells that agree on one gain; 0 where too little of the phrase lies inside the audio. */
  #wholeScore(picture: RoundedPicture, startFrame: number): number {
    const votes = new Int32Array(BINS);
    const counted = this.#vote(votes, picture, { from: 0, to: this.#cells.length, stride: 1 }, startFrame);
    if (counted < this.#cells.length * LEAST_COVERAGE) return 0;
    return strongest(votes, 0, BINS - 1).votes / counted;
  }

  /**
   * Share of cells that fit when each segment may have its own gain, and each may begin a little earlier or later than
   * the one before it let expect: audio that came over a network has been stretched and cut.
   */
  #score(picture: RoundedPicture, startFrame: number): number {
    const { gain, tint } = this.#colour(picture, startFrame);
    let fitting = 0;
    let counted = 0;
    let from = 0;
    let drift = 0;
    for (const to of this.#segmentEnds) {
      const best = this.#fitSegment(picture, { from, to, stride: 1 }, startFrame + drift, gain, tint);
      fitting += best.votes;
      counted += best.counted;
      drift += best.shift;
      from = to;
    }
    return counted < this.#cells.length * LEAST_COVERAGE ? 0 : fitting / counted;
  }

  #fitSegment(
    picture: RoundedPicture,
    range: CellRange,
    startFrame: number,
    gain: number,
    tint: Int16Array,
  ): { readonly votes: number; readonly counted: number; readonly shift: number } {
    let best = { votes: -1, counted: 0, shift: 0 };
    for (const shift of DRIFTS) {
      const histogram = new Int32Array(BINS);
      const counted = this.#vote(histogram, picture, range, startFrame + shift, tint);
      const { votes } = strongest(histogram, gain - GAIN_DRIFT_DB, gain + GAIN_DRIFT_DB);
      if (votes > best.votes) best = { votes, counted, shift };
    }
    return best;
  }

  /** The gain of the whole, and by how much each band differs from it: microphones and rooms colour what they pass on. */
  #colour(picture: RoundedPicture, startFrame: number): { readonly gain: number; readonly tint: Int16Array } {
    const byBand = Array.from({ length: FEATURE_BANDS }, () => new Int32Array(BINS));
    const shift = startFrame * FEATURE_BANDS;
    for (const [index, own] of this.#cells.entries()) {
      const level = own + shift < 0 ? undefined : picture.levels[own + shift];
      const votes = byBand[own % FEATURE_BANDS];
      if (level === undefined || !votes) continue;
      const bin = level - (this.#levels[index] ?? 0) + BIN_OF_ZERO;
      votes[bin] = (votes[bin] ?? 0) + 1;
    }
    const gain = strongest(sumVotes(byBand), 0, BINS - 1).bin;
    const tint = Int16Array.from(byBand, (_, band) => {
      const near = sumVotes(byBand.slice(Math.max(0, band - TINT_BANDS), band + TINT_BANDS + 1));
      return strongest(near, gain - TINT_DB, gain + TINT_DB).bin - gain;
    });
    return { gain, tint };
  }

  /** Counts the level differences of some cells; returns how many of them lie inside the audio. */
  #vote(
    votes: Int32Array,
    picture: RoundedPicture,
    range: CellRange,
    startFrame: number,
    tint: Int16Array = NO_TINT,
  ): number {
    const shift = startFrame * FEATURE_BANDS;
    const { levels } = picture;
    const cells = this.#cells;
    const own = this.#levels;
    let counted = 0;
    // The innermost loop of the whole search: the casts spare a check that the bounds above them already made.
    for (let index = range.from; index < range.to; index += range.stride) {
      const cell = (cells[index] as number) + shift;
      if (cell < 0 || cell >= levels.length) continue;
      counted += 1;
      const bin =
        (levels[cell] as number) - (own[index] as number) - (tint[cell % FEATURE_BANDS] as number) + BIN_OF_ZERO;
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
function strongest(histogram: Int32Array, fromBin: number, toBin: number): { bin: number; votes: number } {
  let best = { bin: fromBin, votes: 0 };
  for (let bin = Math.max(TOLERANCE_DB, fromBin); bin <= Math.min(BINS - 1 - TOLERANCE_DB, toBin); bin += 1) {
    let votes = 0;
    for (let near = bin - TOLERANCE_DB; near <= bin + TOLERANCE_DB; near += 1) votes += histogram[near] ?? 0;
    if (votes > best.votes) best = { bin, votes };
  }
  return best;
}

function sumVotes(histograms: readonly Int32Array[]): Int32Array {
  const sum = new Int32Array(BINS);
  for (const histogram of histograms) {
    for (let bin = 0; bin < BINS; bin += 1) sum[bin] = (sum[bin] ?? 0) + (histogram[bin] ?? 0);
  }
  return sum;
}
