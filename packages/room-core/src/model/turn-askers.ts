import type { EntryActor } from '@colloquy/live-protocol';
import { attribute } from '../attribution/attribute.ts';
import type { VoiceTimeline } from '../attribution/voice-timeline.ts';

/** Whose words a turn of the model answers: what was written and said since the answer before began. */
export class TurnAskers {
  readonly #timeline: VoiceTimeline;
  readonly #writers = new Map<string, EntryActor>();
  #fromMs = 0;
  #ofTurn: readonly EntryActor[] = [];

  constructor(timeline: VoiceTimeline) {
    this.#timeline = timeline;
  }

  /** Of the current or last turn; nobody when the model began by itself. */
  get ofTurn(): readonly EntryActor[] {
    return this.#ofTurn;
  }

  /** A text of this person goes to the model. */
  wrote(actor: EntryActor): void {
    this.#writers.set(actor.participantId, actor);
  }

  /** Whose words make the model act now, `answering` or before it has said anything. */
  asking(answering: boolean): readonly EntryActor[] {
    const since = answering ? [] : this.#since();
    return since.length > 0 ? since : this.#ofTurn;
  }

  answerStarted(): void {
    this.#ofTurn = this.#since();
    this.#writers.clear();
    this.#fromMs = this.#timeline.audioMs;
  }

  #since(): readonly EntryActor[] {
    const { audioMs } = this.#timeline;
    const heard = attribute(this.#timeline.sharesBetween(this.#fromMs, audioMs))?.speakers ?? [];
    const askers = new Map([...this.#writers.values(), ...heard].map((actor) => [actor.participantId, actor]));
    return [...askers.values()];
  }
}
