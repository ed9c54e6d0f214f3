/** The four bytes of a key as the machine reads them in one. */
const keyBytes = new Uint8Array(4);
const keyWord = new Int32Array(keyBytes.buffer);

/** Shorter ones are not worth looking at memory by words. */
const shortBytes = 48;

/**
 * Masks or unmasks bytes, which is the same (RFC 6455 §5.3); in place where source and target are the same. Four at a time
 * where both lie alike in memory, see {@link alignment}.
 */
export function applyMask(
  source: Uint8Array,
  from: number,
  length: number,
  target: Uint8Array,
  to: number,
  key: Uint8Array,
  keyAt: number,
): void {
  const sourceAt = source.byteOffset + from;
  const targetAt = target.byteOffset + to;
  let done = 0;
  if (length >= shortBytes && alignment(sourceAt) === alignment(targetAt)) {
    // Up to the first whole word.
    const lead = (4 - alignment(sourceAt)) % 4;
    for (; done < lead; done += 1) target[to + done] = byteAt(source, from + done) ^ byteAt(key, keyAt + done);
    for (let at = 0; at < 4; at += 1) keyBytes[at] = byteAt(key, keyAt + ((lead + at) % 4));
    const words = (length - lead) >> 2;
    const sourceWords = new Int32Array(source.buffer, sourceAt + lead, words);
    const isInPlace = source.buffer === target.buffer && sourceAt === targetAt;
    const targetWords = isInPlace ? sourceWords : new Int32Array(target.buffer, targetAt + lead, words);
    maskWords(sourceWords, targetWords, words, keyWord[0] ?? 0);
    done += words * 4;
  }
  for (; done < length; done += 1) target[to + done] = byteAt(source, from + done) ^ byteAt(key, keyAt + (done & 3));
}

/** How far memory at `offset` is from a whole word. */
export function alignment(offset: number): number {
  return offset & 3;
}

function maskWords(source: Int32Array, target: Int32Array, words: number, key: number): void {
  for (let at = 0; at < words; at += 1) target[at] = (source[at] as number) ^ key;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
