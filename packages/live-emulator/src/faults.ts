import { GEMINI_CLOSES } from '@colloquy/live-protocol';
import type { Clock, Timer } from './clock.ts';

/** Something that goes wrong on a connection. */
export type FaultAction =
  /** The end is announced, and comes `seconds` later. */
  | { readonly type: 'goAway'; readonly seconds: number }
  /** The TCP connection is reset; the client sees 1006. */
  | { readonly type: 'drop' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  /** One of the closes that were seen of the real service, by its name in `GEMINI_CLOSES`, such as `quota`. */
  | { readonly type: 'closeLike'; readonly name: string };

/** A fault and when it happens. */
export interface Fault {
  readonly action: FaultAction;
  /** Seconds after `setupComplete`. */
  readonly afterSeconds: number;
  /**
   * Which connection of the emulator, counted from 1.
   * @defaultValue every one
   */
  readonly connection?: number;
}

/** What faults happen to. */
export interface FaultTarget {
  goAway(seconds: number): void;
  drop(): void;
  close(code: number, reason: string): void;
}

/** Sets the timers of all faults that concern a connection; cancel them when it ends. */
export function planFaults(
  faults: readonly Fault[],
  target: FaultTarget,
  options: { readonly connection: number; readonly clock: Clock },
): Timer {
  const timers = faults
    .filter((fault) => (fault.connection ?? options.connection) === options.connection)
    .map((fault) => options.clock.setTimer(fault.afterSeconds * 1000, () => perform(fault.action, target)));
  return {
    cancel: () => {
      for (const timer of timers) timer.cancel();
    },
  };
}

/** Does to `target` what `action` says. */
export function perform(action: FaultAction, target: FaultTarget): void {
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
      target.close(seen.closeCode, seen.reason);
      break;
    }
    default:
      action satisfies never;
  }
}

/** @throws `TypeError` when a fault could not happen: what it names does not exist, or its numbers are none. */
export function checkFault(fault: Fault): void {
  if (!(fault.afterSeconds >= 0)) {
    throw new RangeError(`faults: afterSeconds is ${String(fault.afterSeconds)}; give a number of at least 0.`);
  }
  if (fault.action.type === 'closeLike') findClose(fault.action.name);
  if (fault.action.type === 'close' && !isSendable(fault.action.code)) {
    throw new RangeError(`faults: code is ${fault.action.code}; give a close code that may be sent, such as 1011.`);
  }
}

function findClose(name: string): { readonly closeCode: number; readonly reason: string } {
  const found = GEMINI_CLOSES.find((close) => close.name === name && isSendable(close.closeCode));
  if (!found) {
    const names = GEMINI_CLOSES.filter((close) => isSendable(close.closeCode)).map((close) => close.name);
    throw new TypeError(`faults: name is ${JSON.stringify(name)}; give one of ${names.join(', ')}.`);
  }
  return found;
}

/** 1005, 1006 and 1015 are made up by the receiver and never sent (RFC 6455 §7.4). */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
}
