import { type AdmitOptions, admit } from '../admission.ts';
import type { ClientRequest } from '../client-request.ts';
import { systemClock } from '../continuity/clock.ts';
import { type DecideSetup, decideSetup, readSetup, withPermissions } from '../setup-decision.ts';
import { type EphemeralToken, type EphemeralTokenOptions, mintToken } from '../upstream/ephemeral-tokens.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { HttpError } from './http-error.ts';
import { type RequestBody, readJsonBody } from './read-body.ts';

/** What {@link EphemeralSide} is made of. */
export interface EphemeralSideOptions extends Omit<AdmitOptions, 'signal'> {
  readonly upstream: Upstream;
  readonly decideSetup: DecideSetup<unknown>;
  readonly terms: Required<EphemeralTokenOptions>;
}

/** A wish for a setup is no longer than this. */
const largestBodyBytes = 64 * 1024;

/** Makes tokens for browsers that connect to Gemini themselves, with the setup that a session here would have. */
export class EphemeralSide {
  readonly #options: EphemeralSideOptions;

  constructor(options: EphemeralSideOptions) {
    this.#options = options;
  }

  /** @throws {@link LiveProxyError}, {@link HttpError} */
  async mint(
    request: ClientRequest,
    body: RequestBody,
    signal: AbortSignal,
  ): Promise<EphemeralToken & { readonly model: string }> {
    const { upstream, decideSetup: decide, terms, timeoutMs, ...admission } = this.#options;
    const identity = await admit(request, { ...admission, timeoutMs, signal });
    const wish = await readJsonBody(body, { maxBytes: largestBodyBytes, timeoutMs, clock: systemClock });
    const requested = readSetup(Buffer.from(JSON.stringify({ setup: setupOf(wish) })), upstream);
    // Which messages a client may send cannot be said in a token.
    const decideOnly = withPermissions(decide, () => {});
    const setup = await decideSetup({ requested, identity, decide: decideOnly, upstream, timeoutMs, signal });
    const token = await mintToken(upstream, setup, { ...terms, timeoutMs, signal });
    return { ...token, model: setup.model ?? '' };
  }
}

function setupOf(wish: unknown): unknown {
  if (wish === undefined) return {};
  if (typeof wish !== 'object' || wish === null || Array.isArray(wish)) {
    throw new HttpError(400, 'ERR_BODY', 'The body is no object; send { "setup": { "model": "..." } }, or nothing.');
  }
  return (wish as { setup?: unknown }).setup ?? {};
}
