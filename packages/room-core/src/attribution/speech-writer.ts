import type { EntryActor, InflightMessage, LogEntryOf, RoomServerMessage } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { randomId } from '../random-id.ts';
import { type Attribution, attribute } from './attribute.ts';
import { EchoFilter } from './echo-filter.ts';
import { TranscriptDelay } from './transcript-delay.ts';
import { type AudioSpan, UtteranceSpans } from './utterance-spans.ts';
import type { VoiceTimeline } from './voice-timeline.ts';

/** What a {@link SpeechWriter} is made of. */
export interface SpeechWriterOptions {
  readonly clock: Clock;
  readonly timeline: VoiceTimeline;
  /** Number of the model's current or last turn. */
  readonly turn: () => number;
  /** Whether anybody speaks at this moment. */
  readonly anybodySpeaks: () => boolean;
  readonly broadcast: (message: Extract<RoomServerMessage, { type: 'delta' }>) => void;
  readonly append: (entry: Pick<LogEntryOf<'speech.final'>, 'kind' | 'actor' | 'body'>) => void;
}

/** What is being said, piece by piece. */
interface GrowingSpeech {
  readonly messageId: string;
  text: string;
  /** From the first piece to the last one. */
  readonly from: number;
  to: number;
  speakers: readonly EntryActor[];
}

/** Without a further piece for this long, what was said is complete. */
const SILENCE_MS = 1_500;
/** The same once the model answers. */
const ANSWER_MS = 600;
/** Without anybody's voice in its stretch, a transcript is late: the last speaker of this time before is named. */
const LOOK_BACK_MS = 10_000;
/** Whoever goes on alone for this long after several spoke at once has an entry of their own. */
const ALONE_MS = 400;
/** A piece that ends this near to where somebody else went on ends there: transcribers do not begin words of another in it. */
const CHANGE_MS = 200;
/** The end of what somebody said, where nothing is left of the stretch of a piece. */
const LAST_WORD_MS = 200;
/** Less than this of a voice has no word in it. */
const FIRST_WORD_MS = 100;
/** More text than this without an end becomes an entry of its own. */
const MAX_TEXT_LENGTH = 20_000;

/**
 * Turns the model's transcript of the mix into log entries with names. Sentences are final at once; pieces grow as
 * deltas until the model answers, somebody else goes on, or nothing comes for a while.
 */
export class SpeechWriter {
  readonly #options: SpeechWriterOptions;
  readonly #spans = new UtteranceSpans();
  readonly #echo = new EchoFilter();
  readonly #delay = new TranscriptDelay();
  #growing: GrowingSpeech | null = null;
  /** Who clearly said the last pieces, and since when. */
  #alone: { readonly participantId: string; readonly from: number } | null = null;
  #silence: Timer | null = null;
  /** Timeline position at which the current model session began. */
  #sessionStartMs = 0;

  constructor(options: SpeechWriterOptions) {
    this.#options = options;
  }

