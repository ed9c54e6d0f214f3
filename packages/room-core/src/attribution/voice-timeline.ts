import type { EntryActor } from '@colloquy/live-protocol';
import { FRAME_MS } from '../audio/format.ts';

/** Speech older than this is forgotten, in milliseconds of audio. */
const KEEP_MS = 120_000;

/** Voices further away have nothing to do with a moment, in milliseconds of audio. */
const AROUND_MS = 3_000;

/** One person's uninterrupted speech. */
interface Span {
  /** Milliseconds of audio that was sent to the model. */
  readonly from: number;
  to: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  endedAt: number;
}

/** How much one person spoke in a stretch of audio. */
export interface VoicedShare {
  readonly speaker: EntryActor;
  readonly voicedMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Who spoke when, counted in the audio that the model heard: every person has a microphone of their own, so this is
 * known exactly, whatever the model makes of the mix. The audio time grows over all sessions of the room.
 */
export class VoiceTimeline {
  readonly #voices = new Map<string, { speaker: EntryActor; readonly spans: Span[] }>();
  readonly #onVoiced: (speaker: EntryActor, ms: number) => void;
  #audioMs = 0;
  #voicedTo = 0;

  /** `onVoiced` hears of every stretch of somebody's speech. */
  constructor(onVoiced: (speaker: EntryActor, ms: number) => void = () => {}) {
    this.#onVoiced = onVoiced;
  }

  /** Milliseconds of audio that were sent so far. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Where the last speech ended, in milliseconds of audio. */
  get voicedTo(): number {
    return this.#voicedTo;
  }

  /** The frame that is about to be sent has speech of this person. `nowMs` is since the Unix epoch. */
  mark(speaker: EntryActor, nowMs: number): void {
    this.#onVoiced(speaker, FRAME_MS);
    let voice = this.#voices.get(speaker.participantId);
    if (!voice) {
      voice = { speaker, spans: [] };
      this.#voices.set(speaker.participantId, voice);
    }
    voice.speaker = speaker;
    const last = voice.spans.at(-1);
    const to = this.#audioMs + FRAME_MS;
    this.#voicedTo = to;
    if (last && last.to >= this.#audioMs) {
      last.to = to;
      last.endedAt = nowMs + FRAME_MS;
    } else {
      voice.spans.push({ from: this.#audioMs, to, startedAt: nowMs, endedAt: nowMs + FRAME_MS });
    }
  }

  /** The frame was sent. */
  advance(): void {
    this.#audioMs += FRAME_MS;
    // Once a second is enough to stay bounded.
    if (this.#audioMs % 1000 === 0) this.#forget();
  }

  /** Who spoke between two moments of audio, most active first. */
  sharesBetween(fromMs: number, toMs: number): readonly VoicedShare[] {
    const shares: VoicedShare[] = [];
    for (const { speaker, spans } of this.#voices.values()) {
      const inside = spans.filter((span) => span.to > fromMs && span.from < toMs);
      const [first] = inside;
      const last = inside.at(-1);
      if (!first || !last) continue;
      shares.push({
        speaker,
        voicedMs: inside.reduce((sum, span) => sum + Math.min(span.to, toMs) - Math.max(span.from, fromMs), 0),
        startedAt: first.startedAt + Math.max(0, fromMs - first.from),
        endedAt: last.endedAt - Math.max(0, last.to - toMs),
      });
    }
    return shares.sort((a, b) => b.voicedMs - a.voicedMs);
  }

  /** When the first speech began at or after `atMs`; infinite when none has. */
  readonly voicedAfter = (atMs: number): number => {
    const beginnings = [...this.#voices.values()].flatMap(({ spans }) => spans.map(({ from }) => from));
    return Math.min(...beginnings.filter((from) => from >= atMs));
  };

  /**
   * The moment nearest to `atMs`, and at most `withinMs` away, when one person had finished and another one not begun yet;
   * `null` when there is none.
   */
  changeNear(atMs: number, withinMs: number): number | null {
    const around = [...this.#voices.entries()]
      .flatMap(([id, { spans }]) => spans.map(({ from, to }) => ({ id, from, to })))
      .filter(({ from, to }) => to > atMs - AROUND_MS && from < atMs + AROUND_MS)
      .sort((a, b) => a.from - b.from);
    let best: number | null = null;
    let before = around[0];
    for (const next of around.slice(1)) {
      if (before && before.id !== next.id && before.to <= next.from) {
        const nearest = Math.min(Math.max(atMs, before.to), next.from);
        const isNear = Math.abs(nearest - atMs) <= withinMs;
        if (isNear && (best === null || Math.abs(nearest - atMs) < Math.abs(best - atMs))) best = nearest;
      }
      if (!before || next.to >= before.to) before = next;
    }
    return best;
  }

  #forget(): void {
    const oldest = this.#audioMs - KEEP_MS;
    for (const [participantId, { spans }] of this.#voices) {
      const kept = spans.findIndex((span) => span.to > oldest);
      spans.splice(0, kept < 0 ? spans.length : kept);
      if (spans.length === 0) this.#voices.delete(participantId);
    }
  }
}
