import { ShortStrings } from './short-strings.ts';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

/** Space, tab, line feed, carriage return. */
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

const names = new ShortStrings();

/** Nearly all names are shorter; looking at each byte is faster for them than calling a native search. */
const nearBytes = 32;

/** What numbers, `true`, `false` and `null` are written with. */
const literal: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  '+-.0123456789Eaeflnrstu'.includes(String.fromCharCode(byte)),
);

/**
 * Walks through the bytes of a JSON text without building anything: strings, which are nearly all of a message, are
 * jumped over by a native search. Methods say `false` where the text is not JSON; what is skipped is checked only as far as
 * it takes to know where it ends, and holds no lenient spelling in which a name could hide.
 */
export class JsonWalk {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** Whether an object is next. */
  get isAtObject(): boolean {
    return this.#peek() === openBrace;
  }

  /** Whether an array is next. */
  get isAtArray(): boolean {
    return this.#peek() === openBracket;
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#peek() === undefined;
  }

  /** Walks through an object; `member` must walk through or skip the value of each name. */
  object(member: (name: string) => boolean): boolean {
    if (!this.#take(openBrace)) return false;
    if (this.#take(closeBrace)) return true;
    do {
      const name = this.string();
      if (name === null || !this.#take(colon) || !member(name)) return false;
    } while (this.#take(comma));
    return this.#take(closeBrace);
  }

  /** Walks through an array; `item` must walk through or skip each value. */
  array(item: () => boolean): boolean {
    if (!this.#take(openBracket)) return false;
    if (this.#take(closeBracket)) return true;
    do {
      if (!item()) return false;
    } while (this.#take(comma));
    return this.#take(closeBracket);
  }

  /** Reads a string, of which only ASCII is wanted; `null` when none is next. */
  string(): string | null {
    const start = this.#stringStart();
    if (start === null) return null;
    const end = this.#at - 1;
    const raw = names.read(this.#data, start, end);
    if (!raw.includes('\\')) return raw;
    try {
      return JSON.parse(this.#data.toString('utf8', start - 1, end + 1));
    } catch {
      return null; // an escape that JSON does not have
    }
  }

  /** Jumps over a string of base64; `null` when none is next. */
  base64Bytes(): number | null {
    const span = this.stringSpan();
    return span === null ? null : base64Bytes(this.#data, span[0], span[1]);
  }

  /** Jumps over a string and says where its content begins and ends; `null` when none is next. */
  stringSpan(): readonly [start: number, end: number] | null {
    const start = this.#stringStart();
    return start === null ? null : [start, this.#at - 1];
  }

  /** Jumps over any value and says where it begins and ends; `null` when none is next. */
  valueSpan(): readonly [start: number, end: number] | null {
    this.#peek();
    const start = this.#at;
    return this.skip() ? [start, this.#at] : null;
  }

  /** Walks through an object and skips all members but one; skips what is no object. */
  member(name: string, value: () => boolean): boolean {
    if (!this.isAtObject) return this.skip();
    return this.object((found) => (found === name ? value() : this.skip()));
  }

  /** Jumps over any value. */
  skip(): boolean {
    let depth = 0;
    do {
      const byte = this.#peek();
      if (byte === quote) {
        if (this.#stringStart() === null) return false;
      } else if (byte === openBrace || byte === openBracket) {
        depth += 1;
        this.#at += 1;
      } else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        this.#at += 1;
        if (depth < 0) return false;
      } else if (depth > 0 && (byte === comma || byte === colon)) {
        this.#at += 1;
      } else if (!this.#literal()) {
        return false;
      }
    } while (depth > 0);
    return true;
  }

  #literal(): boolean {
    const start = this.#at;
    while (literal[this.#data[this.#at] ?? 0]) this.#at += 1;
    return this.#at > start;
  }

  /** Goes behind a string and returns where its content starts. */
  #stringStart(): number | null {
    if (!this.#take(quote)) return null;
    const start = this.#at;
    for (let at = start; at < start + nearBytes; at += 1) {
      const byte = this.#data[at];
      if (byte === quote) {
        this.#at = at + 1;
        return start;
      }
      if (byte === backslash) break;
    }
    for (let end = this.#data.indexOf(quote, start); end !== -1; end = this.#data.indexOf(quote, end + 1)) {
      let before = end - 1;
      while (this.#data[before] === backslash) before -= 1;
      if ((end - before) % 2 === 0) continue; // an odd number of backslashes: the quote is part of the string
      this.#at = end + 1;
      return start;
    }
    return null;
  }

  #take(byte: number): boolean {
    if (this.#peek() !== byte) return false;
    this.#at += 1;
    return true;
  }

  #peek(): number | undefined {
    while (isSpace(this.#data[this.#at])) this.#at += 1;
    return this.#data[this.#at];
  }
}

/** How many bytes the base64 between two places stands for. */
export function base64Bytes(data: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && data[last - 1] === 0x3d) last -= 1;
  return Math.floor(((last - start) * 3) / 4);
}
