/** How often it is looked again, milliseconds. */
const LOOK_MS = 20;

/**
 * Resolves when `condition` holds.
 * @throws Error that says `what` was waited for, after `timeoutMs`.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`In ${timeoutMs} ms this did not come: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
