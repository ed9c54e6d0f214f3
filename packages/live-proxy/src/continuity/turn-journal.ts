import type { ServerEvent } from '@colloquy/live-protocol';
import type { HistoryTurn } from './history.ts';
import { TextEcho } from './text-echo.ts';
import type { WaitingFrame } from './waiting-frames.ts';

/**
 * Where a typed message stands.
 *
 * `noted` needs no answer; `asked` has none yet; `answering`: the answer has begun; `done`: it has ended.
 */
type Stage = 'noted' | 'asked' | 'answering' | 'done';

interface Entry {
  readonly sent: WaitingFrame;
  readonly turns: readonly HistoryTurn[];
  stage: Stage;
  /** It has reached the service: an answer that begins from now on may be its own. */
  hasArrived: boolean;
}

/** How a turn looks to the client whose connection was cut, in the order in which it is told. */
export interface CutTurn {
  /** The answer broke off: what was sent of it is to be discarded. */
  readonly interrupted: boolean;
  /** The turn is over. */
  readonly complete: boolean;
}

/** Characters of memory; the oldest turns go first. */
const MOST_CHARACTERS = 64 * 1024;
/** Exchanges that no handle holds; the oldest that are done go first. */
const MOST_ENTRIES = 200;

/**
 * Remembers in words what was said, what has been answered, and what the newest handle holds, so that no typed turn is
 * lost or asked twice when a connection is cut. Pure: it hears of messages and is asked.
 */
export class TurnJournal {
  readonly #echo = new TextEcho();
  #entries: Entry[] = [];
  /** Ended exchanges that the newest handle does not hold. */
  #uncovered: HistoryTurn[] = [];
  #history: HistoryTurn[] = [];
  #heard = '';
  #said = '';
  #isAnswering = false;
  #isWhole = false;

  /** Something was asked in writing and has no answer yet. */
  get isAskedFor(): boolean {
    return this.#entries.some(({ stage }) => stage === 'asked');
  }

  /** Something was heard that has not been answered to its end. */
  get isHearing(): boolean {
    return this.#heard !== '';
  }

  /** Ended turns in words, oldest first, bounded. */
  get history(): readonly HistoryTurn[] {
    return this.#history;
  }

  /** Of these a session that was resumed with the newest handle knows nothing. */
  get uncovered(): readonly HistoryTurn[] {
    return this.#uncovered;
  }

  /** Typed messages that have to be sent again after a cut, oldest first. */
  get pending(): readonly WaitingFrame[] {
    return this.#entries.filter(({ stage }) => stage !== 'done').map(({ sent }) => sent);
  }

  /** Words that will be asked again. */
  get pendingTexts(): readonly string[] {
    const asked = this.#entries.filter(({ stage }) => stage === 'asked' || stage === 'answering');
    return asked.flatMap(({ turns }) => turns.map(({ text }) => text));
  }

  /** A message was sent to the service, for the first time or again. */
  sent(sent: WaitingFrame): void {
    const { kind } = sent;
    if (kind.type !== 'ask' && kind.type !== 'note') return;
    const again = this.#entries.find((entry) => entry.sent === sent);
    if (again !== undefined) {
      again.hasArrived = false;
      return;
    }
    if (kind.type === 'ask' && kind.isRealtime) for (const { text } of kind.turns) this.#echo.sent(text);
    const stage = kind.type === 'ask' ? 'asked' : 'noted';
    this.#entries.push({ sent, turns: kind.turns, stage, hasArrived: false });
    if (kind.type === 'note') this.#remember(kind.turns);
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift();
  }

  /** The answer to this message has ended: to send it again would ask twice. */
  isDone(sent: WaitingFrame): boolean {
    const entry = this.#entries.find((one) => one.sent === sent);
    return entry === undefined || entry.stage === 'done';
  }

  /** Everything that was sent has reached the service. */
  arrived(): void {
    for (const entry of this.#entries) entry.hasArrived = true;
  }

  /** The answer that ends now is to all that was asked, though nobody saw it arrive. */
  presumeAnswered(): void {
    for (const entry of this.#entries) if (entry.stage === 'asked') entry.stage = 'answering';
  }

  observe(event: ServerEvent): void {
    switch (event.type) {
      case 'inputTranscription':
        if (!event.interim && !this.#echo.isEcho(event.text)) this.#heard += event.text;
        break;
      case 'audio':
      case 'part':
      case 'toolCall':
        this.#answers('');
        break;
      case 'text':
        this.#answers(event.thought ? '' : event.text);
        break;
      case 'outputTranscription':
        this.#answers(event.text);
        break;
      case 'generationComplete':
        this.#isWhole = this.#isAnswering;
        break;
      case 'turnComplete':
        this.#commit();
        break;
      case 'sessionResumptionUpdate':
        if (event.resumable && event.handle !== null) this.#cover();
        break;
      default:
    }
  }

  /**
   * The connection is gone. What was asked in writing and not wholly answered is pending again; `isSpeechReplayed`: what
   * was said aloud will be said again, too.
   */
  cut(isSpeechReplayed: boolean): CutTurn {
    const isAnswering = this.#isAnswering;
    const interrupted = isAnswering && !this.#isWhole;
    const isAskedInWriting = this.#entries.some(({ stage }) => stage === 'answering');
    if (interrupted && (isAskedInWriting || isSpeechReplayed)) this.#askAgain();
    else if (isAnswering || !isSpeechReplayed) this.#commit();
    else this.#reset();
    return { interrupted, complete: isAnswering };
  }

  /** A fresh session got the history: nothing is uncovered. */
  restarted(): void {
    this.#cover();
  }

  /** Where they cannot be told to the session. */
  forgetUncovered(): void {
    this.#uncovered = [];
  }

  #answers(words: string): void {
    this.#said += words;
    // What is typed into an answer waits for the next one; the rest of this one may still be on its way.
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    for (const entry of this.#entries) if (entry.stage === 'asked' && entry.hasArrived) entry.stage = 'answering';
  }

  #askAgain(): void {
    for (const entry of this.#entries) if (entry.stage === 'answering') entry.stage = 'asked';
    this.#reset();
  }

  #commit(): void {
    const turns: HistoryTurn[] = [];
    if (this.#heard.trim() !== '') turns.push({ role: 'user', text: this.#heard.trim() });
    for (const entry of this.#entries) {
      if (entry.stage !== 'answering') continue;
      entry.stage = 'done';
      turns.push(...entry.turns);
    }
    if (this.#said.trim() !== '') turns.push({ role: 'model', text: this.#said.trim() });
    this.#uncovered = [...this.#uncovered, ...turns].slice(-MOST_ENTRIES);
    this.#remember(turns);
    this.#reset();
  }

  #cover(): void {
    this.#uncovered = [];
    this.#entries = this.#entries.filter(({ stage }) => stage !== 'done' && stage !== 'noted');
  }

  #remember(turns: readonly HistoryTurn[]): void {
    this.#history.push(...turns);
    let characters = this.#history.reduce((sum, { text }) => sum + text.length, 0);
    while (characters > MOST_CHARACTERS && this.#history.length > 1) {
      characters -= this.#history.shift()?.text.length ?? 0;
    }
  }

  #reset(): void {
    this.#heard = '';
    this.#said = '';
    this.#isAnswering = false;
    this.#isWhole = false;
  }
}
