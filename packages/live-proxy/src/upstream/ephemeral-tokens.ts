import type { Setup } from '@colloquy/live-protocol';
import { inTime } from '../deadline.ts';
import { LiveProxyError } from '../errors.ts';
import { createRedact, redactError } from './redact.ts';
import type { Upstream, UpstreamTarget } from './upstream.ts';

/** How long minted tokens last, as an application gives it. */
export interface EphemeralTokenOptions {
  /** How long a session may be opened with it, 1 to 72,000 seconds. @defaultValue 60 */
  readonly newSessionSeconds?: number;
  /** How long its session may send messages, and be resumed, 1 to 72,000 seconds. @defaultValue 1_800 */
  readonly expireSeconds?: number;
}

/** A token of Gemini's, good for one session with the server's setup. */
export interface EphemeralToken {
  /** `auth_tokens/…`: what Google's SDK takes as its key. */
  readonly token: string;
  readonly newSessionExpiresAt: string;
  readonly expiresAt: string;
}

/** Below twenty hours, which is Google's limit. */
const longestSeconds = 72_000;

/**
 * The options with defaults.
 *
 * @throws TypeError, RangeError
 */
export function resolveEphemeralTokens(
  given: true | EphemeralTokenOptions,
  upstream: Upstream,
): Required<EphemeralTokenOptions> {
  if (upstream.tokenTarget === undefined) {
    throw new TypeError(
      'createLiveProxy: ephemeralTokens needs an upstream that mints them: geminiApi, or an endpoint without a path that speaks as the Gemini API does.',
    );
  }
  const { newSessionSeconds = 60, expireSeconds = 1_800 } = given === true ? {} : given;
  for (const [name, value] of Object.entries({ newSessionSeconds, expireSeconds })) {
    if (!Number.isInteger(value) || value < 1 || value > longestSeconds) {
      throw new RangeError(
        `createLiveProxy: ephemeralTokens.${name} is ${String(value)}; write a whole number from 1 to 72,000.`,
      );
    }
  }
  return { newSessionSeconds, expireSeconds };
}

/**
 * Has Gemini make a token for one session, whose setup is this one whatever the client says.
 *
 * @throws {@link LiveProxyError} `ERR_UPSTREAM_CREDENTIALS`, `ERR_UPSTREAM_REFUSED`, `ERR_UPSTREAM_UNREACHABLE`,
 * `ERR_UPSTREAM_TIMEOUT`; or the reason of `signal`.
 */
export async function mintToken(
  upstream: Upstream,
  setup: Setup,
  {
    newSessionSeconds,
    expireSeconds,
    timeoutMs,
    signal,
  }: Required<EphemeralTokenOptions> & { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<EphemeralToken> {
  const error = () => tooSlow(upstream, timeoutMs);
  return inTime({ timeoutMs, error, signal }, async (within) => {
    const target = await upstream.tokenTarget?.();
    if (target === undefined) throw new TypeError('this upstream mints no tokens');
    within.throwIfAborted();
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
    const newSessionExpiresAt = inSeconds(newSessionSeconds);
    const expiresAt = inSeconds(expireSeconds);
    // Without a mask the token's setup replaces the client's.
    const body = {
      uses: 1,
      expireTime: expiresAt,
      newSessionExpireTime: newSessionExpiresAt,
      bidiGenerateContentSetup: setup,
    };
    const { status, token } = await post(upstream, target, body, within);
    if (typeof token === 'string') return { token, newSessionExpiresAt, expiresAt };
    throw new LiveProxyError('ERR_UPSTREAM_REFUSED', `${upstream.describe()} made no token: HTTP status ${status}.`);
  });
}

async function post(
  upstream: Upstream,
  { url, headers }: UpstreamTarget,
  body: object,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly token: unknown }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    });
    const answer: { readonly name?: unknown } = response.ok ? await response.json() : {};
    return { status: response.status, token: answer.name };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const cause = redactError(error, createRedact({ url, headers }));
    const message = `${upstream.describe()} cannot be reached for a token: ${cause.message}.`;
    throw new LiveProxyError('ERR_UPSTREAM_UNREACHABLE', message, { cause });
  }
}

function tooSlow(upstream: Upstream, timeoutMs: number): LiveProxyError {
  const message = `${upstream.describe()} made no token within handshakeTimeoutMs ${timeoutMs}.`;
  return new LiveProxyError('ERR_UPSTREAM_TIMEOUT', message);
}
