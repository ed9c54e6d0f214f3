import { GeminiCloseReason } from '../close-reasons.ts';

/** Why the service will close the connection, and what to change. */
export interface WireProblem {
  readonly closeCode: 1007 | 1008 | 1011;
  /** Google's wording in full; cut it with `toCloseReason` for a close frame. */
  readonly reason: string;
  /** The field as it stands in the message, such as `setup.generationConfig.responseModalities`. */
  readonly path: string;
  /** What to do, for people. */
  readonly remedy: string;
}

/** A problem that the service only calls an invalid argument. */
export function invalidArgument(path: string, remedy: string): WireProblem {
  return { closeCode: 1007, reason: GeminiCloseReason.invalidArgument, path, remedy };
}

/** Tries checks in order; the first problem counts. */
export function firstProblem(checks: readonly (() => WireProblem | null)[]): WireProblem | null {
  for (const check of checks) {
    const problem = check();
    if (problem !== null) return problem;
  }
  return null;
}
