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
/** Turns that wait for the one that is still played; more changes of the floor within its second are not kept. */
const MOST_WAITING = 8;

/** Begin and end of somebody's turn. */
export interface TurnHandlers {
  onStart(participantId: string): void;
  onEnd(participantId: string): void;
}

/** What is to be heard of somebody whose time came while the one before was still played. */
interface WaitingTurn {
  readonly track: VoiceTrack;
  readonly from: number;
  cutAt: number | null;
}

/**
 * One person at a time. A voice is played 400 ms late, so that its beginning is heard although speech is only noticed
 * after 60 ms, and so that its end is known when it comes: the wait for the end of speech costs nothing on top.
 *
 * The turn goes on through pauses of 300 ms. Others get it when it is over, after a gap, or when they are clearly louder
 * for a second. Where somebody has lost the floor, whoever has it next is heard after the delayed end of it, also when they
 * have given it back by then.
 */
export class OneVoice {
  readonly #preRollFrames: number;
  readonly #handlers: TurnHandlers;
  #current: VoiceTrack | null = null;
  /** The current turn ends at this frame, whatever is said later. */
  #cutAt: number | null = null;
  /** Oldest first. */
  #waiting: WaitingTurn[] = [];
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
    return this.#current !== null || this.#gap > 0 || this.#waiting.length > 0;
  }

  /** Adds the frame of this tick. `eligible`: who may have the turn. @returns people with speech in it. */
  play(tracks: Iterable<VoiceTrack>, eligible: (participantId: string) => boolean, mixer: Mixer): readonly string[] {
    const candidate = loudest(tracks, (track) => track !== this.#current && eligible(track.participantId));
    this.#judge(candidate, eligible);
    this.#remember(candidate, eligible);
    if (this.#gap > 0) this.#gap -= 1;
    else if (!this.#current) this.#startNext(candidate);
    const current = this.#current;
    if (!current) return [];
    const at = current.readAt;
    // Everything until now was played by another policy: one frame later there is more.
    if (at >= current.live) return [];
    current.readAt += 1;
    mixer.add(current.frameAt(at), current.level.gain);
    return current.voicedAt(at) ? [current.participantId] : [];
  }

  /** What was said into it until now is heard, as soon as nobody else is. */
  keep(track: VoiceTrack): void {
    if (track === this.#current || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push({ track, from: this.#beginning(track), cutAt: arrived(track) });
  }

  /** The microphone is gone. */
  remove(track: VoiceTrack): void {
    this.#waiting = this.#waiting.filter((turn) => turn.track !== track);
    if (track === this.#current) this.#end();
  }

  /** The turn is over, without a gap: another policy goes on. */
  stop(): void {
    if (this.#current) this.#end();
    this.#waiting = [];
    this.#gap = 0;
  }

  /** Whether the current turn goes on. */
  #judge(candidate: VoiceTrack | null, eligible: (participantId: string) => boolean): void {
    const current = this.#current;
    if (!current) return;
    // Whoever lost the floor is played to that moment, with what has arrived by then.
    if (!eligible(current.participantId)) this.#cutAt ??= arrived(current);
    const isLouder = candidate !== null && candidate.loudness > current.loudness * TAKE_OVER_RATIO;
    this.#louderFor = isLouder ? this.#louderFor + 1 : 0;
    const isTaken = this.#louderFor >= TAKE_OVER_FRAMES && current.voice.speaking;
    const endsAt = current.voice.speaking ? Number.POSITIVE_INFINITY : current.lastVoicedAt + 1 + TAIL_FRAMES;
    if (isTaken || current.readAt >= Math.min(endsAt, this.#cutAt ?? endsAt)) {
      this.#end();
      this.#gap = GAP_FRAMES;
    }
  }

  /** Keeps what is said by whoever has the floor while the end of the one before is played. */
  #remember(candidate: VoiceTrack | null, eligible: (participantId: string) => boolean): void {
    for (const turn of this.#waiting) if (!eligible(turn.track.participantId)) turn.cutAt ??= arrived(turn.track);
    const isKept =
      candidate === null || this.#waiting.some(({ track, cutAt }) => track === candidate && cutAt === null);
    if (isKept || this.#cutAt === null || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push({ track: candidate, from: this.#beginning(candidate), cutAt: null });
  }

  #startNext(candidate: VoiceTrack | null): void {
    const waiting = this.#waiting.shift();
    if (waiting)
      this.#start(waiting.track, Math.max(waiting.from, waiting.track.live - MOST_LAG_FRAMES), waiting.cutAt);
    else if (candidate) this.#start(candidate, this.#beginning(candidate), null);
  }

  /** Where somebody is heard from who gets the turn now. */
  #beginning(track: VoiceTrack): number {
    const latest = track.live - this.#preRollFrames;
    const beginning = track.onsetAt - LEAD_FRAMES;
    return track.live - beginning <= MOST_LAG_FRAMES ? Math.min(beginning, latest) : latest;
  }

  #start(track: VoiceTrack, from: number, cutAt: number | null): void {
    // What was played already is not played again.
    track.readAt = Math.max(0, from, track.oldest, track.readAt);
    this.#current = track;
    this.#cutAt = cutAt;
    this.#louderFor = 0;
    this.#handlers.onStart(track.participantId);
  }

  #end(): void {
    const ended = this.#current;
    this.#current = null;
    this.#cutAt = null;
    if (ended) this.#handlers.onEnd(ended.participantId);
  }
}

/** The frame after everything of a voice that has arrived. */
const arrived = ({ live, buffer }: VoiceTrack): number => live + Math.ceil(buffer.depth / FRAME_SAMPLES);

function loudest(tracks: Iterable<VoiceTrack>, mayHave: (track: VoiceTrack) => boolean): VoiceTrack | null {
  let best: VoiceTrack | null = null;
  for (const track of tracks) {
    if (!track.voice.speaking || !mayHave(track)) continue;
    if (!best || track.loudness > best.loudness) best = track;
  }
  return best;
}
