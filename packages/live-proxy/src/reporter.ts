import type { TurnUsage } from '@colloquy/live-protocol';
import type { ContinuityState } from './continuity/continuity-state.ts';
import type { LiveProxyError, LiveProxyErrorCode } from './errors.ts';
import type { Logger } from './logger.ts';
import type { NoticeCode } from './notice.ts';
import type { SessionUsage } from './usage/session-usage.ts';

/** What happened, for the application's own log, metrics and audits. Holds no content and no secret. */
export type LiveProxyEvent =
  | {
      readonly type: 'upgradeRefused';
      readonly status: number;
      readonly code: LiveProxyErrorCode;
      readonly message: string;
      readonly remoteAddress: string | null;
    }
  | {
      readonly type: 'sessionOpened';
      readonly sessionId: string;
      /** What `authenticate` returned; `null` without authentication. */
      readonly identity: unknown;
      readonly remoteAddress: string | null;
    }
  | {
      readonly type: 'upstreamOpened';
      readonly sessionId: string;
      readonly upstream: string;
      readonly model: string;
      /** From the client's setup to the open connection, in milliseconds. */
      readonly elapsedMs: number;
    }
  /** What became of the session's connection to the upstream; the session itself goes on, unless it `failed`. */
  | {
      readonly type: 'continuityChanged';
      readonly sessionId: string;
      readonly state: ContinuityState;
      /** Stable code of what happened; `null` where nothing went wrong. */
      readonly code: string | null;
      /** In words for people. */
      readonly reason: string | null;
    }
  /** A turn has ended, and the service has said what it took. */
  | {
      readonly type: 'usageReported';
      readonly sessionId: string;
      readonly model: string;
      /** The turn alone. */
      readonly turn: TurnUsage;
      /** What the turn cost, by the application's prices; `null` without a price for the model. */
      readonly turnCost: number | null;
      /** The session so far. */
      readonly total: SessionUsage;
    }
  /** The client was told something, if it speaks the subprotocol for it. */
  | {
      readonly type: 'noticeGiven';
      readonly sessionId: string;
      readonly code: NoticeCode;
      readonly message: string;
    }
  | {
      readonly type: 'sessionClosed';
      readonly sessionId: string;
      readonly closedBy: 'client' | 'upstream' | 'proxy';
      /** As it reached the client, or as the client sent it. */
      readonly code: number;
      readonly reason: string;
      /** Why the proxy ended it, or why Gemini did and what helps; `null` after a clean close. */
      readonly cause: { readonly code: string; readonly message: string } | null;
      readonly durationMs: number;
      /** What it has used. */
      readonly usage: SessionUsage;
    };

/** Where an error happened that no caller can catch. */
export type LiveProxyStage = 'authenticate' | 'setup' | 'dial' | 'relay' | 'lease';

/** Told with every error. */
export interface LiveProxyErrorContext {
  readonly stage: LiveProxyStage;
  /** `null` before there is a session. */
  readonly sessionId: string | null;
}

/** The observers that an application passes. */
export interface Observers {
  readonly logger?: Logger;
  /** Told of every session's steps; what it throws is logged. */
  readonly onEvent?: (event: LiveProxyEvent) => void;
  /** Told of failures that no caller can catch, with the stage they happened in. */
  readonly onError?: (error: LiveProxyError, context: LiveProxyErrorContext) => void;
}

/** Tells the observers. One that throws is reported to the logger and harms nobody. */
export class Reporter {
  readonly #observers: Observers;

  constructor(observers: Observers) {
    this.#observers = observers;
  }

  event(event: LiveProxyEvent): void {
    const { logger, onEvent } = this.#observers;
    if (event.type === 'sessionOpened') {
      // An identity is whatever the application made of it, perhaps a person's name or a token: not for logs.
      const { identity: _, ...details } = event;
      this.#tell('logger', () => logger?.debug?.(event.type, details));
    } else if (event.type === 'upgradeRefused') {
      this.#tell('logger', () => logger?.warn?.(event.type, event));
    } else {
      this.#tell('logger', () => logger?.debug?.(event.type, event));
    }
    this.#tell('onEvent', () => onEvent?.(event));
  }

  error(error: LiveProxyError, context: LiveProxyErrorContext): void {
    const { logger, onError } = this.#observers;
    this.#tell('logger', () => logger?.error?.(error.message, { ...context, code: error.code, cause: error.cause }));
    this.#tell('onError', () => onError?.(error, context));
  }

  #tell(observer: 'logger' | 'onEvent' | 'onError', call: () => void): void {
    try {
      call();
    } catch (error) {
      // A logger that throws has nobody left to tell.
      if (observer !== 'logger')
        this.#tell('logger', () => this.#observers.logger?.error?.(`${observer} threw`, { error }));
    }
  }
}