  /** What is not final yet, for people who join now. */
  get inflight(): InflightMessage | null {
    const growing = this.#growing;
    if (!growing) return null;
    const { messageId, text, speakers } = growing;
    return { messageId, kind: 'speech', turn: this.#options.turn(), speakers, text };
  }

  /** A fresh model session counts its audio from here. */
  sessionStarted(): void {
    this.#sessionStartMs = this.#options.timeline.audioMs;
    this.#spans.reset(this.#sessionStartMs);
    this.#delay.reset();
  }

  /** The model heard speech start or end. */
  voiceActivity(edge: 'start' | 'end', audioOffsetMs: number | null): void {
    const { timeline } = this.#options;
    const at = audioOffsetMs === null ? timeline.audioMs : this.#sessionStartMs + audioOffsetMs;
    this.#spans.edge(edge, Math.min(at, timeline.audioMs));
  }

  /** This text goes to the model; some models give it back as a transcript. */
  textSent(text: string): void {
    this.#echo.sent(text, this.#options.clock.monotonic());
  }

  /** `finished`: a whole sentence, or the end of the pieces. */
  transcript(text: string, finished: boolean): void {
    if (finished && !this.#growing) this.#sentence(text.trim());
    else if (text !== '') this.#piece(text);
    if (finished) this.finish();
  }

  /** The model begins to answer: what grows is complete, but for words that are transcribed late. */
  answerStarted(): void {
    if (this.#growing) this.#awaitSilence(ANSWER_MS, () => this.finish());
  }

  /** What grows is complete: the answer is over, or the session is. */
  finish(): void {
    this.#silence?.cancel();
    this.#silence = null;
    const growing = this.#growing;
    this.#growing = null;
    if (!growing || growing.text.trim() === '') return;
    const found = this.#attribution({ from: growing.from, to: growing.to });
    this.#write(growing.messageId, growing.text.trim(), found);
  }

  #sentence(text: string): void {
    if (text === '' || this.#echo.isEcho(text, this.#options.clock.monotonic())) return;
    const span = this.#spans.takeSentence(this.#options.timeline.audioMs);
    this.#write(randomId(), text, this.#attribution(span));
  }

  #piece(text: string): void {
    const span = this.#takePiece();
    const heard = attribute(this.#options.timeline.sharesBetween(span.from, span.to));
    this.#noteAlone(heard, span);
    if (this.#growing && this.#isSomebodyElse(heard, span)) this.finish();
    const growing = this.#growing ?? this.#begin(span);
    growing.to = span.to;
    growing.speakers = this.#attribution({ from: growing.from, to: growing.to }).speakers;
    const offset = growing.text.length;
    const added = offset === 0 ? text.trimStart() : text;
    growing.text += added;
    const { messageId, speakers } = growing;
    const turn = this.#options.turn();
    this.#options.broadcast({ type: 'delta', messageId, kind: 'speech', turn, speakers, offset, text: added });
    if (growing.text.length > MAX_TEXT_LENGTH) this.finish();
    else this.#awaitSilence(SILENCE_MS, () => this.#silenceOver());
  }

  /** The stretch in which a piece was said that has come now. */
  #takePiece(): AudioSpan {
    const { timeline } = this.#options;
    const { audioMs } = timeline;
    this.#delay.observe(timeline);
    const saidTo = audioMs - this.#delay.ms;
    const changedAt = timeline.changeNear(saidTo, CHANGE_MS) ?? saidTo;
    const { attributedTo } = this.#spans;
    // Whoever went on has been speaking for a while, and everything of the one before is written: it is a first word.
    const isFirst = saidTo - changedAt > FIRST_WORD_MS && this.#voicedMs(attributedTo, changedAt) === 0;
    const span = this.#ofOne({ from: attributedTo, to: Math.max(attributedTo, isFirst ? saidTo : changedAt) });
    this.#spans.takePiece(span.to);
    const last = { from: Math.min(span.from, span.to - LAST_WORD_MS), to: span.to };
    return this.#voicedMs(last.from, last.to) > 0 ? last : { from: last.from, to: audioMs };
  }

  /** One person went on after another: the words are of whoever has more of the stretch. */
  #ofOne({ from, to }: AudioSpan): AudioSpan {
    const changedAt = this.#options.timeline.changeNear((from + to) / 2, (to - from) / 2);
    if (changedAt === null) return { from, to };
    const [before, after] = [this.#voicedMs(from, changedAt), this.#voicedMs(changedAt, to)];
    if (before === 0 || after === 0) return { from, to };
    return after > before ? { from: changedAt, to } : { from, to: changedAt };
  }

  #voicedMs(fromMs: number, toMs: number): number {
    const shares = this.#options.timeline.sharesBetween(fromMs, toMs);
    return shares.reduce((sum, { voicedMs }) => sum + voicedMs, 0);
  }

  #begin(span: AudioSpan): GrowingSpeech {
    this.#growing = { messageId: randomId(), text: '', from: span.from, to: span.to, speakers: [] };
    return this.#growing;
  }

  #noteAlone(heard: Attribution | null, span: AudioSpan): void {
    const [now, ...alsoNow] = heard?.speakers ?? [];
    if (!now || alsoNow.length > 0) this.#alone = null;
    else if (this.#alone?.participantId !== now.participantId)
      this.#alone = { participantId: now.participantId, from: span.from };
  }

  /** Whether a piece is clearly of one person, and what grows is clearly of another, or of several who spoke at once. */
  #isSomebodyElse(heard: Attribution | null, span: AudioSpan): boolean {
    const [before, ...others] = this.#growing?.speakers ?? [];
    const [now, ...alsoNow] = heard?.speakers ?? [];
    if (!before || !now || alsoNow.length > 0) return false;
    if (others.length > 0) return this.#alone !== null && span.to - this.#alone.from >= ALONE_MS;
    return before.participantId !== now.participantId;
  }

  #attribution(span: AudioSpan): Attribution {
    const { timeline, clock } = this.#options;
    const heard = attribute(timeline.sharesBetween(span.from, span.to));
    if (heard) return heard;
    const before = timeline.sharesBetween(span.to - LOOK_BACK_MS, span.to);
    const last = before.toSorted((a, b) => b.endedAt - a.endedAt)[0];
    if (last) return { speakers: [last.speaker], startedAt: last.startedAt, endedAt: last.endedAt };
    return { speakers: [], startedAt: clock.now(), endedAt: clock.now() };
  }

  #write(messageId: string, text: string, { speakers, startedAt, endedAt }: Attribution): void {
    this.#options.append({
      kind: 'speech.final',
      actor: speakers[0] ?? roomActor,
      body: { messageId, text, speakers, attribution: 'derived', startedAt, endedAt },
    });
  }

  #awaitSilence(ms: number, then: () => void): void {
    this.#silence?.cancel();
    this.#silence = this.#options.clock.setTimer(ms, then);
  }

  #silenceOver(): void {
    // Somebody goes on talking: their words come yet.
    if (this.#options.anybodySpeaks()) this.#awaitSilence(SILENCE_MS, () => this.#silenceOver());
    else this.finish();
  }
}
