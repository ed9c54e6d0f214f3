import { type Setup, validateClientMessage } from '@colloquy/live-protocol';
import { parseFieldMask } from './field-mask.ts';

const MINUTE_MS = 60_000;
/** How long a token opens sessions when nothing else is asked for. */
const DEFAULT_NEW_SESSION_MS = MINUTE_MS;
/** How long a token is good for anything when nothing else is asked for. */
const DEFAULT_EXPIRE_MS = 30 * MINUTE_MS;
/** Both times lie nearer than this. */
const LONGEST_MS = 20 * 60 * MINUTE_MS;
const MOST_USES = 2 ** 31 - 1;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** What a token is asked to allow. */
export interface TokenTerms {
  /** From now until the token is good for nothing. */
  readonly expireMs: number;
  /** From now until the token opens no new session. */
  readonly newSessionMs: number;
  /** Sessions it opens; `0` for any number. */
  readonly uses: number;
  /** The token's own setup; `null` leaves the client's alone. */
  readonly setup: Setup | null;
  /** Fields that the token decides; `null` when there is no mask. */
  readonly mask: readonly (readonly string[])[] | null;
}

/** A request as it is understood, or what the service would say to it with status 400. */
export type TokenRequest =
  | { readonly ok: true; readonly terms: TokenTerms }
  | { readonly ok: false; readonly message: string };

/** Reads the body of `POST /{version}/auth_tokens`. `now` is the wall clock, in milliseconds since the Unix epoch. */
export function readTokenRequest(body: string, now: number): TokenRequest {
  let fields: unknown;
  try {
    fields = body.trim() === '' ? {} : JSON.parse(body);
  } catch {
    // The engine's words differ from Google's; the client is told what Google would say.
    return refuse('Invalid JSON payload received. Unexpected token.');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return refuse('Invalid JSON payload received. Unknown name "": Root element must be a message.');
  }
  try {
    return { ok: true, terms: readTerms(fields, now) };
  } catch (error) {
    if (error instanceof RequestProblem) return refuse(error.message);
    throw error;
  }
}

class RequestProblem extends Error {}

function readTerms(fields: object, now: number): TokenTerms {
  let expireMs: number | null = null;
  let newSessionMs: number | null = null;
  let uses = 1;
  let setup: Setup | null = null;
  let mask: string[][] | null = null;
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    switch (name.replaceAll('_', '').toLowerCase()) {
      case 'expiretime':
        expireMs = readTime('expire_time', value, now);
        break;
      case 'newsessionexpiretime':
        newSessionMs = readTime('new_session_expire_time', value, now);
        break;
      case 'uses':
        uses = readUses(value);
        break;
      case 'bidigeneratecontentsetup':
        setup = readSetup(value);
        break;
      case 'fieldmask':
        if (typeof value !== 'string')
          throw invalid('field_mask', 'type.googleapis.com/google.protobuf.FieldMask', value);
        mask = parseFieldMask(value);
        break;
      default:
        throw new RequestProblem(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    }
  }
  expireMs ??= DEFAULT_EXPIRE_MS;
  return {
    expireMs,
    newSessionMs: newSessionMs ?? Math.min(DEFAULT_NEW_SESSION_MS, expireMs),
    uses,
    setup,
    mask: mask && mask.length > 0 ? mask : null,
  };
}

function readTime(path: string, value: unknown, now: number): number {
  const time = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(path, 'type.googleapis.com/google.protobuf.Timestamp', value);
  // How the service words this was not recorded; that both times lie ahead by less than 20 hours is documented.
  if (time <= now || time - now >= LONGEST_MS) {
    throw new RequestProblem(`${path} must be in the future, by less than 20 hours.`);
  }
  return time - now;
}

function readUses(value: unknown): number {
  const uses = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof uses !== 'number' || !Number.isInteger(uses) || uses < 0 || uses > MOST_USES) {
    throw invalid('uses', 'TYPE_INT32', value);
  }
  return uses;
}

function readSetup(value: unknown): Setup {
  const checked = validateClientMessage({ setup: value }, { backend: 'gemini' });
  if (!checked.ok) {
    throw new RequestProblem(checked.violation.reason.replace(/ at 'setup/, " at 'bidi_generate_content_setup"));
  }
  return checked.message.setup ?? {};
}

function invalid(path: string, type: string, value: unknown): RequestProblem {
  return new RequestProblem(`Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`);
}

function refuse(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
