import { NO_PLAYBACK, type PlaybackStatistics } from './playback-statistics.ts';
import type { SharedChunks } from './shared-chunks.ts';
import type { PlaybackCommand, PlaybackMessage } from './worklet-messages.ts';

/** The audio of one person or of the model, on its way to the speaker. */
export interface PlaybackSource {
  /**
   * Plays these samples after those before. They are copied.
   *
   * @param samples - PCM16, mono, at the source's rate.
   * @param options - `turn`: the model's turn they belong to; late audio of an interrupted turn is dropped.
   */
  push(samples: Int16Array, options?: { readonly turn?: number }): void;
  /**
   * Fades out within 15 ms and forgets what waits of `turn` and of earlier ones; what still comes of them is dropped.
   * Without a turn, everything that came so far.
   */
  interrupt(turn?: number): void;
  /** The burst is complete: what waits is played without waiting for more. */
  end(): void;
  /** Root mean square of what is heard now, 0 to 1, before volume. */
  readonly level: number;
  /**
   * The turn that is heard now or was heard last, and how much of its audio was, milliseconds; up to 40 ms behind.
   * Turn 0 before anything of a turn was heard.
   */
  readonly heard: HeardClock;
  /** 0 to 1. */
  volume: number;
  /** Counts made where the audio is played. */
  statistics(): Promise<PlaybackStatistics>;
  /** Stops and frees the source; harmless twice. */
  dispose(): void;
}

/** How far a turn was heard. */
export interface HeardClock {
  readonly turn: number;
  /** Milliseconds of the turn's own audio that have left the speaker. */
  readonly ms: number;
}

/** Where a {@link WorkletPlayback} sends its commands once there is a worklet. */
export interface PlaybackSink {
  readonly node: AudioWorkletNode;
  readonly gain: GainNode;
  /** Shared memory that samples go through; `null` where they go by messages. */
  readonly shared: SharedChunks | null;
}

/** What a {@link WorkletPlayback} has to know of its speaker. */
export interface PlaybackOwner {
  /** Whether output advances now. */
  readonly canPlay: boolean;
  /** From the worklet to the ear, milliseconds. */
  readonly outputLatencyMs: number;
  /** The source was disposed. */
  forget(source: WorkletPlayback): void;
}

/**
 * Audio that waited for longer than this for a gesture is skipped by as much as would have been heard meanwhile, so that
 * everybody hears the same. A context that only starts slowly loses nothing.
 */
const TOLERATED_BLOCK_MS = 1_000;

/** What comes before anything can be heard: two minutes of a model's voice, 5.8 MB; what comes on top is dropped. */
const MAX_UNHEARD_SAMPLES = 120 * 24_000;

/** A worklet of a context that does not run may not answer; then what was known last is given. */
const REPORT_DEADLINE_MS = 500;

/** A {@link PlaybackSource} whose worklet may come later, or never. */
export class WorkletPlayback implements PlaybackSource {
  readonly #owner: PlaybackOwner;
  readonly #reports = new Map<number, (statistics: PlaybackStatistics) => void>();
  #sink: PlaybackSink | null = null;
  /** Commands until there is a worklet; `null` once nothing is kept any more. */
  #waiting: PlaybackCommand[] | null = [];
  #received = 0;
  /** Samples that were taken while nothing could be heard. */
  #unheard = 0;
  #refused = 0;
  #lastKnown: PlaybackStatistics = NO_PLAYBACK;
  #level = 0;
  #heard: HeardClock = { turn: 0, ms: 0 };
  #heardWhole = false;
  /** Messages that the worklet was sent, modulo 2^32. */
  #sent = 0;
  #volume = 1;
  #blockedSinceMs: number | null = null;
  #reportId = 0;

  constructor(owner: PlaybackOwner) {
    this.#owner = owner;
  }

  /** Whether there is a worklet. */
  get isConnected(): boolean {
    return this.#sink !== null;
  }

  get level(): number {
    return this.#owner.canPlay ? this.#level : 0;
  }

