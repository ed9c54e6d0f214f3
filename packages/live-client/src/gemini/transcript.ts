/** A stretch of the conversation by one side. */
export interface TranscriptItem {
  /** Stays the same while the item grows. */
  readonly id: string;
  readonly speaker: 'user' | 'model';
  readonly text: string;
  /** `interrupted`: the model was cut before it had said all of it. */
  readonly state: 'growing' | 'final' | 'interrupted';
  /**
   * Of an interrupted item, the words that were heard here before the model was cut, to about a word; `null` for every
   * other item, and where the model has no voice.
   */
  readonly heardText: string | null;
  /** When it began, milliseconds since the Unix epoch. */
  readonly ts: number;
}

/** A piece as the service sends it. */
export interface TranscriptPiece {
  readonly text: string;
  /** The service says that this side is done; most models never do. */
  readonly finished: boolean;
  /** A guess that the next piece replaces. */
  readonly interim?: boolean;
}

/**
 * The conversation in order, from pieces. Services rarely say when an item is complete, so it follows from the turns: what
 * a person said ends when the model begins, what the model says ends with its turn.
 */
export class Transcript {
  readonly #capacity: number;
  readonly #now: () => number;
  #items: readonly TranscriptItem[] = [];
  /** The part of the person's growing item that is no guess. */
  #heardText = '';
  #counter = 0;

  constructor(options: { readonly capacity: number; readonly now: () => number }) {
    this.#capacity = options.capacity;
    this.#now = options.now;
  }

  /** Oldest first; a new array after each change. */
  get items(): readonly TranscriptItem[] {
    return this.#items;
  }

  /** What a person says. @returns the item that changed, `null` when nothing did. */
  heard(piece: TranscriptPiece): TranscriptItem | null {
    if (!this.#growing('user')) this.#heardText = '';
    const text = piece.interim ? this.#heardText + piece.text : joinPieces(this.#heardText, piece.text);
    if (!piece.interim) this.#heardText = text;
    return this.#grow('user', text, piece.finished);
  }

  /** What the model says. */
  said(piece: TranscriptPiece): TranscriptItem | null {
    return this.#grow('model', joinPieces(this.#growing('model')?.text ?? '', piece.text), piece.finished);
  }

  /** What a person typed: final at once. */
  typed(text: string): TranscriptItem {
    const item: TranscriptItem = {
      id: this.#newId(),
      speaker: 'user',
      text,
      state: 'final',
      heardText: null,
      ts: this.#now(),
    };
    this.#put(item);
    return item;
  }

  /** That side is done. @returns the item that is final now, `null` when none was growing. */
  end(speaker: TranscriptItem['speaker']): TranscriptItem | null {
    const growing = this.#growing(speaker);
    return growing ? this.#change({ ...growing, state: 'final' }) : null;
  }

  /**
   * What the model says in this item was cut, also if its text is complete.
   *
   * @param heard - tells what of a text was heard; absent where the model has no voice.
   * @returns the item, `null` when it is not kept any more or was cut before.
   */
  cut(id: string, heard: ((text: string) => string) | null): TranscriptItem | null {
    const item = this.#items.find((known) => known.id === id);
    if (!item || item.state === 'interrupted') return null;
    return this.#change({ ...item, state: 'interrupted', heardText: heard?.(item.text) ?? null });
  }

  #change(item: TranscriptItem): TranscriptItem {
    this.#put(item);
    return item;
  }

  #grow(speaker: TranscriptItem['speaker'], text: string, finished: boolean): TranscriptItem | null {
    const growing = this.#growing(speaker);
    // Vertex opens and closes a transcription with pieces that have no text.
    if (text === (growing?.text ?? '')) return finished ? this.end(speaker) : null;
    const state = finished ? 'final' : 'growing';
    const item = growing
      ? ({ ...growing, text, state } as const)
      : ({ id: this.#newId(), speaker, text, state, heardText: null, ts: this.#now() } as const);
    this.#put(item);
    return item;
  }

  #growing(speaker: TranscriptItem['speaker']): TranscriptItem | undefined {
    return this.#items.findLast((item) => item.speaker === speaker && item.state === 'growing');
  }

  #put(item: TranscriptItem): void {
    const isKnown = this.#items.some(({ id }) => id === item.id);
    this.#items = isKnown
      ? this.#items.map((known) => (known.id === item.id ? item : known))
      : [...this.#items, item].slice(-Math.max(1, this.#capacity));
  }

  #newId(): string {
    this.#counter += 1;
    return `t${this.#counter}`;
  }
}

/** Most models send what is new, some send everything so far again. */
function joinPieces(known: string, piece: string): string {
  if (known === '') return piece.trimStart();
  return piece.length > known.length && piece.startsWith(known) ? piece : known + piece;
}
