/** Longest wait for a condition; a page that never gets there fails with what was expected. */
export const PATIENCE_MS = 45_000;
const INTERVAL_MS = 50;

/**
 * Asks again and again until the answer is neither `false` nor `null`.
 *
 * @param what names the condition, for the error; a function is asked when it did not happen.
 */
export async function eventually<T>(
  what: string | (() => string),
  ask: () => Promise<T | false | null> | T | false | null,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null) return answer;
    if (performance.now() > deadline) {
      const told = typeof what === 'string' ? what : what();
      throw new Error(`Did not happen within ${PATIENCE_MS / 1000} s: ${told}`);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
