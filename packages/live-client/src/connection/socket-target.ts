import { TICKET_SUBPROTOCOL_PREFIX } from '@colloquy/live-protocol';
import { LiveClientError } from '../errors.ts';
import type { SocketTarget } from './connection-options.ts';
import { resolveSocketUrl } from './resolve-url.ts';

/** A value, or a function that is asked before each dial. */
export type Provided<T> = T | (() => T | Promise<T>);

/**
 * What to dial: the URL resolved against the page, and the subprotocols. A ticket travels as the last subprotocol,
 * because a browser can set no header.
 *
 * @throws LiveClientError that is not retryable when the URL is wrong.
 */
export async function socketTarget(options: {
  readonly url: Provided<string>;
  /** Offered first. A server answers with it, never with the ticket. */
  readonly subprotocol: string;
  /** Whether it is offered also without a ticket. */
  readonly isRequired: boolean;
  readonly ticket?: Provided<string>;
}): Promise<SocketTarget> {
  const [url, ticket] = await Promise.all([ask(options.url), ask(options.ticket)]);
  const protocols = options.isRequired || ticket !== undefined ? [options.subprotocol] : [];
  if (ticket !== undefined) protocols.push(`${TICKET_SUBPROTOCOL_PREFIX}${ticket}`);
  try {
    return { url: resolveSocketUrl(url), protocols };
  } catch (cause) {
    throw new LiveClientError('ERR_CONNECTION_FAILED', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

/**
 * Checks at construction what can be known before dialling.
 *
 * @throws TypeError
 */
export function checkTargetOptions(className: string, url: unknown, ticket: unknown): void {
  if (typeof url !== 'function' && (typeof url !== 'string' || url === '')) {
    throw new TypeError(`${className} needs a "url": a non-empty string or a function; got ${describe(url)}.`);
  }
  if (ticket !== undefined && typeof ticket !== 'function' && typeof ticket !== 'string') {
    throw new TypeError(`"ticket" of ${className} is a string or a function; got ${describe(ticket)}.`);
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'string' ? JSON.stringify(value) : typeof value;
}

function ask<T>(provided: Provided<T>): T | Promise<T> {
  return typeof provided === 'function' ? (provided as () => T | Promise<T>)() : provided;
}
