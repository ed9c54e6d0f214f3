import {
  type ClientMessage,
  GeminiCloseReason,
  parseClientFrame,
  type ServerMessage,
  type Setup,
  toCloseReason,
} from '@colloquy/live-protocol';
import type { VoiceActivityOptions } from '../audio/voice-activity.ts';
import type { Brain } from '../brain/brain.ts';
import type { Clock, Timer } from '../clock.ts';
import { isSendable } from '../close-code.ts';
import { Disturbances } from '../faults/disturbances.ts';
import type { FaultMoment } from '../faults/fault.ts';
import { type FaultTarget, momentsOf } from '../faults/fault-plan.ts';
import type { Logger } from '../logger.ts';
import { goAwayNoticeSeconds, type Profile, type ProfileName } from '../profile.ts';
import type { SeededRandom } from '../random.ts';
import type { Route } from '../server/route.ts';
import type { TokenGrant } from '../tokens/token-grant.ts';
import type { Transcriber } from '../transcriber/transcriber.ts';
import type { UnrecordedClose, UnrecordedCloses } from '../unrecorded-closes.ts';
import type { Unverified } from '../unverified.ts';
import type { Voice } from '../voice/voice.ts';
import { configureSession } from './configuration.ts';
import { Dialogue } from './dialogue.ts';
import { Lifetime, type LifetimeLimits } from './lifetime.ts';
import { Outbox } from './outbox.ts';
import type { Pacing } from './pacing.ts';
import { beginOrResume } from './resume.ts';
import type { ResumableSession, ResumptionStore } from './resumption-store.ts';
import type { SessionRecord } from './session-record.ts';
import { decideSetup, type Refusal } from './setup-check.ts';
import type { SocketPort } from './socket-port.ts';
import type { UncompressedSeconds } from './uncompressed-limit.ts';
import { InputViolation } from './violation.ts';

/** Most a client may send before it is told that the setup stands, in bytes; the real service's limit is not known. */
const MOST_EARLY_BYTES = 32 * 1024 * 1024;

/** What all sessions of one emulator share. */
export interface SessionEnvironment {
  readonly clock: Clock;
  readonly brain: Brain;
  readonly transcriber: Transcriber;
  readonly voice: Voice;
  readonly pacing: Pacing;
  readonly unverified: Unverified;
  readonly limits: Omit<LifetimeLimits, 'goAwayNoticeSeconds' | 'credentialSeconds'> & {
    readonly goAwayNoticeSeconds: number | null;
  };
  readonly closes: UnrecordedCloses;
  /** `null`: as large as the model's. */
  readonly contextWindowTokens: number | null;
  /** How long sessions without compression last. */
  readonly uncompressedSeconds: UncompressedSeconds;
  readonly voiceActivity: Partial<VoiceActivityOptions>;
  readonly profile: ProfileName | null;
  readonly resumptionSeconds: number | null;
  readonly resumption: ResumptionStore;
  readonly logger: Logger;
}

/** Options of {@link LiveSession}. */
export interface LiveSessionOptions {
  readonly route: Route;
  readonly socket: SocketPort;
  readonly record: SessionRecord;
  readonly random: SeededRandom;
  readonly environment: SessionEnvironment;
  /** Decides about the credentials; `null` lets the client in. */
  readonly admission: Promise<Refusal | null>;
  /** The ephemeral token that the client came with. */
  readonly grant?: TokenGrant | null;
  /** Something happened that a fault may wait for. */
  readonly onMoment?: (moment: FaultMoment) => void;
}

interface SettingUp {
  readonly status: 'settingUp';
  /** What came before `setupComplete`; it is taken right behind it. */
  readonly early: ClientMessage[];
  earlyBytes: number;
  timer: Timer | null;
}

type SessionState =
  | { readonly status: 'open' }
  | SettingUp
  | { readonly status: 'ready'; readonly dialogue: Dialogue; readonly resumable: ResumableSession }
  | { readonly status: 'closing' }
  | { readonly status: 'closed' };

/**
 * One connection, from its upgrade to its end.
 *
 * ```
 *   open ──setup──▶ settingUp ──setupComplete──▶ ready ──┐
 *     │                 │                          │     │ close by either side
 *     └─────────────────┴──── wrong message ───────┴──▶ closing ──▶ closed
 * ```
 */
export class LiveSession implements FaultTarget {
  readonly record: SessionRecord;
  readonly disturbances: Disturbances;
  readonly #options: LiveSessionOptions;
  readonly #lifetime: Lifetime;
  #outbox: Outbox | null = null;
  #state: SessionState = { status: 'open' };
  /** How this end closed, if it was this end. */
  #closeSent: { readonly code: number; readonly reason: string } | null = null;
  /** Client messages taken since the setup. */
  #consumed = 0;
  #setupDelayMs = 0;

