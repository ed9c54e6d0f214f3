/** Durations of proto3 JSON: seconds with up to nine decimals and an `s`, such as `"50s"` or `"1.880s"`. */

const PATTERN = /^-?\d{1,12}(?:\.\d{1,9})?s$/;

/** Whether a text is a duration as the wire writes it. */
export function isDuration(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Milliseconds of a duration.
 *
 * @throws `SyntaxError` when `text` is not one.
 */
export function parseDuration(text: string): number {
  if (!isDuration(text)) {
    throw new SyntaxError(
      `${JSON.stringify(text.slice(0, 40))} is not a duration; write seconds and "s", as in "1.5s".`,
    );
  }
  // Rounded to a nanosecond: 1.88 * 1000 is 1879.9999999999998.
  return Math.round(Number(text.slice(0, -1)) * 1e9) / 1e6;
}

/** A duration with 0 or 3 decimals, as the service writes it. `ms` is rounded to whole milliseconds. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) throw new RangeError(`${ms} is not a duration; give finite milliseconds.`);
  const rounded = Math.round(ms);
  return rounded % 1000 === 0 ? `${rounded / 1000 || 0}s` : `${(rounded / 1000).toFixed(3)}s`;
}
