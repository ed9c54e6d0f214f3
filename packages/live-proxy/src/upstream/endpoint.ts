import type { Backend } from '@colloquy/live-protocol';
import { LiveProxyError } from '../errors.ts';
import { bidiPath, describeUrl, tokenUrl, toSocketUrl } from './base-url.ts';
import { modelIdOf } from './model-resource.ts';
import { redactError, redactKnownShapes } from './redact.ts';
import type { Upstream, UpstreamTarget } from './upstream.ts';

/** Options of {@link endpoint}. */
export interface EndpointOptions {
  /**
   * `ws:`, `wss:`, `http:` or `https:`. A URL without a path gets Google's path for `backend`; any other is dialled as
   * it is.
   */
  readonly url: string;
  /** Sent with the handshake; a function is asked for every connection. */
  readonly headers?: UpstreamTarget['headers'] | (() => UpstreamTarget['headers'] | Promise<UpstreamTarget['headers']>);
  /** Whose dialect it speaks. @defaultValue `'vertex'` when the URL's path names `google.cloud.aiplatform`, else `'gemini'` */
  readonly backend?: Backend;
}

/**
 * Any service that speaks Gemini's wire: an emulator, a gateway, another proxy.
 *
 * @throws TypeError for an option that cannot work.
 */
export function endpoint(options: EndpointOptions): Upstream {
  const url = toSocketUrl(options.url, 'endpoint: url');
  const backend = options.backend ?? (url.pathname.includes('google.cloud.aiplatform') ? 'vertex' : 'gemini');
  // Behind any other path nobody knows what else there is.
  const tokens = url.pathname === '/' && backend === 'gemini' ? tokenUrl(url, 'v1beta') : null;
  if (url.pathname === '/') url.pathname = bidiPath(backend, backend === 'gemini' ? 'v1beta' : 'v1beta1');
  const { headers = {} } = options;
  const current = async () => (typeof headers === 'function' ? ask(headers) : headers);

  return {
    backend,
    describe: () => `endpoint ${describeUrl(url)}`,
    // An endpoint may route by names that we do not know, so whatever looks like a resource name stays as it is.
    modelResource: (model) => (isResourceName(model) ? model : resourceName(backend, modelIdOf(model))),
    async target() {
      return { url: url.href, headers: await current() };
    },
    ...(tokens === null ? {} : { tokenTarget: async () => ({ url: tokens, headers: await current() }) }),
  };
}

function isResourceName(model: string): boolean {
  return /^\w[\w.:-]*(?:\/\w[\w.:-]*)+$/.test(model);
}

function resourceName(backend: Backend, id: string): string {
  return backend === 'gemini' ? `models/${id}` : `publishers/google/models/${id}`;
}

async function ask(
  headers: () => UpstreamTarget['headers'] | Promise<UpstreamTarget['headers']>,
): Promise<UpstreamTarget['headers']> {
  try {
    return await headers();
  } catch (error) {
    const cause = redactError(error, redactKnownShapes);
    throw new LiveProxyError('ERR_UPSTREAM_CREDENTIALS', 'endpoint: the headers function failed.', { cause });
  }
}
