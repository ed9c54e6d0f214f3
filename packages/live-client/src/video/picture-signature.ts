/** Size of the tiny picture that a {@link signatureOf} is taken from. */
export const SIGNATURE_WIDTH = 32;
export const SIGNATURE_HEIGHT = 18;

/** A cell this much brighter or darker is a change: a few letters on a screen, not the noise of a camera. */
const CELL_CHANGE = 5;

/** So much change on average is one too: a slow fade, a turn of the light. */
const MEAN_CHANGE = 1;

/**
 * What a picture looks like from afar: the brightness of each cell.
 *
 * @param rgba - pixels of the picture drawn at {@link SIGNATURE_WIDTH} × {@link SIGNATURE_HEIGHT}.
 */
export function signatureOf(rgba: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const cells = new Uint8Array(rgba.length / 4);
  for (let cell = 0; cell < cells.length; cell++) {
    const [red, green, blue] = [rgba[4 * cell] ?? 0, rgba[4 * cell + 1] ?? 0, rgba[4 * cell + 2] ?? 0];
    cells[cell] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return cells;
}

/** Whether two pictures differ enough to be worth sending the second. */
export function isChanged(before: Uint8Array | null, now: Uint8Array): boolean {
  if (before?.length !== now.length) return true;
  let sum = 0;
  for (let cell = 0; cell < now.length; cell++) {
    const difference = Math.abs((now[cell] ?? 0) - (before[cell] ?? 0));
    if (difference >= CELL_CHANGE) return true;
    sum += difference;
  }
  return sum / now.length >= MEAN_CHANGE;
}
