import type { ServerMessage } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../clock.ts';
import type { Disturbances } from './disturbances.ts';
import { type Fault, type FaultAction, type FaultMoment, findClose } from './fault.ts';

/** What faults happen to. */
export interface FaultTarget {
  readonly disturbances: Disturbances;
  goAway(seconds: number): void;
  drop(): void;
  close(code: number, reason: string): void;
  /** Answers a setup so much later; without effect once it is answered. */
  delaySetup(seconds: number): void;
  /** Says nothing any more, and does not close either. */
  fallSilent(): void;
}

/** The faults that one connection is to have; owns their timers. */
export class FaultPlan {
  readonly #clock: Clock;
  readonly #target: FaultTarget;
  #waiting: readonly Fault[];
  #timers: Timer[] = [];

  constructor(options: {
    readonly faults: readonly Fault[];
    readonly target: FaultTarget;
    /** Which connection it is, counted from 1. */
    readonly connection: number;
    readonly clock: Clock;
  }) {
    const { connection, faults } = options;
    this.#clock = options.clock;
    this.#target = options.target;
    this.#waiting = faults.filter((fault) => (fault.connection ?? connection) === connection);
  }

  /** A moment has come: what waits for it is set going. */
  reached(moment: FaultMoment): void {
    if (this.#waiting.length === 0) return;
    const isDue = (fault: Fault): boolean => startOf(fault) === moment;
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((fault) => !isDue(fault));
    for (const { action, afterSeconds = 0 } of due) {
      if (action.type === 'delaySetup') performFault(action, this.#target);
      // Never in the middle of what brought the moment about, even when no time is to pass.
      else this.#timers.push(this.#clock.setTimer(afterSeconds * 1000, () => performFault(action, this.#target)));
    }
  }

  /** The connection is gone. */
  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#waiting = [];
  }
}

/** Does to `target` what `action` says. */
export function performFault(action: FaultAction, target: FaultTarget): void {
  switch (action.type) {
    case 'goAway':
      target.goAway(action.seconds);
      break;
    case 'drop':
      target.drop();
      break;
    case 'close':
      target.close(action.code, action.reason);
      break;
    case 'closeLike': {
      const seen = findClose(action.name);
      if (seen.closeCode === 1006) target.drop();
      else target.close(seen.closeCode, seen.reason);
      break;
    }
    case 'delaySetup':
      target.delaySetup(action.seconds);
      break;
    case 'silence':
      target.fallSilent();
      break;
    case 'repeatUpdates':
      target.disturbances.repeatUpdates(action.times);
      break;
    case 'noise':
      target.disturbances.addNoise();
      break;
    case 'burst':
    case 'bundle':
      target.disturbances.holdBack(action.seconds, { bundles: action.type === 'bundle' });
      break;
    default:
      action satisfies never;
  }
}

/** The moments that a message of the server brings. */
export function momentsOf(message: ServerMessage): FaultMoment[] {
  const moments: FaultMoment[] = [];
  if (message.setupComplete) moments.push('setupComplete');
  if (message.serverContent?.modelTurn?.parts?.some((part) => part.inlineData)) moments.push('audio');
  if (message.toolCall) moments.push('toolCall');
  if (message.serverContent?.turnComplete) moments.push('turnComplete');
  if (message.goAway) moments.push('goAway');
  return moments;
}

/** A setup can only be delayed before it is answered. */
function startOf(fault: Fault): FaultMoment {
  return fault.action.type === 'delaySetup' ? 'open' : (fault.after ?? 'setupComplete');
}
