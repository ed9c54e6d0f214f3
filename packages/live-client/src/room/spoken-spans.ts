import type { Participant } from '@colloquy/live-protocol';
import type { TimelineItem } from './timeline-item.ts';

/** A time in which somebody spoke. */
export interface SpokenSpan {
  readonly participantId: string;
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** `null` while it goes on. */
  readonly endedAt: number | null;
}

/** More than a screen shows; the oldest go. */
const MOST_SPANS = 1_000;

/** Gathers who spoke when from what is seen of a room. Has no clock: every look brings the time. */
export class SpokenSpans {
  #spans: readonly SpokenSpan[] = [];
  /** From when on speaking was seen as it happened: transcripts tell of what was before. */
  #since: number | null = null;
  #lastRead = 0;

  /** Oldest first; a new array after each change. */
  get all(): readonly SpokenSpan[] {
    return this.#spans;
  }

  /** @returns whether something is new. */
  look(participants: readonly Participant[], timeline: readonly TimelineItem[], nowMs: number): boolean {
    const before = this.#spans;
    this.#since ??= nowMs;
    this.#readTranscripts(timeline, this.#since);
    this.#follow(participants, nowMs);
    return this.#spans !== before;
  }

  #follow(participants: readonly Participant[], nowMs: number): void {
    const speaking = new Map(participants.filter((one) => one.speaking).map((one) => [one.participantId, one]));
    let changed = false;
    const spans = this.#spans.map((span) => {
      if (span.endedAt !== null || speaking.delete(span.participantId)) return span;
      changed = true;
      return { ...span, endedAt: nowMs };
    });
    const begun = [...speaking.values()].map(({ participantId, name }) => {
      return { participantId, name, startedAt: nowMs, endedAt: null };
    });
    if (changed || begun.length > 0) this.#spans = [...spans, ...begun].slice(-MOST_SPANS);
  }

  #readTranscripts(timeline: readonly TimelineItem[], since: number): void {
    const fresh: SpokenSpan[] = [];
    for (const { entry } of timeline) {
      if (entry?.kind !== 'speech.final' || entry.seq <= this.#lastRead) continue;
      this.#lastRead = entry.seq;
      const { speakers, startedAt, endedAt } = entry.body;
      if (endedAt > since) continue;
      fresh.push(...speakers.map(({ participantId, name }) => ({ participantId, name, startedAt, endedAt })));
    }
    if (fresh.length === 0) return;
    this.#spans = [...this.#spans, ...fresh].sort((a, b) => a.startedAt - b.startedAt).slice(-MOST_SPANS);
  }
}
