import { GeminiCloseReason } from '@colloquy/live-protocol';
import type { ResolvedOptions } from '../options.ts';
import type { Refusal } from '../session/setup-check.ts';
import type { TokenGrant } from '../tokens/token-grant.ts';
import type { Credentials, Route } from './route.ts';

const USE_TOKEN = 'Use ephemeral tokens as access_token of BidiGenerateContentConstrained, and nowhere else.';
const USE_KEY = 'Send one of apiKeys, as key in the query or as x-goog-api-key.';

/** Options that decide who is let in. */
export type AdmissionOptions = Pick<ResolvedOptions, 'apiKeys' | 'bearerTokens' | 'authenticate'>;

/**
 * Whether these credentials open a session, and with which close they are refused. Bad credentials never fail the
 * upgrade itself: the socket opens and is closed with a reason, as the service does it.
 */
export async function admit(
  credentials: Credentials,
  route: Route,
  options: AdmissionOptions & { /** The ephemeral token that was shown. */ readonly grant: TokenGrant | null },
): Promise<Refusal | null> {
  if (options.authenticate) return options.authenticate(credentials, route);
  if (route.constrained) return checkGrant(options.grant);
  // A token is no key, and opens nothing but the constrained method.
  if (credentials.apiKey?.startsWith('auth_tokens/')) return refuse(1007, GeminiCloseReason.tokenMalformed, USE_TOKEN);
  if (route.backend === 'gemini' && credentials.token !== null && credentials.apiKey === null) {
    return refuse(1008, GeminiCloseReason.unregisteredCaller, USE_TOKEN);
  }
  if (route.backend === 'vertex' && options.bearerTokens) {
    if (credentials.bearer !== null && options.bearerTokens.includes(credentials.bearer)) return null;
    if (credentials.bearer !== null || credentials.apiKey === null)
      return refuse(
        1008,
        GeminiCloseReason.credentialsInvalid,
        'Send Authorization: Bearer with a token of bearerTokens.',
      );
  }
  return options.apiKeys ? checkApiKey(credentials, options.apiKeys) : null;
}

function checkApiKey({ apiKey }: Credentials, apiKeys: readonly string[]): Refusal | null {
  if (apiKey === null) return refuse(1008, GeminiCloseReason.unregisteredCaller, USE_KEY);
  if (apiKeys.includes(apiKey)) return null;
  return refuse(1007, GeminiCloseReason.apiKeyInvalid, USE_KEY);
}

function checkGrant(grant: TokenGrant | null): Refusal | null {
  if (!grant)
    return refuse(1007, GeminiCloseReason.tokenMalformed, 'Make a token at /v1alpha/auth_tokens of this emulator.');
  return grant.secondsLeft === 0 ? grant.expiry : null;
}

function refuse(closeCode: number, reason: string, remedy: string): Refusal {
  return { closeCode, reason, path: '', remedy };
}
