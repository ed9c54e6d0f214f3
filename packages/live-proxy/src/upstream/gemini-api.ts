import { LiveProxyError } from '../errors.ts';
import { bidiPath, checkApiVersion, describeUrl, tokenUrl, toSocketUrl } from './base-url.ts';
import { modelIdOf } from './model-resource.ts';
import { redactError, redactKnownShapes } from './redact.ts';
import type { Upstream } from './upstream.ts';

/** Options of {@link geminiApi}. */
export interface GeminiApiOptions {
  /** The key, or a function that is asked for every connection. It stays on the server and never appears in a URL. */
  readonly apiKey: string | (() => string | Promise<string>);
  /** @defaultValue `'v1beta'`, which has every field of the Live API */
  readonly apiVersion?: string;
  /** A gateway in front of Google, without the path. @defaultValue `'wss://generativelanguage.googleapis.com'` */
  readonly baseUrl?: string;
}

/**
 * The Gemini Developer API, by API key.
 *
 * @throws TypeError for an option that cannot work.
 */
export function geminiApi(options: GeminiApiOptions): Upstream {
  const { apiKey } = options;
  if (typeof apiKey !== 'string' && typeof apiKey !== 'function') {
    throw new TypeError(
      'geminiApi: apiKey is missing; pass the key, such as process.env.GEMINI_API_KEY, or a function.',
    );
  }
  if (typeof apiKey === 'string' && !isKey(apiKey)) throw new TypeError(wrongKey);
  const apiVersion = checkApiVersion(options.apiVersion ?? 'v1beta', 'geminiApi: apiVersion');
  const base = toSocketUrl(options.baseUrl ?? 'wss://generativelanguage.googleapis.com', 'geminiApi: baseUrl');
  const url = new URL(base.pathname.replace(/\/+$/, '') + bidiPath('gemini', apiVersion), base);

  return {
    backend: 'gemini',
    describe: () => `Gemini API at ${describeUrl(url)}`,
    modelResource: (model) => (/^tunedModels\/[\w.-]+$/.test(model) ? model : `models/${modelIdOf(model)}`),
    async target() {
      // In a header: URLs end up in the logs of every hop.
      return { url: url.href, headers: { 'x-goog-api-key': await currentKey(apiKey) } };
    },
    async tokenTarget() {
      return { url: tokenUrl(base, apiVersion), headers: { 'x-goog-api-key': await currentKey(apiKey) } };
    },
  };
}

const wrongKey =
  'geminiApi: apiKey is empty or holds white space or other characters that no key has; check where it is read from.';

function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

async function currentKey(apiKey: GeminiApiOptions['apiKey']): Promise<string> {
  if (typeof apiKey === 'string') return apiKey;
  let key: unknown;
  try {
    key = await apiKey();
  } catch (error) {
    const cause = redactError(error, redactKnownShapes);
    throw new LiveProxyError('ERR_UPSTREAM_CREDENTIALS', 'geminiApi: the apiKey function failed.', { cause });
  }
  if (!isKey(key)) throw new LiveProxyError('ERR_UPSTREAM_CREDENTIALS', wrongKey);
  return key;
}
