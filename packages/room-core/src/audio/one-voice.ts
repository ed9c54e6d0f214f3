import { FRAME_SAMPLES } from './format.ts';
import type { Mixer } from './mixer.ts';
import type { VoiceTrack } from './voice-track.ts';

/** Settings of {@link OneVoice}, in frames of 20 ms. */
export interface OneVoiceOptions {
  /** How far behind the moment a voice is played: what was said before it was chosen is heard. @defaultValue 20 */
  readonly preRollFrames?: number;
}

/** What is played after the last speech of a turn, in frames. */
const TAIL_FRAMES = 5;
/** Silence between two people, in frames. */
const GAP_FRAMES = 5;
/** Played before the beginning of speech, in frames. */
const LEAD_FRAMES = 5;
/** Further behind than this a voice never is, in frames. */
const MOST_LAG_FRAMES = 45;
/** Somebody louder by 6 dB for a second gets the turn though the other one goes on. */
const TAKE_OVER_RATIO = 4;
const TAKE_OVER_FRAMES = 50;

/** Begin and end of somebody's turn. */
export interface TurnHandlers {
  onStart(participantId: string): void;
  onEnd(participantId: string): void;
}

/**
 * One person at a time. A voice is played 400 ms late, so that its beginning is heard although speech is only noticed
 * after 60 ms, and so that its end is known when it comes: the wait for the end of speech costs nothing on top.
 *
 * The turn goes on through pauses of 300 ms. Others get it when it is over, after a gap, or when they are clearly louder
 * for a second.
 */
export class OneVoice {
  readonly #preRollFrames: number;
  readonly #handlers: TurnHandlers;
  #current: VoiceTrack | null = null;
  /** The current turn ends at this frame, whatever is said later. */
  #cutAt: number | null = null;
  #gap = 0;
  /** Since when another voice is clearly louder, in frames. */
  #louderFor = 0;

  constructor(handlers: TurnHandlers, options: OneVoiceOptions = {}) {
    this.#handlers = handlers;
    this.#preRollFrames = options.preRollFrames ?? 20;
  }

  /** Who has the turn. */
  get current(): VoiceTrack | null {
    return this.#current;
  }

  /** Whether a turn is under way. */
  get busy(): boolean {
    return this.#current !== null || this.#gap > 0;
  }

  /** Adds the frame of this tick. `eligible`: who may have the turn. @returns people with speech in it. */
  play(tracks: Iterable<VoiceTrack>, eligible: (participantId: string) => boolean, mixer: Mixer): readonly string[] {
    const candidate = loudest(tracks, (track) => track !== this.#current && eligible(track.participantId));
    this.#judge(candidate, eligible);
    if (this.#gap > 0) this.#gap -= 1;
    else if (!this.#current && candidate) this.#start(candidate);
    const current = this.#current;
    if (!current) return [];
    const at = current.readAt;
    // Everything until now was played by another policy: one frame later there is more.
    if (at >= current.live) return [];
    current.readAt += 1;
    mixer.add(current.frameAt(at), current.level.gain);
    return current.voicedAt(at) ? [current.participantId] : [];
  }

  /** The microphone is gone. */
  remove(track: VoiceTrack): void {
    if (track === this.#current) this.#end();
  }

  /** The turn is over, without a gap: another policy goes on. */
  stop(): void {
    if (this.#current) this.#end();
    this.#gap = 0;
  }

  /** Whether the current turn goes on. */
  #judge(candidate: VoiceTrack | null, eligible: (participantId: string) => boolean): void {
    const current = this.#current;
    if (!current) return;
    // Whoever lost the floor is played to that moment, with what has arrived by then.
    if (!eligible(current.participantId))
      this.#cutAt ??= current.live + Math.ceil(current.buffer.depth / FRAME_SAMPLES);
    const isLouder = candidate !== null && candidate.loudness > current.loudness * TAKE_OVER_RATIO;
    this.#louderFor = isLouder ? this.#louderFor + 1 : 0;
    const isTaken = this.#louderFor >= TAKE_OVER_FRAMES && current.voice.speaking;
    const endsAt = current.voice.speaking ? Number.POSITIVE_INFINITY : current.lastVoicedAt + 1 + TAIL_FRAMES;
    if (isTaken || current.readAt >= Math.min(endsAt, this.#cutAt ?? endsAt)) {
      this.#end();
      this.#gap = GAP_FRAMES;
    }
  }

  #start(track: VoiceTrack): void {
    const latest = track.live - this.#preRollFrames;
    const beginning = track.onsetAt - LEAD_FRAMES;
    const from = track.live - beginning <= MOST_LAG_FRAMES ? Math.min(beginning, latest) : latest;
    // What was played already is not played again.
    track.readAt = Math.max(0, from, track.oldest, track.readAt);
    this.#current = track;
    this.#cutAt = null;
    this.#louderFor = 0;
    this.#handlers.onStart(track.participantId);
  }

  #end(): void {
    const ended = this.#current;
    this.#current = null;
    if (ended) this.#handlers.onEnd(ended.participantId);
  }
}

function loudest(tracks: Iterable<VoiceTrack>, mayHave: (track: VoiceTrack) => boolean): VoiceTrack | null {
  let best: VoiceTrack | null = null;
  for (const track of tracks) {
    if (!track.voice.speaking || !mayHave(track)) continue;
    if (!best || track.loudness > best.loudness) best = track;
  }
  return best;
}
