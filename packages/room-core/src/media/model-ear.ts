import type { EntryActor, SpeakerCues } from '@colloquy/live-protocol';
import type { VoiceTimeline } from '../attribution/voice-timeline.ts';
import type { Clock } from '../ports/clock.ts';
import type { MixEvent } from '../ports/room-mixer.ts';

/** What the ear needs of the model. */
export interface EarModel {
  /** `null`: it hears nothing. Another object: another session, which knows nothing of the one before. */
  readonly listener: object | null;
  readonly activity: 'automatic' | 'manual';
  sendAudio(frame: Int16Array): void;
  endAudio(): void;
  startActivity(): void;
  endActivity(): void;
  tellSpeakers(names: readonly string[], cues: SpeakerCues): void;
}

/** What a {@link ModelEar} is made of. */
export interface ModelEarOptions {
  readonly clock: Clock;
  readonly model: EarModel;
  readonly timeline: VoiceTimeline;
  readonly actorOf: (participantId: string) => EntryActor | null;
  readonly speakerCues: () => SpeakerCues;
  /** Whether this person may go on after a pause; a turn of somebody who may not is over at once. */
  readonly mayGoOn: (participantId: string) => boolean;
}

/** Nobody goes on for so long after a turn: the model is to answer. 400 ms, on top of the 400 that voices are late. */
const ANSWER_AFTER_FRAMES = 20;

/**
 * Brings the mix to the model's session: frame by frame, with who speaks, and, where the session wants that, with the
 * beginning and the end of what it is to answer. Keeps the timeline of what the session heard.
 */
export class ModelEar {
  readonly #options: ModelEarOptions;
  readonly #speaking = new Set<string>();
  #listener: object | null = null;
  #inActivity = false;
  /** Whose turn it is, where one speaks at a time. */
  #turnOf: string | null = null;
  #framesSinceTurn = 0;
  #cued = '';

  constructor(options: ModelEarOptions) {
    this.#options = options;
  }

  receive(event: MixEvent): void {
    this.#noticeListener();
    switch (event.type) {
      case 'speaking':
        if (event.speaking) this.#speaking.add(event.participantId);
        else this.#speaking.delete(event.participantId);
        if (this.#options.model.activity === 'automatic') this.#cue([...this.#speaking]);
        break;
      case 'turnStart':
        this.#turnOf = event.participantId;
        break;
      case 'turnEnd':
        this.#turnOf = null;
        this.#framesSinceTurn = 0;
        if (this.#inActivity && !this.#options.mayGoOn(event.participantId)) this.#endActivity();
        break;
      case 'frame':
        this.#frame(event.samples, event.voiced);
        break;
      case 'paused':
        this.#endActivity();
        if (this.#options.model.activity === 'automatic') this.#options.model.endAudio();
        break;
      case 'jitter':
        break;
      default:
        event satisfies never;
    }
  }

  /** A session that is new was told nothing yet. */
  #noticeListener(): void {
    const { listener } = this.#options.model;
    if (listener === this.#listener) return;
    this.#listener = listener;
    this.#inActivity = false;
    this.#cued = '';
  }

  #frame(samples: Int16Array, voiced: readonly string[]): void {
    const { actorOf, clock, model, timeline } = this.#options;
    if (!this.#listener) return;
    if (model.activity === 'manual') this.#bracket();
    else this.#endActivity();
    if (model.activity === 'manual' && !this.#inActivity) return;
    for (const participantId of voiced) {
      const actor = actorOf(participantId);
      if (actor) timeline.mark(actor, clock.now());
    }
    model.sendAudio(samples);
    timeline.advance();
  }

  /** Begins and ends what the model is to answer; its name stands in the same turn. */
  #bracket(): void {
    if (this.#turnOf !== null) {
      if (!this.#inActivity) {
        this.#inActivity = true;
        this.#cued = '';
        this.#options.model.startActivity();
      }
      this.#cue([this.#turnOf]);
      return;
    }
    this.#framesSinceTurn += 1;
    if (this.#framesSinceTurn > ANSWER_AFTER_FRAMES) this.#endActivity();
  }

  #endActivity(): void {
    if (!this.#inActivity) return;
    this.#inActivity = false;
    if (this.#listener) this.#options.model.endActivity();
  }

  /** Tells the model whose voice it hears, when that is not who it was told last. */
  #cue(participantIds: readonly string[]): void {
    const { actorOf, model, speakerCues } = this.#options;
    const key = participantIds.toSorted().join('\n');
    const cues = speakerCues();
    if (key === '' || key === this.#cued || !this.#listener || cues === 'none') return;
    this.#cued = key;
    const names = participantIds.flatMap((participantId) => actorOf(participantId)?.name ?? []);
    model.tellSpeakers(names.toSorted(), cues);
  }
}
