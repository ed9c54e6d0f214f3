import { GeminiCloseReason } from '@colloquy/live-protocol';
import type { Refusal } from './setup-check.ts';

/** A message that is well-formed and still not allowed: the connection is closed as {@link InputViolation.refusal} says. */
export class InputViolation extends Error {
  override readonly name = 'InputViolation';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** What the service only calls an invalid argument. */
export function invalidArgument(path: string, remedy: string): Refusal {
  return { closeCode: 1007, reason: GeminiCloseReason.invalidArgument, path, remedy };
}
