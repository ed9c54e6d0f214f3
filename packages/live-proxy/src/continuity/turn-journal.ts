import type { ServerEvent } from '@colloquy/live-protocol';
import type { HistoryTurn } from './history.ts';
import { TextEcho } from './text-echo.ts';
import type { WaitingFrame } from './waiting-frames.ts';

/**
 * Where a typed message stands that is not wholly answered.
 *
 * `noted` needs no answer; `asked` has none yet; `answering`: the answer has begun.
 */
type Stage = 'noted' | 'asked' | 'answering';

interface Entry {
  /** `null`: there was no room for it, and a cut would lose it. */
  readonly sent: WaitingFrame | null;
  turns: readonly HistoryTurn[];
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

/** Characters of each memory in words; the oldest turns go first. */
const MOST_CHARACTERS = 64 * 1024;
const MOST_TURNS = 2_000;
/** What keeping a typed message costs beside its bytes, with all that is known of it. */
const ENTRY_BYTES = 1_024;

/** Options of {@link TurnJournal}. */
export interface TurnJournalOptions {
  /** Bytes of typed messages that are kept until they are answered, and 1,024 more for each; `0` is no bound. */
  readonly maxBytes: number;
  /** A typed message will not be sent again after a cut, because there is no room for it. Told once for each row of them. */
  readonly onNotKept: () => void;
}

/**
 * Remembers in words what was said, what has been answered, and what the newest handle holds, so that no typed turn is
 * lost or asked twice when a connection is cut. Pure: it hears of messages and is asked.
 */
export class TurnJournal {
  readonly #options: TurnJournalOptions;
  readonly #echo = new TextEcho();
  #entries: Entry[] = [];
  #bytes = 0;
  #hasTold = false;
  /** Ended exchanges that the newest handle does not hold. */
  #uncovered: HistoryTurn[] = [];
  #history: HistoryTurn[] = [];
  #heard = '';
  #said = '';
  #isAnswering = false;
  #isWhole = false;
  #isInterrupted = false;

  constructor(options: TurnJournalOptions) {
    this.#options = options;
  }

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
    return this.#entries.flatMap(({ sent }) => sent ?? []);
  }

  /** Words that will be asked again. */
  get pendingTexts(): readonly string[] {
    const asked = this.#entries.filter(({ sent, stage }) => sent !== null && stage !== 'noted');
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
    if (kind.type === 'note') this.#remember(kind.turns);
    this.#add(sent, kind.turns, stage);
  }

  /** The answer to this message has ended: to send it again would ask twice. */
  isDone(sent: WaitingFrame): boolean {
    return !this.#entries.some((one) => one.sent === sent);
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
        if (!event.interim && !this.#echo.isEcho(event.text)) this.#heard = newest(this.#heard + event.text);
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
      case 'interrupted':
        this.#isInterrupted = true;
        break;
      case 'turnComplete':
        // The model may have nothing to say to it. An interrupted turn that said nothing was perhaps another one.
        if (!this.#isAnswering && !this.#isInterrupted) this.#answers('');
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
    this.#keepOnly(({ sent }) => sent !== null);
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
    this.#said = newest(this.#said + words);
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
    for (const entry of this.#entries) if (entry.stage === 'answering') turns.push(...entry.turns);
    this.#keepOnly(({ stage }) => stage !== 'answering');
    if (this.#said.trim() !== '') turns.push({ role: 'model', text: this.#said.trim() });
    this.#uncovered = remembered(this.#uncovered, turns);
    this.#remember(turns);
    this.#reset();
  }

  #cover(): void {
    this.#uncovered = [];
    this.#keepOnly(({ stage }) => stage !== 'noted');
  }

  #remember(turns: readonly HistoryTurn[]): void {
    this.#history = remembered(this.#history, turns);
  }

  /** What is asked stays until it is answered. Notes, which are in the history as well, make room for newer messages. */
  #add(sent: WaitingFrame, turns: readonly HistoryTurn[], stage: 'noted' | 'asked'): void {
    const { maxBytes, onNotKept } = this.#options;
    const bytes = bytesOf(sent);
    const fits = () => maxBytes === 0 || this.#bytes + bytes <= maxBytes;
    let isAllKept = true;
    while (!fits() && this.#dropFirstNote()) isAllKept = false;
    if (fits()) {
      this.#entries.push({ sent, turns, stage, hasArrived: false });
      this.#bytes += bytes;
    } else {
      isAllKept = false;
      if (stage === 'asked') this.#addWords(turns);
    }
    if (!isAllKept && !this.#hasTold) onNotKept();
    this.#hasTold = !isAllKept;
  }

  /** Its answer is awaited as any other. */
  #addWords(turns: readonly HistoryTurn[]): void {
    const others = this.#entries.find(({ sent, stage }) => sent === null && stage === 'asked');
    const words = remembered(others?.turns ?? [], turns);
    if (others === undefined) this.#entries.push({ sent: null, turns: words, stage: 'asked', hasArrived: false });
    else Object.assign(others, { turns: words, hasArrived: false });
  }

  #dropFirstNote(): boolean {
    const note = this.#entries.find(({ stage }) => stage === 'noted');
    if (note !== undefined) this.#keepOnly((entry) => entry !== note);
    return note !== undefined;
  }

  #keepOnly(isKept: (entry: Entry) => boolean): void {
    this.#entries = this.#entries.filter(isKept);
    this.#bytes = this.#entries.reduce((sum, { sent }) => sum + bytesOf(sent), 0);
  }

  #reset(): void {
    this.#heard = '';
    this.#said = '';
    this.#isAnswering = false;
    this.#isWhole = false;
    this.#isInterrupted = false;
  }
}

function bytesOf(sent: WaitingFrame | null): number {
  return sent === null ? 0 : sent.frame.data.byteLength + ENTRY_BYTES;
}

/** The newest turns, within bounds; of one that is longer its end. */
function remembered(before: readonly HistoryTurn[], turns: readonly HistoryTurn[]): HistoryTurn[] {
  const all = [...before, ...turns];
  let characters = all.reduce((sum, { text }) => sum + text.length, 0);
  let first = Math.max(0, all.length - MOST_TURNS);
  for (const { text } of all.slice(0, first)) characters -= text.length;
  while (characters > MOST_CHARACTERS && first < all.length - 1) {
    characters -= all[first]?.text.length ?? 0;
    first += 1;
  }
  const kept = all.slice(first);
  return characters > MOST_CHARACTERS ? kept.map(({ role, text }) => ({ role, text: newest(text) })) : kept;
}

function newest(text: string): string {
  return text.length > MOST_CHARACTERS ? text.slice(-MOST_CHARACTERS) : text;
}
