import type {
  EntryActor,
  InflightMessage,
  ModelState,
  NewEntry,
  RoomServerMessage,
  SpeakerCues,
  TurnUsage,
} from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import { SpeechWriter } from '../attribution/speech-writer.ts';
import type { VoiceTimeline } from '../attribution/voice-timeline.ts';
import type { RoomMeter } from '../metering/room-meter.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ModelEvent, ModelSession } from '../ports/model-session.ts';
import type { AnsweredCall, ToolDesk } from '../tools/tool-desk.ts';
import { AnswerWriter, type FinishedTurn } from './answer-writer.ts';
import { AskedTexts } from './asked-texts.ts';
import type { AskingEntry } from './asking-texts.ts';
import { ModelHost, type ModelHostOptions } from './model-host.ts';
import { QuietWait } from './quiet-wait.ts';
import { TurnAskers } from './turn-askers.ts';

/** What a {@link ModelDesk} is made of. */
export interface ModelDeskOptions {
  readonly clock: Clock;
  readonly actor: EntryActor;
  readonly timeline: VoiceTimeline;
  /** Runs what the model calls, and answers with {@link ModelDesk.answerTool}. */
  readonly tools: Pick<ToolDesk, 'start' | 'cancel' | 'sessionResumed' | 'sessionOver'>;
  /** `before`: sequence number of the first text that the session will be sent itself. */
  readonly open: (...args: [...Parameters<ModelHostOptions['open']>, before: () => number]) => ModelSession;
  readonly anybodySpeaks: () => boolean;
  readonly broadcast: (message: RoomServerMessage) => void;
  readonly broadcastAudio: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly append: (entry: NewEntry) => void;
  readonly onSpeaking: (speaking: boolean) => void;
  readonly onTurn: (turn: FinishedTurn, reason: string | null) => void;
  /** `speakers`: whose words were answered, as far as is known. */
  readonly onUsage: (turn: number, usage: TurnUsage, speakers: readonly EntryActor[]) => void;
  /** What the model hears, says and sees is counted. */
  readonly meter: Pick<RoomMeter, 'heard' | 'spoke' | 'saw'>;
  /** Why there must be no session now; `null`: there may be one. */
  readonly refusal: () => string | null;
  /** By this handle another server could go on with the session; `null`: by none. */
  readonly onResumable?: (handle: string | null) => void;
  readonly onError: (error: unknown) => void;
}

const SAMPLES_PER_MS_HEARD = 16;
const SAMPLES_PER_MS_SPOKEN = 24;
/** A model that was asked and says nothing has chosen silence. */
const THINKING_MS = 15_000;
/** Longest wait for a quiet moment before a new session replaces the old one. */
const RESTART_WITHIN_MS = 10_000;

/** Everything between a room and its model: session, answers, transcripts, status. */
export class ModelDesk {
  readonly #options: ModelDeskOptions;
  readonly #host: ModelHost;
  readonly #answers: AnswerWriter;
  readonly #speech: SpeechWriter;
  readonly #askers: TurnAskers;
  readonly #texts: AskedTexts;
  readonly #quiet: QuietWait;
  /** Runs while the model is thinking. */
  #thinking: Timer | null = null;
  #told: ModelState = { status: 'off', turn: 0 };
  #sessionStartMs = 0;
  /** Runs while a new session waits for a quiet moment. */
  #restarting: Timer | null = null;

