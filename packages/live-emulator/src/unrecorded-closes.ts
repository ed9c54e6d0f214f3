import { GeminiCloseReason } from '@colloquy/live-protocol';
import { checkCloseCode } from './close-code.ts';

/** How a connection ends when nobody knows how the real service ends it. */
export interface UnrecordedClose {
  readonly closeCode: number;
  /** Cut to what a close frame holds when it is sent. */
  readonly reason: string;
}

/** Closes that no document or recording tells; what is sent is a guess that can be replaced. */
export interface UnrecordedCloses {
  /**
   * The context window is full.
   * @defaultValue 1007 with words like those that the service's other methods have for it
   */
  readonly contextFull: UnrecordedClose;
  /** `expireTime` of the token passed, before or during a session. @defaultValue 1011 with the service's deadline text */
  readonly tokenExpired: UnrecordedClose;
  /**
   * `maxConnectionSeconds` are over. @defaultValue 1011 with the service's deadline text; 1008 with `The operation was
   * aborted.` was seen, too
   */
  readonly lifetimeOver: UnrecordedClose;
  /** `setupTimeoutSeconds` are over. @defaultValue 1011 with the service's deadline text */
  readonly setupMissing: UnrecordedClose;
  /** A handle is shown while the older connection is open. @defaultValue 1011 without a reason */
  readonly resumedWhileOpen: UnrecordedClose;
}

/** What is sent when no option says otherwise. */
export const DEFAULT_UNRECORDED_CLOSES: UnrecordedCloses = {
  contextFull: { closeCode: 1007, reason: 'The input token count exceeds the maximum number of tokens allowed.' },
  tokenExpired: { closeCode: 1011, reason: GeminiCloseReason.deadline },
  lifetimeOver: { closeCode: 1011, reason: GeminiCloseReason.deadline },
  setupMissing: { closeCode: 1011, reason: GeminiCloseReason.deadline },
  resumedWhileOpen: { closeCode: 1011, reason: '' },
};

/**
 * The closes, completed with the defaults.
 *
 * @throws RangeError for a code that no close frame may carry.
 */
export function checkUnrecordedCloses(given: Partial<UnrecordedCloses> = {}): UnrecordedCloses {
  const closes = { ...DEFAULT_UNRECORDED_CLOSES, ...given };
  for (const [name, { closeCode }] of Object.entries(closes)) checkCloseCode(`closes.${name}.closeCode`, closeCode);
  return closes;
}
