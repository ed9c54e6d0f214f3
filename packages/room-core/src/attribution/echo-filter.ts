/** How long an echo may take, in milliseconds. */
const ECHO_MS = 15_000;
/** Most texts that are remembered. */
const MOST_TEXTS = 16;

/**
 * Knows transcripts that are no speech: some models transcribe a typed text back as if it had been said. Each sent text
 * swallows one equal transcript.
 */
export class EchoFilter {
  readonly #sent: { readonly text: string; readonly at: number }[] = [];

  /** This text goes to the model. `nowMs` is on a clock that never jumps. */
  sent(text: string, nowMs: number): void {
    this.#sent.push({ text: plain(text), at: nowMs });
    if (this.#sent.length > MOST_TEXTS) this.#sent.shift();
  }

  /** Whether this transcript is such an echo; asking uses the sent text up. */
  isEcho(transcript: string, nowMs: number): boolean {
    while (this.#sent[0] && nowMs - this.#sent[0].at > ECHO_MS) this.#sent.shift();
    const text = plain(transcript);
    const index = this.#sent.findIndex((sent) => sent.text === text);
    if (index < 0) return false;
    this.#sent.splice(index, 1);
    return true;
  }
}

/** Letters and digits only: models change punctuation and spaces. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
