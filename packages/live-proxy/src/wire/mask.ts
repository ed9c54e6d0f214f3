/** The four bytes of a key as the machine reads them in one. */
const keyBytes = new Uint8Array(4);
const keyWord = new Int32Array(keyBytes.buffer);

/** Shorter ones are not worth looking at memory by words. */
const shortBytes = 48;
/** Views of larger memory are not kept, which would keep the memory. */
const mostKeptBytes = 1_048_576;

/** Shows memory as words, and keeps the newest view: the frames of one block are unmasked one after the other. */
class Words {
  #memory: ArrayBufferLike | null = null;
  #words: Int32Array = new Int32Array();

  of(memory: ArrayBufferLike): Int32Array {
    if (this.#memory === memory) return this.#words;
    const words = new Int32Array(memory, 0, memory.byteLength >> 2);
    if (memory.byteLength <= mostKeptBytes) {
      this.#memory = memory;
      this.#words = words;
    }
    return words;
  }
}

const sources = new Words();
const targets = new Words();

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
    const sourceWords = sources.of(source.buffer);
    const targetWords = targets.of(target.buffer);
    maskWords(sourceWords, (sourceAt + lead) >> 2, targetWords, (targetAt + lead) >> 2, words, keyWord[0] ?? 0);
    done += words * 4;
  }
  for (; done < length; done += 1) target[to + done] = byteAt(source, from + done) ^ byteAt(key, keyAt + (done & 3));
}

/** How far memory at `offset` is from a whole word. */
export function alignment(offset: number): number {
  return offset & 3;
}

function maskWords(source: Int32Array, from: number, target: Int32Array, to: number, words: number, key: number): void {
  for (let at = 0; at < words; at += 1) target[to + at] = (source[from + at] as number) ^ key;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
