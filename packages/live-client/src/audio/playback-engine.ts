import { Concealment } from './concealment.ts';
import { JitterControl } from './jitter-control.ts';
import { OutputMeter } from './output-meter.ts';
import type { PlaybackCounts } from './playback-statistics.ts';
import { Resampler } from './resampler.ts';
import { TurnQueue } from './turn-queue.ts';

/** What a {@link PlaybackEngine} plays, and where. */
export interface PlaybackEngineOptions {
  /** Rate of the samples that are pushed. */
  readonly sourceRate: number;
  /** Rate of the output. */
  readonly contextRate: number;
  /** Whether the source is a microphone: audio is then skipped rather than played ever later. */
  readonly live: boolean;
  /**
   * Most audio that may wait, milliseconds. On top of it the newest is dropped, or the oldest when the source is live.
   * @defaultValue 120_000, live 1_000
   */
  readonly maxQueuedMs?: number;
}

/** Length of the fade when a burst is interrupted: short enough to feel immediate, long enough not to click. */
const FADE_OUT_MS = 15;
/** Length of the fade when audio begins in the middle of a wave. */
const FADE_IN_MS = 5;
/** Audio remembered, and played backwards, when more is missing. */
const CONCEALMENT_MS = 10;
/** A live source is looked at this often: what was never needed in that time is skipped. */
const CATCH_UP_WINDOW_MS = 2_000;
/** Depth above the target that is left alone. */
const CATCH_UP_SLACK_MS = 40;

/**
 * What a playback worklet does, without the worklet: takes audio as it arrives, gives it out evenly.
 *
 * ```
 *          push              deep enough, ended, or waited long
 *  idle ─────────▶ buffering ──────────────────────────────────▶ playing
 *   ▲  ▲               ▲                    empty before the end    │
 *   │  └─ interrupt ───┴────────────────────────────────────────────┤
 *   └──────────────────────────────────── empty after the end ──────┘
 * ```
 * Rendering allocates nothing once its first block was rendered.
 */
export class PlaybackEngine {
  readonly #sourceRate: number;
  readonly #contextRate: number;
  readonly #live: boolean;
  readonly #maxQueued: number;
  readonly #queue: TurnQueue;
  readonly #jitter: JitterControl;
  readonly #resampler: Resampler;
  readonly #concealment: Concealment;
  readonly #meter: OutputMeter = new OutputMeter();
  #scratch: Float32Array = new Float32Array(512);

  #status: 'idle' | 'buffering' | 'playing' = 'idle';
  /** The burst is complete: nothing has to be waited for. */
  #ended = false;
  /** Silence that was fed after the end, to empty the resampler; source samples. */
  #drained = 0;
  /** Output rendered since audio to begin with is there, while buffering. */
  #waited = 0;
  /** Output that was missing since the queue ran empty in mid-burst; `null` when it did not. */
  #starved: number | null = null;
  #fadeInLeft = 0;

  /** The fading end of what was interrupted, rendered at once so that the queue is free for what follows. */
  readonly #tail: Float32Array;
  #tailAt: number;

  #leastDepth: number = Number.POSITIVE_INFINITY;
  #sinceCatchUp = 0;

  #lastTurn = 0;
  #playingTurn = 0;
  #cancelledThrough = 0;

  #received = 0;
  #played = 0;
  #dropped = 0;
  #underruns = 0;
  #concealed = 0;
  #playedThrough = 0;
  /** Samples of `#heardTurn` that left; both stay until another turn begins. */
  #heard = 0;
  #heardTurn = 0;

  constructor({ sourceRate, contextRate, live, maxQueuedMs = live ? 1_000 : 120_000 }: PlaybackEngineOptions) {
    this.#sourceRate = sourceRate;
    this.#contextRate = contextRate;
    this.#live = live;
    this.#maxQueued = Math.ceil((maxQueuedMs * sourceRate) / 1_000);
    this.#queue = new TurnQueue({ maxSamples: this.#maxQueued });
    this.#jitter = new JitterControl({ live });
    this.#resampler = new Resampler({ inputRate: sourceRate, outputRate: contextRate });
    this.#concealment = new Concealment({ length: this.#outputSamples(CONCEALMENT_MS) });
    this.#tail = new Float32Array(this.#outputSamples(FADE_OUT_MS));
    this.#tailAt = this.#tail.length;
  }

