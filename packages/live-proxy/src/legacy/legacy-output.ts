import type { Part, ServerContent, ServerMessage } from '@colloquy/live-protocol';

/** A frame for the original front end, which maps each frame to exactly one event. */
export type LegacyServerFrame = ServerMessage | { readonly error: { readonly message: string } };

/**
 * Takes messages apart for a front end that looks at the first thing in a frame only: each part, each transcription,
 * `interrupted` and `turnComplete` go in frames of their own, in the order in which it would look for them last to first.
 * It appends transcripts to an open bubble until one says `finished`; Gemini seldom does, so the end of a turn says it.
 */
export class LegacyOutput {
  #inputIsOpen = false;
  #outputIsOpen = false;

  frames(message: ServerMessage): readonly LegacyServerFrame[] {
    const frames: LegacyServerFrame[] = [];
    if (message.setupComplete !== undefined) frames.push({ setupComplete: {} });
    if (message.serverContent !== undefined) frames.push(...this.#content(message.serverContent));
    return frames;
  }

  #content({ inputTranscription, interrupted, modelTurn, outputTranscription, turnComplete }: ServerContent) {
    const frames: LegacyServerFrame[] = [];
    const say = (serverContent: ServerContent) => frames.push({ serverContent });
    if (inputTranscription !== undefined) {
      const { finished = false, text = '' } = inputTranscription;
      if (text !== '' || (finished && this.#inputIsOpen)) say({ inputTranscription: { text, finished } });
      this.#inputIsOpen = (this.#inputIsOpen || text !== '') && !finished;
    }
    for (const part of modelTurn?.parts ?? []) {
      if (!isHeardOrRead(part)) continue;
      if (this.#inputIsOpen) say(this.#closeInput());
      say({ modelTurn: { role: 'model', parts: [part] } });
    }
    if (outputTranscription !== undefined) {
      const { finished = false, text = '' } = outputTranscription;
      if (text !== '' || (finished && this.#outputIsOpen)) say({ outputTranscription: { text, finished } });
      this.#outputIsOpen = (this.#outputIsOpen || text !== '') && !finished;
    }
    if ((interrupted || turnComplete) && this.#outputIsOpen) {
      this.#outputIsOpen = false;
      say({ outputTranscription: { text: '', finished: true } });
    }
    if (interrupted) say({ interrupted: true });
    if (turnComplete) {
      if (this.#inputIsOpen) say(this.#closeInput());
      say({ turnComplete: true });
    }
    return frames;
  }

  #closeInput(): ServerContent {
    this.#inputIsOpen = false;
    return { inputTranscription: { text: '', finished: true } };
  }
}

/** Sound of an odd number of bytes makes that front end throw; base64 of even ones is never of such a length. */
function isHeardOrRead({ inlineData, text }: Part): boolean {
  if (text !== undefined) return text !== '';
  return inlineData?.data !== undefined && bytesOf(inlineData.data) % 2 === 0;
}

function bytesOf(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}
