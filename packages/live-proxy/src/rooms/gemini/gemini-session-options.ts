import type { Clock, ModelSessionOptions } from '@colloquy/room-core';
import type { Logger } from '../../logger.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { RoomSetupOptions } from './room-setup.ts';

/** What a `GeminiSession` is made of. */
export interface GeminiSessionOptions {
  readonly upstream: Upstream;
  /** Id or resource name, as the room's configuration or the server chose it. */
  readonly model: string;
  readonly room: ModelSessionOptions;
  readonly setup: RoomSetupOptions;
  readonly limits: GeminiSessionLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Limits of one session; `0` turns a limit off. */
export interface GeminiSessionLimits {
  /** Longest wait for the history, again for the handshake, and again for the answer to the setup. @defaultValue 10_000 */
  readonly connectTimeoutMs: number;
  /** Audio kept while no connection is there. @defaultValue 2_000 */
  readonly maxWaitingAudioMs: number;
  /** Bytes waiting for the service above which audio and pictures are dropped. @defaultValue 262_144, 6 s of audio */
  readonly maxBufferedBytes: number;
  /**
   * The same with which the connection counts as dead, since words are never dropped. More than 1 MiB of them waiting for a
   * connection ends the session: they stand in the log. @defaultValue 1_048_576
   */
  readonly maxWordBytes: number;
  /** Longest time above `maxBufferedBytes` before the connection counts as dead and is replaced. @defaultValue 10_000 */
  readonly stuckTimeoutMs: number;
  /** Connections that fail in a row before the session does. @defaultValue 6 */
  readonly maxAttempts: number;
  /**
   * Longest that the session of another server is asked for which the service refuses, in milliseconds: it may do so for as long
   * as a server that is stopped, and not dead, has its connection open. Then one begins that knows the room's log; `0`: when it
   * was refused twice. Longer keeps more of what the model knows, and keeps people waiting for it. @defaultValue 1_000
   */
  readonly maxResumeMs: number;
}
