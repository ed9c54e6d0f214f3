/** Longer strings are content, and never the same twice. */
const longest = 24;

const slots = 256;

/**
 * Makes strings of bytes, and the same one again for the same bytes: the names in messages are few, and comparing a dozen
 * bytes costs a tenth of making a string. It holds one string per slot, so no client can make it grow.
 */
export class ShortStrings {
  readonly #strings: (string | undefined)[] = Array.from({ length: slots });

  /** The bytes from `start` to before `end` as Latin-1. */
  read(data: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > longest || length === 0) return data.toString('latin1', start, end);
    const slot = ((data[start] ?? 0) * 7 + (data[end - 1] ?? 0) * 3 + length * 31) % slots;
    const known = this.#strings[slot];
    if (known !== undefined && known.length === length && isSame(known, data, start)) return known;
    const made = data.toString('latin1', start, end);
    this.#strings[slot] = made;
    return made;
  }
}

function isSame(text: string, data: Buffer, start: number): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) !== data[start + at]) return false;
  return true;
}
