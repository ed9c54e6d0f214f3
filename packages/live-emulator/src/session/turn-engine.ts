import type { FunctionResponse } from '@colloquy/live-protocol';
import type { Brain, BrainCall, BrainInput, BrainStep, BrainTool } from '../brain/brain.ts';
import type { Clock } from '../clock.ts';
import type { Profile } from '../profile.ts';
import type { SeededRandom } from '../random.ts';
import type { Unverified } from '../unverified.ts';
import type { SessionConfiguration } from './configuration.ts';
import { ContextWindow } from './context-window.ts';
import { type Conversation, textTokens } from './conversation.ts';
import type { Outbox } from './outbox.ts';
import type { Pacing } from './pacing.ts';
import type { SessionRecord } from './session-record.ts';
import type { Speaker } from './speaker.ts';
import { ToolLedger, toCallMessages } from './tool-ledger.ts';
import { Turn } from './turn.ts';
import { TurnAccounts } from './turn-accounts.ts';
import { InputViolation, invalidArgument } from './violation.ts';

/** How much the model can keep in mind, and what becomes of a session in which that is not enough. */
export interface ContextLimit {
  /** `0` for everything. */
  readonly tokens: number;
  readonly onFull: () => void;
}

/** Options of {@link TurnEngine}. */
export interface TurnEngineOptions {
  readonly profile: Profile;
  readonly configuration: SessionConfiguration;
  readonly pacing: Pacing;
  readonly unverified: Unverified;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly brain: Brain;
  readonly speaker: Speaker;
  readonly conversation: Conversation;
  readonly outbox: Outbox;
  readonly record: SessionRecord;
  readonly contextWindow: ContextLimit;
  /** Called when generation begins or a function is called (`true`), and when the session is quiet again. */
  readonly onBusyChange: (busy: boolean) => void;
  /** A turn begins (`true`), or has ended. */
  readonly onTurnChange: (isRunning: boolean) => void;
  /** The brain or the voice failed; the session cannot go on. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Whose turn it is.
 *
 * ```
 *            requestTurn            steps done             heard to the end
 *   idle ───────────────▶ generating ─────────▶ held back ─────────────────▶ idle
 *     ▲                    │   ▲  │ blocking call                 │
 *     │                    │   └──┘ waits for its answer          │
 *     └────────────────────┴──────────── interrupt ───────────────┘
 * ```
 *
 * One turn at a time. Input that arrives meanwhile waits for the next turn; whether it also cuts the present one is
 * decided by who brings it in.
 */
export class TurnEngine {
  readonly #options: TurnEngineOptions;
  readonly #tools: ToolLedger;
  /** What reached the model, and since its last turn began. */
  readonly #context: ContextWindow;
  readonly #accounts: TurnAccounts;
  #current: Turn | null = null;
  /** A turn was asked for and could not begin yet. */
  #isWanted = false;
  #isUserActive = false;
  #isClosed = false;
  #systemInstruction: string;
  #declaredTools: readonly BrainTool[];

  constructor(options: TurnEngineOptions) {
    this.#options = options;
    this.#tools = new ToolLedger({ profile: options.profile, random: options.random.fork('tools') });
    this.#accounts = new TurnAccounts(options);
    this.#systemInstruction = options.configuration.systemInstruction;
    this.#declaredTools = options.configuration.tools;
    this.#context = new ContextWindow({
      ...options,
      ...options.contextWindow,
      compression: options.configuration.compression,
      overheadTokens: () => options.profile.wire.preambleTokens + textTokens(this.#systemInstruction),
    });
  }

  /** Whether the model generates, waits for a function, or is still being listened to. */
  get isBusy(): boolean {
    return this.#current !== null;
  }

  /** Replaces the system instruction from the next turn on. */
  set systemInstruction(text: string) {
    this.#systemInstruction = text;
  }

  /** Replaces the declared functions from the next turn on. */
  set tools(tools: readonly BrainTool[]) {
    this.#declaredTools = tools;
  }

  /** Adds to what the next turn answers. */
  addInput(item: BrainInput): void {
    this.#context.add(item);
  }

  /** Adds audio in which nobody spoke, in seconds, where all audio counts. */
  addSilence(seconds: number): void {
    this.#context.addSilence(seconds);
  }

  /**
   * Has the model answer what was added: now, or when the turn and the activity that run are over.
   * `interrupts`: the turn that runs is cut for it.
   */
  requestTurn(options: { readonly interrupts: boolean }): void {
    this.#isWanted = true;
    if (options.interrupts) this.interrupt();
    this.#beginWanted();
  }

