/** Texts kept for comparison; an echo comes right after its text or not at all. */
const MOST_TEXTS = 8;

/**
 * Some models send a typed realtime text back as if it had been heard. Somebody's typed message must not show up a second
 * time as speech.
 */
export class TextEcho {
  #texts: string[] = [];

  /** A text was typed. */
  sent(text: string): void {
    this.#texts = [...this.#texts, normalize(text)].slice(-MOST_TEXTS);
  }

  /** Whether this transcript is one of the texts; each is recognised once. */
  isEcho(transcript: string): boolean {
    const index = this.#texts.indexOf(normalize(transcript));
    if (index < 0) return false;
    this.#texts.splice(index, 1);
    return true;
  }
}

function normalize(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
