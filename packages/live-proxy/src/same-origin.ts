import type { ClientRequest } from './client-request.ts';
import { createOriginPolicy } from './origin-policy.ts';

/** Decides whether the page that asks may. */
export type OriginCheck = (request: ClientRequest) => boolean;

/**
 * An allow-list, or without one: pages that this very server served, by its `Host` header. Clients that send no `Origin`
 * are no browsers and pass; `authenticate` decides about them.
 *
 * @throws TypeError for an entry that is no origin.
 */
export function createOriginCheck(allowedOrigins: readonly string[] | undefined): OriginCheck {
  if (allowedOrigins === undefined) return isSameOrigin;
  const policy = createOriginPolicy(allowedOrigins);
  return ({ headers }) => policy(headers.get('origin'));
}

// The scheme is the page's: behind a load balancer that ends TLS, nobody here knows which one the client used.
function isSameOrigin({ headers }: ClientRequest): boolean {
  const origin = headers.get('origin');
  if (origin === null) return true;
  if (!URL.canParse(origin)) return false; // such as "null", which sandboxed pages and files send
  const { protocol, host } = new URL(origin);
  const own = `${protocol}//${headers.get('host') ?? ''}`;
  return host !== '' && URL.canParse(own) && new URL(own).host === host;
}
