import type { LiveClientError } from '../errors.ts';
import type { ConnectionSnapshot } from './connection-snapshot.ts';
import type { NetworkHint, NetworkHints } from './network-hints.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';
import type { OpenSocket, SocketClosing } from './socket-port.ts';

/** Where to dial, asked again before each dial. */
export interface SocketTarget {
  readonly url: string;
  readonly protocols: readonly string[];
}

/** What the owner of a `Connection` does at each moment of its life. */
export interface ConnectionHandlers {
  /** The socket is open: send the first message; call `Connection.markReady` when it was answered. */
  readonly socketOpened: () => void;
  readonly messageReceived: (data: string | Uint8Array<ArrayBuffer>) => void;
  /** A ready connection is gone, for whatever reason. */
  readonly connectionLost: () => void;
  readonly stateChanged: (snapshot: ConnectionSnapshot) => void;
  /** Something happened to the network or the page while the connection seems open: see whether it really is. */
  readonly probe: (hint: NetworkHint) => void;
}

/** How a `Connection` dials, judges and retries. */
export interface ConnectionOptions {
  readonly openSocket: OpenSocket;
  readonly target: () => Promise<SocketTarget>;
  /** What a close means; `ready` tells whether the connection was usable. */
  readonly toError: (closing: SocketClosing, ready: boolean) => LiveClientError;
  /** Whether to dial again after a retryable error. @defaultValue always */
  readonly mayRetry?: (error: LiveClientError, wasOpen: boolean) => boolean;
  readonly handlers: ConnectionHandlers;
  /** From the start of a dial until the first answer, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Dials before `connect()` rejects; `0` is without limit. */
  readonly maxConnectAttempts: number;
  /** Dials before a lost connection is given up; `0` is without limit. */
  readonly maxReconnectAttempts: number;
  readonly hints: NetworkHints;
  readonly random?: () => number;
  readonly policy?: ReconnectPolicy;
}
