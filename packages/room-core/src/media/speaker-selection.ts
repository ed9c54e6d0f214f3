import type { Clock } from '../ports/clock.ts';

/** Options of a {@link SpeakerSelection}. */
export interface SpeakerSelectionOptions {
  readonly clock: Clock;
  /** Microphones that are relayed at the same time; `0` relays all. */
  readonly maxSpeakers: number;
}

interface Candidate {
  readonly participantId: string;
  /** Smoothed loudness, dB of full scale: rises at once, falls slowly, so that a pause between words is not silence. */
  level: number;
  lastAt: number;
}

interface Slot {
  readonly candidate: Candidate;
  readonly since: number;
}

const SILENCE_DB = -96;
/** A louder voice takes over when it stands out by so much… */
const STANDS_OUT_DB = 3;
/** …and the other one had its place for so long, milliseconds. */
const HOLD_MS = 300;
/** A microphone that sends nothing for so long gives its place up, milliseconds. */
const IDLE_MS = 300;
/** Share of the way that the level goes down per frame; half in about 140 ms. */
const RELEASE = 0.1;
const ATTACK = 0.5;

/**
 * Chooses whose microphones people hear: while few are open, all of them; of many the loudest. A place is kept for
 * 300 ms at least, so that two equally loud people do not take it from each other with every syllable.
 */
export class SpeakerSelection {
  readonly #options: SpeakerSelectionOptions;
  readonly #candidates = new Map<string, Candidate>();
  /** By connection. */
  readonly #slots = new Map<string, Slot>();

  constructor(options: SpeakerSelectionOptions) {
    this.#options = options;
  }

  /**
   * Judges one frame.
   * @param levelDb - loudness of the frame in dB of full scale.
   * @returns whether it is relayed, and which connection lost its place to it.
   */
  offer(connectionId: string, participantId: string, levelDb: number): { relayed: boolean; replaced: string | null } {
    const { clock, maxSpeakers } = this.#options;
    const now = clock.monotonic();
    const candidate = this.#heard(connectionId, participantId, levelDb, now);
    if (this.#slots.has(connectionId)) return KEPT;
    this.#dropIdle(now);
    const place = this.#place(participantId, maxSpeakers);
    if (place !== null) {
      const { candidate: other, since } = place[1];
      if (candidate.level < other.level + STANDS_OUT_DB || now - since < HOLD_MS) return REFUSED;
      this.#slots.delete(place[0]);
    }
    this.#slots.set(connectionId, { candidate, since: now });
    return { relayed: true, replaced: place?.[0] ?? null };
  }

  /** The microphone paused. @returns whether it was relayed. */
  end(connectionId: string): boolean {
    const candidate = this.#candidates.get(connectionId);
    if (candidate) candidate.level = SILENCE_DB;
    return this.#slots.delete(connectionId);
  }

  remove(connectionId: string): void {
    this.#slots.delete(connectionId);
    this.#candidates.delete(connectionId);
  }

  #heard(connectionId: string, participantId: string, levelDb: number, now: number): Candidate {
    let candidate = this.#candidates.get(connectionId);
    if (!candidate) {
      candidate = { participantId, level: SILENCE_DB, lastAt: now };
      this.#candidates.set(connectionId, candidate);
    }
    candidate.level += (levelDb - candidate.level) * (levelDb > candidate.level ? ATTACK : RELEASE);
    candidate.lastAt = now;
    return candidate;
  }

  #dropIdle(now: number): void {
    for (const [connectionId, { candidate }] of this.#slots) {
      if (now - candidate.lastAt >= IDLE_MS) this.#slots.delete(connectionId);
    }
  }

  /** The place that would have to be given up; `null` when there is a free one. */
  #place(participantId: string, maxSpeakers: number): [connectionId: string, slot: Slot] | null {
    let weakest: [string, Slot] | null = null;
    for (const entry of this.#slots) {
      // Two microphones of one person would be one garbled voice: one of them is heard.
      if (entry[1].candidate.participantId === participantId) return entry;
      if (weakest === null || entry[1].candidate.level < weakest[1].candidate.level) weakest = entry;
    }
    return maxSpeakers > 0 && this.#slots.size >= maxSpeakers ? weakest : null;
  }
}

const KEPT = { relayed: true, replaced: null };
const REFUSED = { relayed: false, replaced: null };
