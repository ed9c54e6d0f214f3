import { type ClientMessage, checkContextUpdate, type Setup } from '@colloquy/live-protocol';
import type { Brain } from '../brain/brain.ts';
import type { Clock } from '../clock.ts';
import type { Profile } from '../profile.ts';
import type { SeededRandom } from '../random.ts';
import type { Transcriber } from '../transcriber/transcriber.ts';
import { transparentIndex, type Unverified } from '../unverified.ts';
import type { Voice } from '../voice/voice.ts';
import { contentText, type SessionConfiguration, toBrainTools } from './configuration.ts';
import type { Conversation, ConversationSnapshot } from './conversation.ts';
import { InputTranscript } from './input-transcript.ts';
import type { Outbox } from './outbox.ts';
import type { Pacing } from './pacing.ts';
import type { ResumableSession } from './resumption-store.ts';
import { ResumptionUpdates } from './resumption-updates.ts';
import type { SessionRecord } from './session-record.ts';
import { Speaker } from './speaker.ts';
import { type ContextLimit, TurnEngine } from './turn-engine.ts';
import { UncompressedLimit, type UncompressedSeconds } from './uncompressed-limit.ts';
import { UserInput } from './user-input.ts';
import { InputViolation, invalidArgument } from './violation.ts';

/** Options of {@link Dialogue}. */
export interface DialogueOptions {
  readonly clock: Clock;
  readonly brain: Brain;
  readonly transcriber: Transcriber;
  readonly voice: Voice;
  readonly pacing: Pacing;
  readonly unverified: Unverified;
  readonly profile: Profile;
  readonly setup: Setup;
  readonly configuration: SessionConfiguration;
  readonly outbox: Outbox;
  readonly random: SeededRandom;
  readonly record: SessionRecord;
  readonly conversation: Conversation;
  /** It goes on with an earlier connection's conversation. */
  readonly isResumed: boolean;
  readonly issueHandle: (snapshot: ConversationSnapshot) => string;
  readonly consumedMessages: () => number;
  /** The model begins a turn (`true`), or has ended one. */
  readonly onTurnChange: (isRunning: boolean) => void;
  /** What goes on over all connections of the session. */
  readonly session: ResumableSession;
  readonly contextWindow: ContextLimit;
  /** How long it lasts without compression. */
  readonly uncompressedSeconds: UncompressedSeconds;
  readonly onFailure: (error: unknown) => void;
}

/** What goes on between `setupComplete` and the end: joins the parts that listen, answer and keep the session resumable. */
export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #engine: TurnEngine;
  readonly #input: UserInput;
  readonly #transcript: InputTranscript;
  readonly #updates: ResumptionUpdates | null;
  readonly #limit: UncompressedLimit | null;
  /** Client messages that were taken when nobody was being listened to. */
  #settled = 0;

  constructor(options: DialogueOptions) {
    this.#options = options;
    const { profile, configuration, outbox, clock, random, conversation } = options;
    this.#updates =
      configuration.resumption || profile.wire.unsolicitedResumption
        ? new ResumptionUpdates({
            clock,
            outbox,
            isPeriodic: profile.wire.unsolicitedResumption,
            issueHandle: () => options.issueHandle(conversation.snapshot()),
            consumedIndex: () =>
              configuration.resumption?.transparent
                ? transparentIndex(this.#settledMessages(), options.unverified.transparentIndex)
                : null,
          })
        : null;
    this.#limit = configuration.compression
      ? null
      : new UncompressedLimit({
          clock,
          seconds: options.uncompressedSeconds,
          session: options.session,
          onEnd: options.contextWindow.onFull,
        });
    this.#transcript = new InputTranscript({ profile, outbox, clock });
    this.#engine = new TurnEngine({
      ...options,
      random: random.fork('turns'),
      speaker: new Speaker(options),
      onBusyChange: (isBusy) => this.#updates?.setBusy(isBusy),
    });
    this.#input = new UserInput({
      ...options,
      random: random.fork('input'),
      engine: this.#engine,
      transcript: this.#transcript,
      onPicture: () => this.#limit?.pictureCame(),
    });
  }

  /** @throws {@link InputViolation} when the message means something this session does not allow. */
  take(message: ClientMessage): void {
    if (message.realtimeInput) this.#input.takeRealtimeInput(message.realtimeInput);
    if (message.clientContent) this.#input.takeClientContent(message.clientContent);
    if (message.toolResponse) this.#engine.answerTools(message.toolResponse.functionResponses ?? []);
    if (message.contextUpdate) this.#update(message.contextUpdate);
    if (!this.#input.isListening) this.#settled = this.#options.consumedMessages();
  }

  /** What a handle stands for has no half of an utterance in it: a client that resumes sends all of it again. */
  #settledMessages(): number {
    return this.#input.isListening ? this.#settled : this.#options.consumedMessages();
  }

  /** Stops everything at once; nothing is sent any more. */
  close(): void {
    this.#input.close();
    this.#engine.close();
    this.#transcript.close();
    this.#updates?.close();
    this.#limit?.close();
  }

  #update(update: NonNullable<ClientMessage['contextUpdate']>): void {
    const { unverified, profile } = this.#options;
    if (unverified.contextUpdate === 'documented' && !profile.model.supports.contextUpdate) {
      const remedy = 'Begin a new session with another setup, or use gemini-3.8-live on Vertex AI.';
      throw new InputViolation(invalidArgument('contextUpdate', remedy));
    }
    const problem = checkContextUpdate(update, profile.model);
    if (problem) throw new InputViolation(problem);
    if (update.systemInstruction) this.#engine.systemInstruction = contentText(update.systemInstruction);
    if (update.tools) this.#engine.tools = toBrainTools(update.tools.tools, profile);
  }
}
