import { GEMINI_CLOSES } from '@colloquy/live-protocol';
import { checkCloseCode } from '../close-code.ts';

/** Something that goes wrong on a connection. */
export type FaultAction =
  /** The end is announced, and comes `seconds` later. */
  | { readonly type: 'goAway'; readonly seconds: number }
  /** The TCP connection is reset; the client sees 1006. */
  | { readonly type: 'drop' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  /** One of the closes that were seen of the real service, by its name in `GEMINI_CLOSES`, such as `quota`. */
  | { readonly type: 'closeLike'; readonly name: string }
  /** `setupComplete`, or the refusal, comes so much later. Counts from the upgrade on, whenever it is planned for. */
  | { readonly type: 'delaySetup'; readonly seconds: number }
  /** Nothing is sent any more, not even the close that was announced; what comes in is taken. */
  | { readonly type: 'silence' }
  /** Every resumption update from now on is sent so many times. */
  | { readonly type: 'repeatUpdates'; readonly times: number }
  /** Behind every message from now on comes an empty one: `{}` and `{"serverContent":{}}` in turn. */
  | { readonly type: 'noise' }
  /** What is sent in the next `seconds` is held back, and then comes all at once. */
  | { readonly type: 'burst'; readonly seconds: number }
  /** The same, with neighbours put together: several kinds and several parts in one message. */
  | { readonly type: 'bundle'; readonly seconds: number };

/** Names of all actions. */
export const FAULT_TYPES = [
  'goAway',
  'drop',
  'close',
  'closeLike',
  'delaySetup',
  'silence',
  'repeatUpdates',
  'noise',
  'burst',
  'bundle',
] as const;

/**
 * What a fault waits for: the upgrade, the setup (instead of its answer), its answer, or the first message with one of
 * the others in it.
 */
export const FAULT_MOMENTS = ['open', 'setup', 'setupComplete', 'audio', 'toolCall', 'turnComplete', 'goAway'] as const;

/** One of {@link FAULT_MOMENTS}. */
export type FaultMoment = (typeof FAULT_MOMENTS)[number];

/** A fault and when it happens. */
export interface Fault {
  readonly action: FaultAction;
  /**
   * What it waits for; happens once per connection.
   * @defaultValue 'setupComplete'
   */
  readonly after?: FaultMoment;
  /**
   * Seconds after that.
   * @defaultValue 0
   */
  readonly afterSeconds?: number;
  /**
   * Which connection of the emulator, counted from 1.
   * @defaultValue every one
   */
  readonly connection?: number;
}

/** @throws `TypeError` or `RangeError` when a fault could not happen: what it names does not exist, or its numbers are none. */
export function checkFault(fault: Fault): void {
  atLeastZero('afterSeconds', fault.afterSeconds ?? 0);
  if (fault.after !== undefined) oneOf('after', fault.after, FAULT_MOMENTS);
  if (fault.connection !== undefined && !(Number.isInteger(fault.connection) && fault.connection >= 1)) {
    throw new RangeError(`faults: connection is ${String(fault.connection)}; give a whole number of at least 1.`);
  }
  checkFaultAction(fault.action);
}

/** @throws `TypeError` or `RangeError` as {@link checkFault} does. */
export function checkFaultAction(action: FaultAction): void {
  oneOf('type', action.type, FAULT_TYPES);
  if (action.type === 'closeLike') findClose(action.name);
  if (action.type === 'close') checkCloseCode('faults: code', action.code);
  if ('seconds' in action) atLeastZero('seconds', action.seconds);
  if (
    action.type === 'repeatUpdates' &&
    !(Number.isInteger(action.times) && action.times >= 1 && action.times <= 100)
  ) {
    throw new RangeError(`faults: times is ${String(action.times)}; give a whole number from 1 to 100.`);
  }
}

/** The close of this name; its code is 1006 where the connection is lost instead. */
export function findClose(name: string): { readonly closeCode: number; readonly reason: string } {
  const found = GEMINI_CLOSES.find((close) => close.name === name);
  if (found) return found;
  throw new TypeError(
    `faults: name is ${JSON.stringify(name)}; give one of ${GEMINI_CLOSES.map((close) => close.name).join(', ')}.`,
  );
}

function atLeastZero(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`faults: ${name} is ${String(value)}; give a number of at least 0.`);
  }
}

function oneOf(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) {
    throw new TypeError(`faults: ${name} is ${JSON.stringify(value)}; give one of ${choices.join(', ')}.`);
  }
}
