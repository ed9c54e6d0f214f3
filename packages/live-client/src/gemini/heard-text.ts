/** From this mark on, text was spoken by the audio that came after it. */
interface Mark {
  /** Audio of the turn that had come when the text came, milliseconds. */
  readonly audioMs: number;
  /** Characters of the text before the piece that came. */
  readonly length: number;
}

/** Nobody speaks faster: a guess for text whose audio has not all come. 60 ms are 17 characters a second. */
const LEAST_MS_PER_CHARACTER = 60;

/**
 * Says how much of a text was heard, from how its pieces came between its audio: a piece is spoken by the audio that
 * follows it, at even speed. The service gives no times of words, so this is right to about a word.
 */
export class HeardText {
  #marks: Mark[] = [];
  #audioMs = 0;
  #messageMs = 0;
  #length = 0;
  #complete = false;

  /** Audio of the turn that came, milliseconds. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** What is added next came in one message: its text is spoken by its audio. */
  beginMessage(): void {
    this.#messageMs = this.#audioMs;
  }

  /** So much more audio came. */
  addAudio(ms: number): void {
    this.#audioMs += ms;
  }

  /** The text is `length` characters long now. */
  grewTo(length: number): void {
    if (length <= this.#length) return;
    const last = this.#marks.at(-1);
    // Pieces between the same audio are one.
    if (last?.audioMs !== this.#messageMs) this.#marks.push({ audioMs: this.#messageMs, length: this.#length });
    this.#length = length;
  }

  /** A new text of the same turn begins here. */
  restartText(): void {
    this.#marks = [];
    this.#length = 0;
  }

  /** All audio of the turn has come. */
  complete(): void {
    this.#complete = true;
  }

  /** The whole words of `text` that are spoken in the first `heardMs` milliseconds of the turn. */
  upTo(heardMs: number, text: string): string {
    return wholeWords(text, this.#lengthAt(heardMs));
  }

  /** Text that came after all audio was spoken by what came before it. */
  #spokenMarks(): readonly Mark[] {
    const last = this.#marks.at(-1);
    if (!this.#complete || !last || last.audioMs < this.#audioMs) return this.#marks;
    return this.#marks.length > 1 ? this.#marks.slice(0, -1) : [{ audioMs: 0, length: 0 }];
  }

  #lengthAt(heardMs: number): number {
    const marks = this.#spokenMarks();
    const next = marks.findIndex(({ audioMs }) => audioMs > heardMs);
    const mark = marks.at(next < 0 ? -1 : next - 1);
    if (!mark || next === 0) return 0;
    const following = next < 0 ? undefined : marks[next];
    const characters = (following?.length ?? this.#length) - mark.length;
    const came = (following?.audioMs ?? this.#audioMs) - mark.audioMs;
    const isOpen = !following && !this.#complete;
    const durationMs = isOpen ? Math.max(came, characters * LEAST_MS_PER_CHARACTER) : came;
    const share = durationMs > 0 ? Math.min(1, (heardMs - mark.audioMs) / durationMs) : 1;
    return mark.length + Math.floor(share * characters + 1e-9);
  }
}

/** The words that end at or before `length`. */
function wholeWords(text: string, length: number): string {
  if (length >= text.length) return text;
  const end = text.slice(0, length + 1).search(/\s\S*$/);
  return end < 0 ? '' : text.slice(0, end);
}