  get heard(): HeardClock {
    const { turn, ms } = this.#heard;
    return { turn, ms: this.#heardWhole ? ms : Math.max(0, ms - this.#owner.outputLatencyMs) };
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    checkVolume(volume);
    this.#volume = volume;
    if (this.#sink) setGain(this.#sink.gain, volume);
  }

  push(samples: Int16Array, { turn = 0 }: { readonly turn?: number } = {}): void {
    this.#received += samples.length;
    if (!this.#sink && !this.#waiting) return;
    const { canPlay } = this.#owner;
    if (!canPlay) this.#blockedSinceMs ??= performance.now();
    if (!canPlay || this.#waiting) {
      if (this.#unheard + samples.length > MAX_UNHEARD_SAMPLES) {
        this.#refused += samples.length;
        return;
      }
      this.#unheard += samples.length;
    }
    if (this.#writeShared(samples, turn)) return;
    // A copy: the caller's samples are often a view on a received message, which must not be taken away from it.
    this.#send({ type: 'push', samples: new Int16Array(samples), turn });
  }

  interrupt(turn?: number): void {
    this.#blockedSinceMs = null;
    this.#send({ type: 'interrupt', turn: turn ?? null });
  }

  end(): void {
    this.#send({ type: 'end' });
  }

  statistics(): Promise<PlaybackStatistics> {
    if (!this.#sink) return Promise.resolve(this.#withoutWorklet());
    const id = ++this.#reportId;
    const { promise, resolve } = Promise.withResolvers<PlaybackStatistics>();
    const deadline = setTimeout(() => settle(this.#lastKnown), REPORT_DEADLINE_MS);
    const settle = (statistics: PlaybackStatistics) => {
      clearTimeout(deadline);
      this.#reports.delete(id);
      const receivedSamples = Math.max(statistics.receivedSamples, this.#received);
      resolve({ ...statistics, receivedSamples, droppedSamples: statistics.droppedSamples + this.#refused });
    };
    this.#reports.set(id, settle);
    this.#send({ type: 'report', id });
    return promise;
  }

  dispose(): void {
    this.detach();
    this.#owner.forget(this);
  }

  /** There is a worklet, perhaps again: everything that waited goes there. */
  attach(sink: PlaybackSink): void {
    const waiting = this.#waiting;
    this.#sink = sink;
    this.#waiting = null;
    this.#sent = 0;
    if (!waiting) this.#refused = this.#received - this.#lastKnown.playedSamples;
    if (!waiting || this.#owner.canPlay) this.#unheard = 0;
    sink.gain.gain.value = this.#volume;
    sink.node.port.onmessage = ({ data }: MessageEvent<PlaybackMessage>) => this.#hear(data);
    for (const command of waiting ?? []) this.#send(command);
  }

  /** There is no worklet, or not any more: until there is one, what comes is counted as dropped. */
  detach(): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#waiting = null;
    this.#blockedSinceMs = null;
    this.#level = 0;
    if (sink) {
      sink.node.port.postMessage({ type: 'close' } satisfies PlaybackCommand);
      sink.node.port.onmessage = null;
      sink.node.disconnect();
      sink.gain.disconnect();
    }
    for (const settle of [...this.#reports.values()]) settle(this.#lastKnown);
  }

  /** Output advances again. */
  unblock(): void {
    const sinceMs = this.#blockedSinceMs;
    this.#blockedSinceMs = null;
    if (this.#sink) this.#unheard = 0;
    if (sinceMs === null) return;
    const milliseconds = performance.now() - sinceMs;
    if (milliseconds > TOLERATED_BLOCK_MS) this.#send({ type: 'skip', milliseconds });
  }

  #send(command: PlaybackCommand): void {
    if (this.#waiting) this.#waiting.push(command);
    else if (this.#sink) {
      this.#sent = (this.#sent + 1) >>> 0;
      this.#sink.node.port.postMessage(command, command.type === 'push' ? [command.samples.buffer] : []);
    }
  }

  /** Samples must not overtake a message that was sent before them; then they follow it as one. */
  #writeShared(samples: Int16Array, turn: number): boolean {
    const shared = this.#sink?.shared;
    return !!shared && shared.obeyed === this.#sent && shared.write(samples, turn);
  }

  #hear(message: PlaybackMessage): void {
    if (message.type === 'level') {
      this.#level = message.level;
      this.#heard = { turn: message.heardTurn, ms: message.heardMs };
      this.#heardWhole = message.heardWhole;
    } else {
      const transport = this.#sink?.shared ? 'shared' : 'messages';
      this.#lastKnown = { ...message.statistics, transport };
      this.#reports.get(message.id)?.(this.#lastKnown);
    }
  }

  #withoutWorklet(): PlaybackStatistics {
    if (this.#waiting) return { ...NO_PLAYBACK, receivedSamples: this.#received };
    const { playedSamples } = this.#lastKnown;
    return {
      ...this.#lastKnown,
      receivedSamples: this.#received,
      droppedSamples: this.#received - playedSamples,
      queuedMs: 0,
    };
  }
}

/** @throws RangeError when the volume is not from 0 to 1. */
export function checkVolume(volume: number): void {
  if (!(volume >= 0 && volume <= 1)) throw new RangeError(`volume is ${volume}; give a number from 0 to 1.`);
}

/** Changes a gain without a click. */
export function setGain(node: GainNode, value: number): void {
  node.gain.setTargetAtTime(value, node.context.currentTime, 0.01);
}
