import type { TurnUsage } from '@colloquy/live-protocol';

/** What a session has used. */
export interface SessionUsage extends TurnUsage {
  /** Turns that the service has given counts for. */
  readonly turns: number;
  /** Seconds of sound from the client. */
  readonly audioSecondsIn: number;
  /** Seconds of sound to the client. */
  readonly audioSecondsOut: number;
  /** Pictures from the client. */
  readonly pictures: number;
  /** By the application's prices; `null` without a price for the model. */
  readonly cost: number | null;
}
