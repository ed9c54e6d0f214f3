import { RoomCloseCode } from '@colloquy/live-protocol';
import { type LiveProxyError, type LiveProxyErrorCode, SetupInvalidError } from './errors.ts';
import type { LiveProxyStage } from './reporter.ts';

/** How an error looks to a client. */
interface Appearance {
  /** Before the upgrade. */
  readonly status: number;
  /** After it. */
  readonly closeCode: number;
  /** Instead of the error's own message, where that tells about the server. */
  readonly reason?: string;
  /** Where it happened, for errors that are the server's; what clients do wrong is an event and no error. */
  readonly stage?: LiveProxyStage;
}

const unavailable = 'The model service cannot be reached; try again later.';
const misconfigured = 'The server could not prepare this session; try again later.';

// Codes that Google's service uses as well (1007, 1008, 1009, 1011) are kept where a Gemini client knows what they mean.
const appearances: Readonly<Record<LiveProxyErrorCode, Appearance>> = {
  ERR_BAD_REQUEST: { status: 400, closeCode: RoomCloseCode.badMessage },
  ERR_NOT_AUTHENTICATED: { status: 401, closeCode: RoomCloseCode.notAuthenticated },
  ERR_NOT_ALLOWED: { status: 403, closeCode: RoomCloseCode.notAllowed },
  ERR_ORIGIN_NOT_ALLOWED: { status: 403, closeCode: RoomCloseCode.notAllowed },
  ERR_AUTHENTICATION_FAILED: { status: 503, closeCode: RoomCloseCode.internal, stage: 'authenticate' },
  ERR_NO_SUCH_PATH: { status: 404, closeCode: RoomCloseCode.badMessage },
  ERR_DRAINING: { status: 503, closeCode: RoomCloseCode.draining },
  ERR_SETUP_INVALID: { status: 400, closeCode: 1007 },
  ERR_SETUP_REPEATED: { status: 400, closeCode: 1007 },
  ERR_SETUP_TIMEOUT: { status: 408, closeCode: 1008 },
  ERR_SETUP_HOOK_FAILED: { status: 500, closeCode: RoomCloseCode.internal, reason: misconfigured, stage: 'setup' },
  ERR_MESSAGE_INVALID: { status: 400, closeCode: 1007 },
  ERR_MESSAGE_TOO_LARGE: { status: 413, closeCode: 1009 },
  ERR_QUEUE_FULL: { status: 429, closeCode: RoomCloseCode.tooFast },
  ERR_TOO_MANY_SESSIONS: { status: 429, closeCode: RoomCloseCode.tooFast },
  ERR_TOO_FAST: { status: 429, closeCode: RoomCloseCode.tooFast },
  ERR_BUDGET_SPENT: { status: 429, closeCode: RoomCloseCode.budgetSpent },
  ERR_SESSION_TOO_LONG: { status: 429, closeCode: RoomCloseCode.budgetSpent },
  // A clean close: clients that come back by themselves after a failure stay away.
  ERR_IDLE: { status: 408, closeCode: 1000 },
  ERR_CLIENT_SILENT: { status: 408, closeCode: RoomCloseCode.slowConsumer },
  ERR_CLIENT_STUCK: { status: 408, closeCode: RoomCloseCode.slowConsumer },
  ERR_UPSTREAM_CREDENTIALS: { status: 500, closeCode: RoomCloseCode.internal, reason: misconfigured, stage: 'dial' },
  ERR_UPSTREAM_REFUSED: { status: 502, closeCode: 1011, reason: unavailable, stage: 'dial' },
  ERR_UPSTREAM_UNREACHABLE: { status: 502, closeCode: 1011, reason: unavailable, stage: 'dial' },
  ERR_UPSTREAM_LOST: {
    status: 502,
    closeCode: 1011,
    reason: 'The connection to the model service was lost; try again.',
    stage: 'relay',
  },
  ERR_UPSTREAM_TIMEOUT: {
    status: 504,
    closeCode: RoomCloseCode.upstreamTimeout,
    reason: 'The model service did not answer in time; try again later.',
    stage: 'dial',
  },
  ERR_UPSTREAM_STUCK: {
    status: 504,
    closeCode: RoomCloseCode.upstreamTimeout,
    reason: 'The model service stopped reading; try again later.',
    stage: 'relay',
  },
  ERR_INTERNAL: { status: 500, closeCode: RoomCloseCode.internal, reason: misconfigured, stage: 'relay' },
};

/** For a code that only a newer or older copy of this package knows. */
const unknown: Appearance = appearances.ERR_INTERNAL;

function appearanceOf(error: LiveProxyError): Appearance {
  return Object.hasOwn(appearances, error.code) ? appearances[error.code] : unknown;
}

/** The HTTP status and the words of a refusal before the upgrade. */
export function toHttpRefusal(error: LiveProxyError): { status: number; message: string } {
  const { status, reason } = appearanceOf(error);
  return { status, message: reason ?? error.message };
}

/** The close code and reason for a client whose session ends with this error. */
export function toClientClose(error: LiveProxyError): { code: number; reason: string } {
  if (error instanceof SetupInvalidError) return { code: error.closeCode, reason: error.reason };
  const { closeCode, reason } = appearanceOf(error);
  return { code: closeCode, reason: reason ?? error.message };
}

/** Where an error of the server happened; `null` when it is the client's. */
export function stageOf(error: LiveProxyError): LiveProxyStage | null {
  return appearanceOf(error).stage ?? null;
}
