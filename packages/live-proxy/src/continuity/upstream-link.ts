import type { LiveProxyLimits } from '../limits.ts';
import { Relay } from '../relay.ts';
import type { Passage, SocketClosure, SocketFault, SocketPort } from '../socket-port.ts';
import { SETUP_MARK } from './arrivals.ts';
import type { DialPermit } from './circuit-breaker.ts';
import type { Timer } from './clock.ts';
import type { ContinuitySettings } from './continuity-options.ts';
import { LifeWatch } from './life-watch.ts';
import type { ConnectionFailure } from './retry-policy.ts';
import { closeFailure, silentFailure, stuckFailure } from './upstream-failures.ts';

/** Options of {@link UpstreamLink}. */
export interface UpstreamLinkOptions {
  readonly client: SocketPort;
  readonly upstream: SocketPort;
  readonly limits: LiveProxyLimits;
  readonly settings: Pick<ContinuitySettings, 'clock' | 'watchdogMs' | 'keepAliveMs'>;
  /** With which it was dialled; is told what came of the setup. */
  readonly permit: DialPermit;
  /** Who may be to blame when the setup is refused: the handle, or the identity that asks for a fresh session. */
  readonly suspect: string;
  /** Something was asked in writing and is not being answered yet. */
  readonly isDue: () => boolean;
  /** Sees each message of the service and says whether the client gets it; `isVoice`: it is nothing but the model's voice. */
  readonly inspect: (data: Buffer, isVoice: boolean) => boolean;
  /** What was forwarded before {@link UpstreamLink.mark} has arrived. */
  readonly onMark: (mark: string) => void;
  /** The service did not answer the setup in time. */
  readonly onSilent: () => void;
  /** One of the two ends does not read. */
  readonly onStuck: (who: 'client' | 'upstream') => void;
  readonly onFault: (fault: SocketFault) => void;
  readonly onClosed: (closure: SocketClosure) => void;
}

/** Of the time that goAway leaves, kept for closing and connecting. */
const leaveReserve = 0.2;
/** Longest wait for the upstream's half of the closing handshake. */
const closingMs = 2_000;

/**
 * One connection of a lasting session: what it carries, whether it lives, when it has to be left, and what is known of its
 * end before that has come. All its timers end with {@link UpstreamLink.unwatch}.
 */
export class UpstreamLink {
  readonly #options: UpstreamLinkOptions;
  readonly #relay: Relay;
  #failure: ConnectionFailure | null = null;
  #life: LifeWatch | null = null;
  #openedAtMs: number | null = null;
  /** Until the connection has to be left; then until it has to be gone. */
  #leaving: Timer | null = null;

  constructor(options: UpstreamLinkOptions) {
    const { client, upstream, limits, inspect, onMark, onSilent, onStuck, onFault, onClosed } = options;
    this.#options = options;
    this.#relay = new Relay({
      client,
      upstream,
      limits,
      inspect,
      onMark,
      onSilent: () => {
        this.#refused(silentFailure(limits.firstMessageTimeoutMs));
        onSilent();
      },
      onStuck: (who) => {
        if (who === 'upstream') this.#refused(stuckFailure);
        onStuck(who);
      },
      onUpstreamFault: (fault) => {
        this.#refused(closeFailure({ code: 1006, reason: '', error: fault.error }));
        onFault(fault);
      },
      onUpstreamClosed: (closure) => {
        this.#refused(this.#failure ?? closeFailure(closure));
        onClosed(closure);
      },
    });
  }

  /** Why the connection was given up; `null` when it was not. */
  get failure(): ConnectionFailure | null {
    return this.#failure;
  }

  /** How long the session on it has been open; `null` before. */
  get lastedMs(): number | null {
    return this.#openedAtMs === null ? null : this.#options.settings.clock.monotonic() - this.#openedAtMs;
  }

  /** The service has said that the connection will end. */
  get isLeaving(): boolean {
    return this.#leaving !== null;
  }

  /** Says the setup, and reads from then on. */
  start(setup: string): void {
    this.#relay.start(setup);
    this.mark(SETUP_MARK);
  }

  forward(data: Buffer, isBinary: boolean, passage?: Passage): void {
    this.#relay.forward(data, isBinary, passage);
  }

  /** Asks to be told, by `onMark`, when what was forwarded so far has arrived. */
  mark(mark: string): void {
    this.#relay.mark(mark);
  }

  clientDrained(): void {
    this.#relay.clientDrained();
  }

  /** The session on it is open. @param isDoubtful It was resumed, and may turn out to be deaf. */
  opened(isDoubtful: boolean): void {
    const { settings, isDue } = this.#options;
    const { clock, watchdogMs, keepAliveMs } = settings;
    this.#relay.setUp();
    this.#options.permit.succeeded();
    this.#openedAtMs = clock.monotonic();
    this.#life = new LifeWatch({
      clock,
      watchdogMs,
      keepAliveMs,
      isDoubtful,
      isDue,
      ping: () => this.mark(SETUP_MARK),
      onDead: (failure) => this.giveUp(failure),
    });
  }

  /** An answer is due from now on. */
  asked(): void {
    this.#life?.asked();
  }

  /** A message came. @param isLife One that a session which does not hear would not send. */
  heard(isLife: boolean): void {
    this.#life?.heard(isLife);
  }

  /** A mark came back. */
  answered(): void {
    this.#life?.answered();
  }

  /** The service will end the connection; `leave` is called when there is just time enough to do it before. */
  leaveWithin(timeLeftMs: number, leave: () => void): void {
    this.#leaving = this.#options.settings.clock.setTimer(timeLeftMs * (1 - leaveReserve), leave);
  }

  /** Closes the connection; what still comes is carried until it is gone, unless it was released. */
  finish(): void {
    this.unwatch();
    this.#leaving = this.#options.settings.clock.setTimer(closingMs, () => this.terminate());
    this.#relay.finish(1000, '');
  }

  /** Carries nothing any more; the connection stays as it is. */
  release(): void {
    this.unwatch();
    this.#relay.release();
  }

  /** Ends the watches. */
  unwatch(): void {
    this.#leaving?.cancel();
    this.#life?.dispose();
    this.#life = null;
  }

  /** Counts the connection as dead; `onClosed` follows. */
  giveUp(failure: ConnectionFailure): void {
    this.#failure = failure;
    this.terminate();
  }

  close(code: number, reason: string): void {
    this.unwatch();
    this.#options.permit.abandoned();
    this.#relay.close(code, reason);
  }

  terminate(): void {
    this.#relay.terminate();
  }

  /**
   * There will be no answer to the setup. An open connection alone proves nothing: Gemini tells of spent quotas and faults
   * of its own by closing it. What is wrong with the setup or its handle is an answer.
   */
  #refused(failure: ConnectionFailure): void {
    const isOutage = failure.retryable && !failure.dropHandle;
    const { permit, suspect } = this.#options;
    if (isOutage) permit.failed(suspect);
    else permit.succeeded();
  }
}