  /** A person begins to speak or act: no turn begins until {@link TurnEngine.activityEnded}. */
  activityStarted(options: { readonly interrupts: boolean }): void {
    this.#isUserActive = true;
    if (options.interrupts) this.interrupt();
  }

  activityEnded(): void {
    this.#isUserActive = false;
    this.#beginWanted();
  }

  /**
   * Cuts the turn that runs, with everything the client is told about it; harmless when none does.
   * `keepsBackground`: open calls that do not block run on, because the answer to one of them cuts.
   */
  interrupt(options: { readonly keepsBackground?: boolean } = {}): void {
    const turn = this.#current;
    if (!turn) return;
    turn.interrupt();
    const cancelsAll = this.#options.unverified.backgroundCalls === 'cancel';
    const cancelled = this.#tools.cancel((call) =>
      options.keepsBackground ? call.blocking : cancelsAll || call.turn === turn.number,
    );
    if (cancelled.length > 0) this.#options.outbox.toolCallCancellation(cancelled);
    this.#options.outbox.interrupted();
    this.#complete(turn);
  }

  /** Takes the client's answers to function calls. */
  answerTools(responses: readonly FunctionResponse[]): void {
    for (const response of responses) this.#answerTool(response);
  }

  /** Ends everything without another word. */
  close(): void {
    this.#isClosed = true;
    this.#current?.interrupt();
    this.#current = null;
  }

  #beginWanted(): void {
    if (!this.#isWanted || this.#current || this.#isUserActive || this.#isClosed) return;
    this.#isWanted = false;
    const input = this.#context.take();
    const { conversation, clock } = this.#options;
    const turn = new Turn({ number: conversation.beginTurn(), input, clock });
    this.#current = turn;
    this.#options.onTurnChange(true);
    this.#tellBusy();
    this.#run(turn).catch((error: unknown) => {
      // A brain or a voice that is cut off may fail in its own way; nobody waits for it any more.
      if (!turn.signal.aborted) this.#options.onFailure(error);
    });
  }

  async #run(turn: Turn): Promise<void> {
    const { pacing, conversation, profile, outbox, speaker, unverified } = this.#options;
    const history = this.#context.open(turn.input);
    if (history === null) return;
    await turn.sleep(pacing.answerMs * this.#options.random.between(0.5, 1.5));
    if (profile.wire.emptyMessages) {
      outbox.send({});
      outbox.content({});
    }
    const promptUsage = this.#accounts.prompt(this.#systemInstruction);
    if (promptUsage) outbox.send(promptUsage);
    for (let input = turn.input; ; ) {
      await this.#perform(turn, await this.#ask(turn, input, history));
      if (!this.#tools.isBlocked(turn.number)) break;
      const results = await turn.toolResults();
      if (profile.wire.toolTurns === 2) {
        for (const result of results) this.addInput(result);
        this.#isWanted = true;
        break;
      }
      conversation.addInput(results);
      input = results;
    }
    speaker.finishTranscript();
    const isToldAtOnce = unverified.generationComplete === 'whenGenerated';
    if (isToldAtOnce) outbox.generationComplete();
    await turn.waitForPlayback();
    turn.throwIfInterrupted();
    if (!isToldAtOnce) outbox.generationComplete();
    this.#complete(turn);
  }

  async #ask(turn: Turn, input: readonly BrainInput[], history: BrainTurnHistory): Promise<readonly BrainStep[]> {
    const { brain, configuration, conversation, random } = this.#options;
    const steps = await brain.respond({
      number: turn.number,
      asked: conversation.countAsking(),
      input,
      history,
      systemInstruction: this.#systemInstruction,
      tools: this.#declaredTools,
      model: configuration.model,
      pictureCount: conversation.pictures,
      random: random.fork(`brain/${turn.number}`),
      signal: turn.signal,
    });
    turn.throwIfInterrupted();
    return steps;
  }

  async #perform(turn: Turn, steps: readonly BrainStep[]): Promise<void> {
    const { speaker, outbox } = this.#options;
    const texts = steps.filter((step) => step.type === 'say').map((step) => step.text);
    speaker.announce(texts, { goesOn: steps.some((step) => step.type === 'call' && this.#blocks(step.calls)) });
    for (const step of steps) {
      switch (step.type) {
        case 'thought':
          speaker.think(turn, step.text);
          break;
        case 'say':
          await speaker.say(turn, step.text);
          break;
        case 'pause':
          await turn.sleep(step.ms);
          break;
        case 'message':
          outbox.send(step.message);
          break;
        case 'parts':
          await turn.waitToSend();
          outbox.parts(step.parts);
          break;
        case 'grounding':
          if (step.when === 'now') outbox.content({ groundingMetadata: step.metadata });
          else turn.endWith({ grounding: step.metadata });
          break;
        case 'urlContext':
          outbox.content({ urlContextMetadata: step.metadata });
          break;
        case 'waitForInput':
          outbox.content({ waitingForInput: true });
          break;
        case 'endReason':
          turn.endWith({ reason: step.reason });
          break;
        case 'usage':
          turn.endWith({ usage: { ...turn.ending.usage, ...step.usage } });
          break;
        case 'call':
          await turn.waitToSend();
          this.#call(turn, step.calls);
          // After a blocking call the model is silent until its answer.
          if (this.#tools.isBlocked(turn.number)) return;
          break;
        default:
          step satisfies never;
      }
    }
  }

  #blocks(calls: readonly BrainCall[]): boolean {
    return calls.some((call) => this.#declaredTools.find((tool) => tool.name === call.name)?.blocking ?? true);
  }

  #call(turn: Turn, calls: readonly BrainCall[]): void {
    if (calls.length === 0) return;
    const { outbox, profile } = this.#options;
    const opened = this.#tools.open(calls, this.#declaredTools, turn.number);
    for (const message of toCallMessages(opened, calls, profile.backend)) outbox.toolCall(message);
  }

  #answerTool(response: FunctionResponse): void {
    const call = this.#tools.answer(response);
    this.#options.record.toolResponseReceived({
      id: response.id ?? null,
      name: response.name ?? null,
      response: response.response ?? {},
      scheduling: response.scheduling ?? null,
      matched: call !== null,
    });
    if (!call) {
      if (this.#options.unverified.unknownToolResponse === 'close') {
        const remedy = 'Answer calls that are open, each by its id and once.';
        throw new InputViolation(invalidArgument('toolResponse.functionResponses.id', remedy));
      }
      this.#options.record.note(
        `A function response (id ${response.id ?? 'none'}) answers no open call; it was ignored.`,
      );
      return;
    }
    const result: BrainInput = {
      type: 'toolResult',
      callId: call.id,
      name: call.name,
      response: response.response ?? {},
      silent: !call.blocking && response.scheduling === 'SILENT',
    };
    if (call.blocking) this.#current?.toolAnswered(result, !this.#tools.isBlocked(call.turn));
    else this.#useBackgroundResult(result, response.scheduling ?? 'WHEN_IDLE');
  }

  #useBackgroundResult(result: BrainInput, scheduling: string): void {
    this.addInput(result);
    if (scheduling === 'SILENT') {
      this.#tellIdle();
    } else {
      this.#isWanted = true;
      if (scheduling === 'INTERRUPT') this.interrupt({ keepsBackground: true });
      this.#beginWanted();
    }
    this.#tellBusy();
  }

  /** The last background work is done and nobody speaks of it: whoever was told of work is told that it is over. */
  #tellIdle(): void {
    const { profile, outbox } = this.#options;
    if (!profile.wire.interactionStatus || this.#current || this.#tools.pending.length > 0) return;
    outbox.content({ interactionStatus: 'IDLE' });
  }

  /** Closes the books of a turn, whether it ran to its end or was cut. */
  #complete(turn: Turn): void {
    const { conversation, outbox } = this.#options;
    const usage = this.#accounts.final(turn, this.#systemInstruction);
    conversation.addAnswer(turn.sentText, this.#accounts.billedSeconds(turn));
    this.#current = null;
    outbox.turnComplete(usage, {
      goesOn: this.#tools.pending.length > 0,
      ending: turn.ending,
    });
    this.#options.onTurnChange(false);
    this.#tellBusy();
    this.#beginWanted();
  }

  /** Whether the session could be resumed as it is now: not in a turn, nor with functions at work. */
  #tellBusy(): void {
    const isCalling = !this.#options.unverified.resumableDuringCalls && this.#tools.pending.length > 0;
    this.#options.onBusyChange(this.#current !== null || isCalling);
  }
}

type BrainTurnHistory = Parameters<Brain['respond']>[0]['history'];
