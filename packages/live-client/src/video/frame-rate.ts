/**
 * Time between two pictures, milliseconds.
 *
 * @throws RangeError when the rate is not above 0 and up to 30.
 */
export function intervalOf(framesPerSecond: number): number {
  if (framesPerSecond > 0 && framesPerSecond <= 30) return 1_000 / framesPerSecond;
  throw new RangeError(`framesPerSecond is ${framesPerSecond}; give a number above 0 and up to 30.`);
}