  constructor(options: ModelDeskOptions) {
    this.#options = options;
    const { actor, anybodySpeaks, append, broadcast, broadcastAudio, clock, onError, timeline } = options;
    this.#texts = new AskedTexts({ actor, append });
    this.#host = new ModelHost({
      clock,
      onError,
      open: (onEvent, signal) => options.open(onEvent, signal, () => this.#texts.firstWaiting),
      onEvent: (event) => this.#receive(event),
      onStatus: () => this.#tell(),
    });
    this.#answers = new AnswerWriter({
      ...{ actor, broadcast, broadcastAudio, clock },
      append: (entry) => this.#texts.appendAnswer(entry),
      onStarted: () => {
        this.#texts.answerStarted();
        this.#stopThinking();
        this.#askers.answerStarted();
        this.#speech.answerStarted();
        this.#tell();
      },
      onStopped: () => this.#tell(),
    });
    this.#askers = new TurnAskers(timeline);
    this.#quiet = new QuietWait(clock, () => !this.#isAnswerDue);
    const turn = () => this.#answers.turn;
    this.#speech = new SpeechWriter({ anybodySpeaks, append, broadcast, clock, timeline, turn });
  }

  get state(): ModelState {
    const host = this.#host.status;
    const { turn } = this.#answers;
    if (host.status === 'failed' || host.status === 'reconnecting') {
      return { status: host.status, turn, reason: host.reason };
    }
    if (host.status !== 'ready') return { status: host.status, turn };
    if (this.#answers.speaking) return { status: 'speaking', turn };
    return { status: this.#thinking ? 'thinking' : 'listening', turn };
  }

  /** Messages that grow at this moment. */
  get inflight(): readonly InflightMessage[] {
    return [this.#speech.inflight, this.#answers.inflight].filter((message) => message !== null);
  }

  /** Whether audio goes anywhere. */
  get hears(): boolean {
    return this.#host.session !== null;
  }

  /** The session that takes input now, for whoever must know whether it is another one; `null`: there is none. */
  get listener(): object | null {
    return this.#host.session;
  }

  /** Who finds out when people begin and stop to speak. */
  get activity(): 'automatic' | 'manual' {
    return this.#host.session?.activity ?? 'automatic';
  }

  /** Whether an answer is being given. */
  get answering(): boolean {
    return this.#answers.speaking;
  }

  /** Seconds of audio that the current session was sent. */
  get audioSeconds(): number {
    return (this.#options.timeline.audioMs - this.#sessionStartMs) / 1000;
  }

  /** Somebody is here, or needs an answer. */
  wake(): void {
    if (!this.#isRefused()) this.#host.wake();
  }

  /** Ends the session; people stay, and are told why. */
  leave(code: string, reason: string): void {
    this.#restarting?.cancel();
    this.#restarting = null;
    this.#failed({ code, reason });
    this.#host.leave(reason).catch(this.#options.onError);
  }

  /** Whoever has nothing to do with it is told why by the status. */
  #isRefused(): boolean {
    const reason = this.#options.refusal();
    if (reason !== null && this.#host.status.status === 'off') this.#host.leave(reason).catch(this.#options.onError);
    return reason !== null;
  }

  /**
   * Begins a new session, which reads its configuration anew and knows the log: as soon as nobody is speaking and no
   * answer is due, or after {@link RESTART_WITHIN_MS}.
   */
  restart(): void {
    if (this.#restarting || this.#host.status.status === 'off' || this.#isRefused()) return;
    this.#restarting = this.#options.clock.setTimer(RESTART_WITHIN_MS, () => this.#restart());
    this.#restartIfQuiet();
  }

  #restartIfQuiet(): void {
    if (!this.#restarting || this.#options.anybodySpeaks()) return;
    if (!this.#isAnswerDue) this.#restart();
  }

  get #isAnswerDue(): boolean {
    const { status } = this.state;
    return status === 'speaking' || status === 'thinking';
  }

  /** Calls `task` as soon as no answer is given or due, after `ms` at the latest. */
  whenQuiet(ms: number, task: () => void): void {
    this.#quiet.whenQuiet(ms, task);
  }

  #restart(): void {
    this.#restarting?.cancel();
    this.#restarting = null;
    this.#speech.finish();
    this.#answers.lost('failover');
    this.#options.tools.sessionOver();
    this.#stopThinking();
    this.#host.restart().catch(this.#options.onError);
  }

  /**
   * Ends the session; what is half said becomes an entry. Resolves when the session is closed.
   * @param why - `'failover'`: it goes on on another server.
   */
  sleep(why: 'closed' | 'failover' = 'closed'): Promise<void> {
    this.#restarting?.cancel();
    this.#restarting = null;
    this.#speech.finish();
    this.#answers.lost(why);
    if (why === 'closed') this.#options.onResumable?.(null);
    this.#options.tools.sessionOver();
    this.#texts.forgetWaiting();
    this.#stopThinking();
    return this.#host.sleep();
  }

  /** Asks the model to answer texts of the log, all in one turn. @returns whether it may be asked now. */
  ask(texts: readonly AskingEntry[]): boolean {
    if (this.#isRefused()) return false;
    for (const { actor } of texts) this.#askers.wrote(actor);
    this.#texts.add(texts);
    this.#host.wake();
    this.#sendWaiting();
    return true;
  }

  /** The log lost a text that was asked before as `before`, and has it anew as `seq`. */
  renumbered(before: number, seq: number): void {
    this.#texts.renumbered(before, seq);
  }

  /** What a call of the model came to. */
  answerTool({ callId, name, response, scheduling, willContinue = false }: AnsweredCall): void {
    this.#host.use((session) => session.sendToolResponse(callId, name, response, scheduling, willContinue));
    this.#think();
  }

  /** Tells the model something without asking for an answer. */
  tellContext(text: string): void {
    this.#speech.textSent(text);
    this.#host.use((session) => session.sendContext(text));
  }

  /** Stops the current answer for everybody. */
  interrupt(): void {
    this.#answers.interruptedByPerson();
  }

  sendAudio(frame: Int16Array): void {
    if (this.hears) this.#options.meter.heard(frame.length / SAMPLES_PER_MS_HEARD);
    this.#host.use((session) => session.sendAudio(frame));
  }

  endAudio(): void {
    this.#host.use((session) => session.sendAudioStreamEnd());
  }

  startActivity(): void {
    this.#host.use((session) => session.sendActivityStart());
  }

  endActivity(): void {
    this.#host.use((session) => session.sendActivityEnd());
    this.#think();
  }

  /** Tells whose voice follows. */
  tellSpeakers(names: readonly string[], cues: SpeakerCues): void {
    this.#host.use((session) => session.sendSpeakers(names, cues));
  }

  sendPicture(bytes: Uint8Array, mimeType: string): void {
    if (this.hears) this.#options.meter.saw();
    this.#host.use((session) => session.sendImage(bytes, mimeType));
  }

  #receive(event: ModelEvent): void {
    switch (event.type) {
      case 'ready':
        this.#ready(event);
        break;
      case 'audio':
        this.#options.meter.spoke(event.samples.length / SAMPLES_PER_MS_SPOKEN);
        this.#answers.audio(event.samples);
        break;
      case 'text':
      case 'outputTranscript':
        this.#answers.text(event.text);
        break;
      case 'inputTranscript':
        this.#speech.transcript(event.text, event.finished);
        if (event.finished) this.#think();
        break;
      case 'voiceActivity':
        this.#speech.voiceActivity(event.edge, event.audioOffsetMs);
        if (event.edge === 'end') this.#think();
        break;
      case 'interrupted':
        this.#answers.interruptedByModel();
        break;
      case 'generationComplete':
        this.#answers.generationComplete();
        break;
      case 'turnComplete':
        this.#turnComplete(event.reason);
        break;
      case 'toolCalls':
        this.#think();
        this.#options.tools.start(event.calls, this.#askers.asking(this.#answers.speaking));
        break;
      case 'toolCallsCancelled':
        this.#options.tools.cancel(event.callIds);
        break;
      case 'usage':
        this.#options.onUsage(this.#answers.turn, event.usage, this.#askers.ofTurn);
        break;
      case 'resumable':
        this.#options.onResumable?.(event.handle);
        break;
      case 'reconnecting':
        // The host's status says it.
        break;
      case 'failed':
        this.#failed(event);
        break;
      default:
        event satisfies never;
    }
  }

  #ready({ model, resumed }: Extract<ModelEvent, { type: 'ready' }>): void {
    // An answer of the old connection does not go on in the new one.
    this.#answers.lost('failover');
    if (resumed) this.#options.tools.sessionResumed();
    else {
      this.#options.onResumable?.(null);
      this.#options.tools.sessionOver();
      this.#sessionStartMs = this.#options.timeline.audioMs;
      this.#speech.finish();
      this.#speech.sessionStarted();
    }
    this.#options.append({ kind: resumed ? 'session.resumed' : 'session.started', actor: roomActor, body: { model } });
    this.#sendWaiting();
  }

  #turnComplete(reason: string | null): void {
    this.#stopThinking();
    const finished = this.#answers.turnComplete();
    if (!finished?.text) this.#texts.noteSilence(finished !== null);
    // Whoever interrupted is still being transcribed.
    if (!finished?.interrupted) this.#speech.finish();
    if (finished) this.#options.onTurn(finished, reason);
    this.#tell();
  }

  #failed({ code, reason }: Pick<Extract<ModelEvent, { type: 'failed' }>, 'code' | 'reason'>): void {
    this.#options.onResumable?.(null);
    this.#speech.finish();
    this.#answers.lost('failover');
    this.#options.tools.sessionOver();
    // They stand in the log, so the next session knows of them; it must not be asked old questions out of the blue.
    this.#texts.forgetWaiting();
    this.#stopThinking();
    this.#options.append({ kind: 'session.lost', actor: roomActor, body: { reason, code } });
  }

  #sendWaiting(): void {
    const text = this.hears ? this.#texts.take() : null;
    if (text === null) return;
    this.#speech.textSent(text);
    this.#host.use((session) => session.sendText(text));
    this.#think();
  }

  #think(): void {
    if (this.#answers.speaking) return;
    this.#thinking?.cancel();
    this.#thinking = this.#options.clock.setTimer(THINKING_MS, () => {
      this.#thinking = null;
      this.#texts.noteSilence(false);
      this.#tell();
    });
    this.#tell();
  }

  #stopThinking(): void {
    this.#thinking?.cancel();
    this.#thinking = null;
  }

  #tell(): void {
    this.#quiet.check();
    const { state } = this;
    const told = this.#told;
    if (state.status === told.status && state.turn === told.turn && state.reason === told.reason) return;
    this.#told = state;
    this.#options.broadcast({ type: 'model', model: state });
    this.#options.onSpeaking(state.status === 'speaking');
    this.#restartIfQuiet();
  }
}