  /**
   * Takes audio that arrived.
   *
   * @param samples - PCM16 at the source's rate; copied.
   * @param turn - the model's turn it belongs to, 0 for none.
   * @param nowMs - time of arrival on any steady clock.
   * @param length - how many of the samples are meant.
   */
  push(samples: Int16Array, turn: number, nowMs: number, length: number = samples.length): void {
    this.#received += length;
    if (turn > 0 && turn <= this.#cancelledThrough) {
      this.#dropped += length;
      return;
    }
    if (this.#drained > 0) this.#finish();
    if (this.#starved !== null && turn !== this.#lastTurn) this.#finish();
    if (this.#status === 'idle' || this.#ended) this.#jitter.restart();
    this.#measureArrival(length, nowMs);
    if (this.#queue.length === 0) this.#waited = 0;
    if (this.#status === 'idle') this.#status = 'buffering';
    this.#ended = false;
    this.#lastTurn = Math.max(this.#lastTurn, turn);
    if (this.#live) this.#makeRoom(length);
    this.#dropped += this.#queue.write(samples, turn, length);
  }

  /** The burst is complete: what waits is played without waiting for more. */
  end(): void {
    this.#ended = true;
    if (this.#starved !== null && this.#queue.length === 0) this.#finish();
    else if (this.#status === 'idle') this.#ended = false;
  }

  /**
   * Fades out and forgets what waits of `turn` and of earlier ones, and drops what still comes of them; `null` forgets
   * everything that came so far.
   */
  interrupt(turn: number | null): void {
    const through = turn ?? this.#lastTurn;
    this.#cancelledThrough = Math.max(this.#cancelledThrough, through);
    const cut = turn === null ? this.#queue.length : this.#queue.lengthThrough(turn);
    if (cut === 0 && this.#queue.length > 0) return;
    const faded = this.#status === 'playing' ? this.#fadeOut(cut) : 0;
    this.#dropped += this.#queue.skip(cut - faded);
    this.#resampler.reset();
    this.#starved = null;
    this.#waited = 0;
    this.#drained = 0;
    this.#fadeInLeft = 0;
    this.#playingTurn = 0;
    if (this.#queue.length > 0) this.#status = 'buffering';
    else {
      this.#status = 'idle';
      this.#ended = false;
    }
  }

  /** Forgets up to so much of the oldest audio: what would have been heard while nothing could be played. */
  skip(milliseconds: number): void {
    const turn = this.#queue.headTurn;
    const skipped = this.#queue.skip(this.#sourceSamples(milliseconds));
    this.#dropped += skipped;
    // Its time has passed, as if it had been heard.
    this.#countHeard(turn, skipped);
    this.#fadeInLeft = this.#outputSamples(FADE_IN_MS);
  }

  /** Writes the next block of output, all of it. */
  render(output: Float32Array): void {
    if (this.#tailAt < this.#tail.length) this.#renderTail(output);
    else {
      if (this.#status === 'buffering') this.#beginWhenReady(output.length);
      if (this.#status === 'playing') this.#renderQueue(output);
      else this.#renderAbsence(output);
    }
    this.#meter.hear(output);
  }

  /** The turn that is heard, or was heard last; 0 for none. */
  get heardTurn(): number {
    return this.#heardTurn;
  }

  /** Whether {@link heardTurn} was heard to its end. */
  get heardWhole(): boolean {
    return this.#playedThrough >= this.#heardTurn;
  }

  /** How much of {@link heardTurn} was heard, milliseconds of its own audio. */
  get heardMs(): number {
    // What fills the resampler has been read and is not heard yet.
    const inside = this.#status === 'playing' ? this.#resampler.delay : 0;
    return this.#sourceMs(Math.max(0, this.#heard - inside));
  }

  /** Root mean square of the output since the last call. */
  takeLevel(): number {
    return this.#meter.takeLevel();
  }

  statistics(): PlaybackCounts {
    return {
      receivedSamples: this.#received,
      playedSamples: this.#played,
      droppedSamples: this.#dropped,
      underruns: this.#underruns,
      concealedMs: (this.#concealed / this.#contextRate) * 1_000,
      queuedMs: this.#sourceMs(this.#queue.length),
      targetDepthMs: this.#jitter.targetMs,
      playedThroughTurn: this.#playedThrough,
      heardTurn: this.#heardTurn,
      heardMs: this.heardMs,
      playedRms: this.#meter.rms,
      playedPeak: this.#meter.peak,
    };
  }

  #measureArrival(length: number, nowMs: number): void {
    const durationMs = this.#sourceMs(length);
    this.#jitter.arrived(nowMs, durationMs);
    if (this.#starved === null || this.#queue.length > 0) return;
    // Playing begins again from this chunk: later ones are late or not in relation to it.
    this.#jitter.restart();
    this.#jitter.arrived(nowMs, durationMs);
  }

  #beginWhenReady(outputLength: number): void {
    if (this.#queue.length === 0) return;
    this.#waited += outputLength;
    const targetMs = this.#jitter.targetMs;
    // A burst shorter than the target would otherwise wait for ever when its end is not announced.
    const waitedLong = (this.#waited / this.#contextRate) * 1_000 >= 2 * targetMs;
    if (!this.#ended && !waitedLong && this.#sourceMs(this.#queue.length) < targetMs) return;
    if (this.#starved !== null) {
      this.#underruns += 1;
      this.#concealed += this.#starved;
      this.#starved = null;
      this.#fadeInLeft = this.#outputSamples(FADE_IN_MS);
    }
    this.#concealment.clear();
    this.#leastDepth = Number.POSITIVE_INFINITY;
    this.#sinceCatchUp = 0;
    this.#status = 'playing';
  }

  #renderAbsence(output: Float32Array): void {
    this.#concealment.fill(output, 0, output.length);
    if (this.#starved !== null) this.#starved += output.length;
  }

  #renderQueue(output: Float32Array): void {
    const needed = this.#resampler.inputNeeded(output.length);
    if (needed > this.#scratch.length) this.#scratch = new Float32Array(needed);
    const read = this.#readQueue(needed);
    let given = read;
    if (read < needed && this.#ended) {
      this.#scratch.fill(0, read, needed);
      this.#drained += needed - read;
      given = needed;
    }
    const made = this.#resampler.pull(this.#scratch, given, output, output.length);
    this.#fadeIn(output, made);
    this.#meter.count(output, made);
    this.#concealment.remember(output, 0, made);
    if (made < output.length) this.#starve(output, made);
    else if (read < needed && this.#drained >= 2 * this.#resampler.delay) this.#finish();
    else if (this.#live) this.#catchUp(output.length);
  }

  #readQueue(count: number): number {
    const turn = this.#queue.headTurn;
    if (turn !== null && turn !== this.#playingTurn) {
      this.#playedThrough = Math.max(this.#playedThrough, this.#playingTurn);
      this.#playingTurn = turn;
    }
    const read = this.#queue.read(this.#scratch, count);
    this.#played += read;
    this.#countHeard(turn, read);
    return read;
  }

  #countHeard(turn: number | null, count: number): void {
    if (turn !== null && turn !== this.#heardTurn) {
      this.#heardTurn = turn;
      this.#heard = 0;
    }
    this.#heard += count;
  }

  #fadeIn(output: Float32Array, length: number): void {
    const whole = this.#outputSamples(FADE_IN_MS);
    for (let index = 0; index < length && this.#fadeInLeft > 0; index++) {
      output[index] = (output[index] ?? 0) * (1 - this.#fadeInLeft / whole);
      this.#fadeInLeft -= 1;
    }
  }

  #starve(output: Float32Array, from: number): void {
    this.#concealment.begin();
    this.#concealment.fill(output, from, output.length);
    this.#starved = output.length - from;
    this.#status = 'buffering';
    this.#waited = 0;
  }

  /** The burst was played to its end. */
  #finish(): void {
    this.#playedThrough = Math.max(this.#playedThrough, this.#playingTurn);
    this.#playingTurn = 0;
    this.#status = 'idle';
    this.#ended = false;
    this.#drained = 0;
    this.#starved = null;
    this.#resampler.reset();
  }

  /** Renders the fading end into the tail; answers how many samples of the queue it took. */
  #fadeOut(available: number): number {
    const length = this.#tail.length;
    const needed = this.#resampler.inputNeeded(length);
    if (available === 0) {
      this.#concealment.begin();
      return 0;
    }
    if (needed > this.#scratch.length) this.#scratch = new Float32Array(needed);
    const read = this.#readQueue(Math.min(needed, available));
    this.#scratch.fill(0, read, needed);
    this.#resampler.pull(this.#scratch, needed, this.#tail, length);
    for (let index = 0; index < length; index++) {
      this.#tail[index] = (this.#tail[index] ?? 0) * (1 - (index + 1) / length);
    }
    this.#meter.count(this.#tail, length);
    this.#concealment.clear();
    this.#tailAt = 0;
    return read;
  }

  #renderTail(output: Float32Array): void {
    for (let index = 0; index < output.length; index++) {
      output[index] = this.#tail[this.#tailAt] ?? 0;
      if (this.#tailAt < this.#tail.length) this.#tailAt += 1;
    }
  }

  /** What a microphone sent long ago is of no use to anybody: old audio makes room for new. */
  #makeRoom(length: number): void {
    if (this.#queue.length + length <= this.#maxQueued) return;
    this.#skipBlended(this.#queue.length - this.#sourceSamples(this.#jitter.targetMs));
  }

  #skipBlended(count: number): void {
    this.#dropped += this.#queue.skip(Math.max(0, count), this.#sourceSamples(FADE_IN_MS));
  }

  #catchUp(outputLength: number): void {
    this.#leastDepth = Math.min(this.#leastDepth, this.#queue.length);
    this.#sinceCatchUp += outputLength;
    if (this.#sinceCatchUp < this.#outputSamples(CATCH_UP_WINDOW_MS)) return;
    const excessMs = this.#sourceMs(this.#leastDepth) - this.#jitter.targetMs;
    if (excessMs > CATCH_UP_SLACK_MS) this.#skipBlended(this.#sourceSamples(excessMs));
    this.#leastDepth = Number.POSITIVE_INFINITY;
    this.#sinceCatchUp = 0;
  }

  #outputSamples(milliseconds: number): number {
    return Math.round((milliseconds * this.#contextRate) / 1_000);
  }

  #sourceSamples(milliseconds: number): number {
    return Math.floor((milliseconds * this.#sourceRate) / 1_000);
  }

  #sourceMs(samples: number): number {
    return (samples / this.#sourceRate) * 1_000;
  }
}
