import type { IncomingMessage, ServerResponse } from 'node:http';
import { GeminiCloseReason } from '@colloquy/live-protocol';
import { readTokenRequest } from '../tokens/token-request.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import { MOST_BODY_BYTES, readBody } from './read-body.ts';
import { credentialsOf } from './route.ts';

const PATH = /^\/+(?:v1alpha|v1beta)\/auth_tokens$/;

/** What the endpoint needs. */
export interface TokenEndpointOptions {
  readonly tokens: TokenStore;
  /** Keys that may make tokens; `null` lets any in, and none. */
  readonly apiKeys: readonly string[] | null;
  /** Wall clock in milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Whether a request target is the one that makes ephemeral tokens. */
export function isTokenPath(target: string): boolean {
  return PATH.test(target.replace(/[?#].*$/s, ''));
}

/** Answers `POST /{version}/auth_tokens`. Errors have the shape of Google's. */
export async function answerTokenRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: TokenEndpointOptions,
): Promise<void> {
  const answer = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body, null, 2));
  };
  const problem = (code: number, status: string, message: string): void =>
    answer(code, { error: { code, message, status } });
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    return problem(405, 'UNIMPLEMENTED', `The method is ${request.method ?? 'unknown'}; tokens are made with POST.`);
  }
  const { apiKey } = credentialsOf(request.url ?? '/', request.headers);
  if (options.apiKeys && apiKey === null)
    return problem(403, 'PERMISSION_DENIED', GeminiCloseReason.unregisteredCaller);
  if (options.apiKeys && apiKey !== null && !options.apiKeys.includes(apiKey)) {
    return problem(400, 'INVALID_ARGUMENT', GeminiCloseReason.apiKeyInvalid);
  }
  const body = await readBody(request);
  if (body === null) return problem(413, 'INVALID_ARGUMENT', `The body is larger than ${MOST_BODY_BYTES} bytes.`);
  const asked = readTokenRequest(body, options.now());
  if (!asked.ok) return problem(400, 'INVALID_ARGUMENT', asked.message);
  answer(200, { name: options.tokens.create(asked.terms) });
}
