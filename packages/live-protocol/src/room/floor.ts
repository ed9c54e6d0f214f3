/** How open microphones reach the model. */
export type FloorPolicy =
  /** All of them, added up. */
  | 'mix'
  /** One at a time: whoever speaks, found by their voice. */
  | 'pick'
  /** One at a time: whoever has asked for the floor and got it. */
  | 'floor';

/** Who gets the floor when the policy is `floor`. */
export type FloorMode =
  /** Push to talk: whoever asks while it is free. */
  | 'open'
  /** Raised hands: one after the other, in the order of asking. */
  | 'queue'
  /** Whom a host grants it to. */
  | 'moderated';

/** Who may interrupt the model by speaking. */
export interface BargeIn {
  readonly who: 'anyone' | 'hosts' | 'nobody';
  /** Milliseconds of speech before it counts, 0–5000; coughs and "mhm" are shorter. */
  readonly afterMs: number;
}

/**
 * How the model is told whose voice it hears: not at all, by a typed line, or by context that asks for no answer.
 * `auto` takes what fits the model.
 */
export type SpeakerCues = 'none' | 'text' | 'context' | 'auto';

/** Who has the floor, in `welcome` and whenever it changes. */
export interface FloorState {
  readonly policy: FloorPolicy;
  readonly mode: FloorMode;
  /** Id of the participant who has it; `null` when it is free, and always unless the policy is `floor`. */
  readonly holder: string | null;
  /** Ids of those who asked for it, first come first. */
  readonly queue: readonly string[];
}

/** A picture that the model sees before any other. */
export interface PicturePin {
  readonly participantId: string;
  readonly source: 'camera' | 'screen';
}
