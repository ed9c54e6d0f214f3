import {
  type ClientMessageKind,
  checkSetup,
  modelProfile,
  parseClientFrame,
  type Setup,
  validateClientMessage,
} from '@colloquy/live-protocol';
import { inTime } from './deadline.ts';
import { isLiveProxyError, LiveProxyError, SetupInvalidError } from './errors.ts';
import { redactError, redactKnownShapes } from './upstream/redact.ts';
import type { Upstream } from './upstream/upstream.ts';

/** A setup, and what the client may say after it. */
export interface SetupDecision {
  readonly setup: Setup;
  /** Messages that the client may send from now on; another one closes with 4403. @defaultValue all */
  readonly messages?: readonly ClientMessageKind[];
}

/**
 * Decides the setup of a session. What the client asked for is valid on the wire, and its model is the upstream's, but it
 * is a wish: return what shall be, or that together with the messages that are allowed after it. A thrown {@link LiveProxyError} refuses (`ERR_NOT_ALLOWED`: 4403) and its message is
 * told to the client; anything else that is thrown is an internal error of which the client learns nothing.
 */
export type DecideSetup<Identity> = (
  requested: Setup,
  identity: Identity,
  options: { readonly signal: AbortSignal },
) => Setup | SetupDecision | Promise<Setup | SetupDecision>;

const messageKinds: ReadonlySet<unknown> = new Set<ClientMessageKind>([
  'setup',
  'realtimeInput',
  'clientContent',
  'toolResponse',
  'contextUpdate',
]);

/** Tells `onDecided` what the client may say, `null` for everything, and leaves the setup. */
export function withPermissions(
  decide: DecideSetup<unknown>,
  onDecided: (messages: readonly ClientMessageKind[] | null) => void,
): DecideSetup<unknown> {
  return async (requested, identity, options) => {
    const decided = await decide(requested, identity, options);
    const isDecision = typeof decided === 'object' && decided !== null && 'setup' in decided;
    const messages = isDecision ? (decided.messages ?? null) : null;
    for (const kind of messages ?? []) {
      if (!messageKinds.has(kind)) throw new TypeError(`messages holds ${JSON.stringify(kind)}, which is no message`);
    }
    onDecided(messages);
    return isDecision ? decided.setup : decided;
  };
}

/**
 * Reads a client's first message.
 *
 * @throws {@link LiveProxyError} `ERR_SETUP_INVALID` when it is anything but a valid setup.
 */
export function readSetup(data: Buffer, upstream: Upstream): Setup {
  const parsed = parseClientFrame(data, { backend: upstream.backend });
  if (!parsed.ok) throw new SetupInvalidError(parsed.violation.closeCode, parsed.violation.reason);
  const { setup } = parsed.message;
  if (setup === undefined) throw new SetupInvalidError(1007, setupComesFirst);
  return setup.model ? { ...setup, model: upstream.modelResource(setup.model) } : setup;
}

/** Google's words for a setup that is missing or repeated. */
export const setupComesFirst = 'setup must be the first message and only the first';

/** Options of {@link decideSetup}. */
export interface DecideSetupOptions {
  readonly requested: Setup;
  readonly identity: unknown;
  readonly decide: DecideSetup<unknown>;
  readonly upstream: Upstream;
  /** Longest run of `decide`, in milliseconds; `0` waits forever. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Lets the server decide, and checks what it decided against the wire and the model.
 *
 * @throws {@link LiveProxyError} `ERR_SETUP_INVALID`, `ERR_SETUP_HOOK_FAILED`, or what the hook threw on purpose; or the
 * reason of `signal`.
 */
export async function decideSetup(options: DecideSetupOptions): Promise<Setup> {
  const { upstream } = options;
  const decided = checkDecided(await runHook(options), upstream);
  if (!decided.model) {
    throw new SetupInvalidError(1007, 'setup.model is missing; name a model such as "models/gemini-3.8-live".');
  }
  // A name with a project was written by the server, which may use any project it likes.
  const model = decided.model.startsWith('projects/') ? decided.model : upstream.modelResource(decided.model);
  const setup = { ...decided, model };
  // The service may have models that no profile names yet.
  const problem = checkSetup(setup, modelProfile(model, upstream.backend), { allowUnknownModel: true });
  if (problem === null) return setup;
  const { closeCode, reason, path, remedy } = problem;
  throw new SetupInvalidError(closeCode, reason, `${reason} (${path}: ${remedy})`);
}

async function runHook({ requested, identity, decide, timeoutMs, signal }: DecideSetupOptions): Promise<unknown> {
  const error = () => hookError(`took longer than handshakeTimeoutMs ${timeoutMs}`);
  try {
    return await inTime({ timeoutMs, error, signal }, (within) => decide(requested, identity, { signal: within }));
  } catch (error) {
    if (isLiveProxyError(error) || signal.aborted) throw error;
    const cause = redactError(error, redactKnownShapes);
    throw hookError(`threw: ${cause.message}`, cause);
  }
}

function checkDecided(decided: unknown, upstream: Upstream): Setup {
  const checked = validateClientMessage({ setup: decided }, { backend: upstream.backend });
  if (checked.ok && checked.message.setup !== undefined) return checked.message.setup;
  throw hookError(`returned what no setup is: ${checked.ok ? 'nothing' : checked.violation.reason}`);
}

function hookError(what: string, cause?: Error): LiveProxyError {
  return new LiveProxyError('ERR_SETUP_HOOK_FAILED', `The setup hook ${what}`, { cause });
}