  constructor(options: LiveSessionOptions) {
    this.record = options.record;
    this.#options = options;
    const { clock, limits } = options.environment;
    const grant = options.grant ?? null;
    this.disturbances = new Disturbances({ clock });
    const noticeSeconds = limits.goAwayNoticeSeconds ?? goAwayNoticeSeconds(options.route.backend);
    this.#lifetime = new Lifetime({
      clock,
      limits: { ...limits, goAwayNoticeSeconds: noticeSeconds, credentialSeconds: grant?.secondsLeft ?? null },
      events: {
        goAway: (seconds) => this.#outbox?.goAway(seconds),
        deadline: () => this.#end(options.environment.closes.lifetimeOver),
        noSetup: () => this.#end(options.environment.closes.setupMissing),
        idle: () => this.close(1008, GeminiCloseReason.aborted),
        credentialExpired: () => grant && this.#refuse(grant.expiry),
      },
    });
    options.admission.then(
      (refusal) => refusal && this.#refuse(refusal),
      (error: unknown) => this.#fail('the credential check failed', error),
    );
  }

  /** Takes one message of the client. Whatever it holds, this does not throw. */
  receive(data: string | Uint8Array): void {
    if (this.#isEnding) return;
    const byteLength = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
    this.record.messageReceived(byteLength);
    if (this.#options.environment.unverified.idle === 'withoutMessages') this.#lifetime.touch();
    try {
      const checked = parseClientFrame(data, { backend: this.#options.route.backend });
      if (checked.ok) this.#take(checked.message, byteLength);
      else this.#refuse(this.#asWorded(checked.violation));
    } catch (error) {
      if (error instanceof InputViolation) this.#refuse(error.refusal);
      else this.#fail('a message could not be handled', error);
    }
  }

  /** Nobody has recorded how Vertex words what it finds in a message. */
  #asWorded(violation: Refusal): Refusal {
    const { environment, route } = this.#options;
    const isGeneric = route.backend === 'vertex' && environment.unverified.vertexViolations === 'generic';
    return isGeneric ? { ...violation, reason: GeminiCloseReason.invalidArgument } : violation;
  }

  /** The socket is gone. */
  disconnected(code: number, reason: string): void {
    const sent = this.#closeSent;
    this.#leave();
    this.#enter({ status: 'closed' });
    this.record.ended(sent ? { ...sent, by: 'emulator' } : { code, reason, by: 'client' });
  }

  /** Closes with a code and a reason, which is cut to what fits. Idempotent. */
  close(code: number, reason: string): void {
    if (this.#isEnding) return;
    if (!isSendable(code)) {
      this.#fail('the connection could not be closed', new RangeError(`${code} cannot be sent`));
      return;
    }
    this.disturbances.flush();
    this.#leave();
    this.#enter({ status: 'closing' });
    this.#closeSent = { code, reason: toCloseReason(reason) };
    this.#options.socket.close(code, this.#closeSent.reason);
  }

  /** Cuts the connection without a close frame. */
  drop(): void {
    if (this.#state.status === 'closed') return;
    this.#leave();
    this.#enter({ status: 'closing' });
    this.#closeSent = { code: 1006, reason: '' };
    this.#options.socket.terminate();
  }

  /** Announces the end and brings it, `seconds` from now. */
  goAway(seconds: number): void {
    if (!this.#isEnding) this.#lifetime.endIn(seconds);
  }

  /** Answers a setup so much later; without effect once it is being answered. */
  delaySetup(seconds: number): void {
    this.#setupDelayMs = seconds * 1000;
  }

  /** Says nothing any more, and does not close by itself either. */
  fallSilent(): void {
    this.disturbances.fallSilent();
    this.#lifetime.close();
  }

  /** Sends any message, right or wrong. */
  send(message: ServerMessage): void {
    if (!this.#isEnding) this.#outbox?.send(message);
  }

  get #isEnding(): boolean {
    return this.#state.status === 'closing' || this.#state.status === 'closed';
  }

  #take(message: ClientMessage, byteLength: number): void {
    const state = this.#state;
    switch (state.status) {
      case 'open':
        if (message.setup) this.#beginSetup(message.setup);
        else this.#refuse(setupFirst(Object.keys(message)[0] ?? ''));
        break;
      case 'settingUp':
      case 'ready':
        if (message.setup) this.#refuse(setupFirst('setup'));
        else if (state.status === 'ready') this.#pass(state.dialogue, message);
        else this.#keepForLater(state, message, byteLength);
        break;
      case 'closing':
      case 'closed':
        break;
      default:
        state satisfies never;
    }
  }

  #keepForLater(state: SettingUp, message: ClientMessage, byteLength: number): void {
    state.early.push(message);
    state.earlyBytes += byteLength;
    if (state.earlyBytes > MOST_EARLY_BYTES) this.close(1008, GeminiCloseReason.aborted);
  }

  #pass(dialogue: Dialogue, message: ClientMessage): void {
    this.#consumed += 1;
    dialogue.take(message);
  }

  #beginSetup(asked: Setup): void {
    const { environment, random, route, admission, grant, onMoment } = this.#options;
    const setup = grant ? grant.setupFor(asked) : asked;
    this.#lifetime.setUp();
    this.record.identify({ setup, model: setup.model ?? null });
    const state: SettingUp = { status: 'settingUp', early: [], earlyBytes: 0, timer: null };
    this.#enter(state);
    const decision = decideSetup(setup, route, environment.profile, environment.unverified);
    const ms = environment.pacing.setupMs * random.between(0.5, 1.5) + this.#setupDelayMs;
    onMoment?.('setup');
    void admission.then(() => {
      // The client may have gone, or been sent away, while its credentials were looked at.
      if (this.#state !== state) return;
      state.timer = environment.clock.setTimer(ms, () => {
        const refusal = grant?.refusal(setup) ?? null;
        if (refusal) this.#refuse(refusal);
        else if (!decision.ok) this.#refuse(decision.refusal);
        else this.#guard('the session could not begin', () => this.#begin(setup, decision.profile, state.early));
      });
    });
  }

  #begin(setup: Setup, profile: Profile, early: readonly ClientMessage[]): void {
    const { environment, socket, random } = this.#options;
    const configuration = configureSession(setup, profile, environment.voiceActivity);
    this.record.identify({ profile: profile.name });
    const handle = configuration.resumption?.handle ?? null;
    const begun = beginOrResume({ ...environment, handle, model: configuration.model, profile, record: this.record });
    if (!begun.ok) {
      this.#refuse(begun.refusal);
      return;
    }
    if (handle === null) this.#options.grant?.use();
    const outbox = new Outbox({
      socket,
      profile,
      record: this.record,
      disturbances: this.disturbances,
      onSent: (message) => {
        for (const moment of momentsOf(message)) this.#options.onMoment?.(moment);
      },
    });
    this.#outbox = outbox;
    outbox.setupComplete(random.uuid(), consentSignature(setup, random));
    const dialogue = new Dialogue({
      ...environment,
      profile,
      setup,
      configuration,
      outbox,
      random,
      record: this.record,
      isResumed: handle !== null,
      conversation: begun.conversation,
      session: begun.resumable,
      issueHandle: (snapshot) => environment.resumption.issue(begun.resumable, snapshot),
      consumedMessages: () => this.#consumed,
      onTurnChange: (isRunning) => {
        if (environment.unverified.idle === 'withoutTurns') this.#lifetime.touch({ pauses: isRunning });
      },
      contextWindow: {
        tokens: environment.contextWindowTokens ?? profile.model.limits.contextTokens,
        onFull: () => this.#refuse({ ...environment.closes.contextFull, path: '', remedy: WHEN_FULL }),
      },
      onFailure: (error) => this.#fail('the brain, the voice or the transcriber failed', error),
    });
    this.#enter({ status: 'ready', dialogue, resumable: begun.resumable });
    for (const message of early) {
      if (!this.#isEnding) this.#pass(dialogue, message);
    }
  }

  #end({ closeCode, reason }: UnrecordedClose): void {
    this.close(closeCode, reason);
  }

  #refuse(refusal: Refusal): void {
    if (this.#isEnding) return;
    const { path, reason, closeCode, remedy = '' } = refusal;
    this.record.violated({ path, reason, closeCode, remedy });
    this.close(refusal.closeCode, refusal.reason);
  }

  #fail(what: string, error: unknown): void {
    this.#options.environment.logger.error?.(`Session ${this.record.id}: ${what}.`, error);
    this.record.note(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    this.close(1011, GeminiCloseReason.internal);
  }

  #guard(what: string, task: () => void): void {
    try {
      task();
    } catch (error) {
      if (error instanceof InputViolation) this.#refuse(error.refusal);
      else this.#fail(what, error);
    }
  }

  /** Ends what the present state owns. */
  #leave(): void {
    const state = this.#state;
    this.#lifetime.close();
    this.disturbances.close();
    if (state.status === 'settingUp') state.timer?.cancel();
    if (state.status !== 'ready') return;
    state.dialogue.close();
    this.#options.environment.resumption.detach(state.resumable);
  }

  #enter(state: SessionState): void {
    this.#state = state;
    this.record.enter(state.status);
  }
}

/** A consent recording counts as verified; `null` when there is none. */
function consentSignature(setup: Setup, random: SeededRandom): string | null {
  const voice = setup.generationConfig?.speechConfig?.voiceConfig?.replicatedVoiceConfig;
  return voice?.consentAudio ? Buffer.from(random.fork('consent').uuid()).toString('base64') : null;
}

function setupFirst(path: string): Refusal {
  const remedy =
    path === 'setup'
      ? 'Send one setup, first of all; for another, open another connection.'
      : 'Send the setup first, and wait for setupComplete.';
  return { closeCode: 1007, reason: GeminiCloseReason.setupFirst, path, remedy };
}

const WHEN_FULL = 'Ask for contextWindowCompression in the setup, or begin a new session.';
