import { LiveProxyError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type AccessToken, AccessTokenCache } from './access-token.ts';
import { bidiPath, checkApiVersion, describeUrl, toSocketUrl } from './base-url.ts';
import { modelIdOf } from './model-resource.ts';
import { redactError, redactKnownShapes } from './redact.ts';
import type { Upstream } from './upstream.ts';

/** What {@link vertex} needs of google-auth-library's clients: `JWT`, `Impersonated`, `Compute` and all others have it. */
export interface GoogleAuthClient {
  /** An access token for Google Cloud, cached and refreshed by the client. */
  getAccessToken(): Promise<{ readonly token?: string | null }>;
  readonly credentials?: { readonly expiry_date?: number | null };
  /** By this a token that Google refuses before its end is forgotten. */
  setCredentials?(credentials: object): void;
  readonly quotaProjectId?: string;
}

/** What {@link vertex} needs of google-auth-library's `GoogleAuth`. */
export interface GoogleAuthSource {
  /** The client that has the credential. */
  getClient(): Promise<GoogleAuthClient>;
}

/** Options of {@link vertex}. */
export interface VertexOptions {
  /** Id or number of the Google Cloud project that pays. */
  readonly project: string;
  /** A region such as `us-central1`, a multi-region (`us`, `eu`) or `global`. Live models are regional. */
  readonly location: string;
  /**
   * A `GoogleAuth` or one of its clients, with the scope `https://www.googleapis.com/auth/cloud-platform`.
   *
   * @defaultValue application default credentials
   */
  readonly auth?: GoogleAuthSource | GoogleAuthClient;
  /** @defaultValue `'v1beta1'`, as in Google's SDK */
  readonly apiVersion?: string;
  /** A gateway or private endpoint in front of Google, without the path. @defaultValue Google's host for `location` */
  readonly baseUrl?: string;
  /** Hears of token refreshes that failed while the old token still worked, as the observers of its proxies do. */
  readonly logger?: Logger;
}

/**
 * Vertex AI, with access tokens of google-auth-library: cached, refreshed ahead of their end, one refresh at a time.
 *
 * @throws TypeError for an option that cannot work.
 */
export function vertex(options: VertexOptions): Upstream {
  const project = checkName(options.project, 'project', '"my-project"', /^[a-z0-9][a-z0-9.:-]*$/i);
  const location = checkName(options.location, 'location', '"us-central1"', /^[a-z]+(?:-[a-z]+\d+)?$/);
  const apiVersion = checkApiVersion(options.apiVersion ?? 'v1beta1', 'vertex: apiVersion');
  const base = toSocketUrl(options.baseUrl ?? `wss://${hostOf(location)}`, 'vertex: baseUrl');
  const url = new URL(base.pathname.replace(/\/+$/, '') + bidiPath('vertex', apiVersion), base);

  let client: Promise<GoogleAuthClient> | null = null;
  let isForgotten = false;
  const listeners = new Set<(error: unknown) => void>();
  const tokens = new AccessTokenCache({
    async fetch() {
      client ??= clientOf(options.auth);
      try {
        const source = await client;
        if (isForgotten) forgetToken(source);
        isForgotten = false;
        return await fetchToken(source);
      } catch (error) {
        client = null; // credentials may appear later, for instance after `gcloud auth application-default login`
        throw credentialsError(error);
      }
    },
    onForgotten: () => {
      isForgotten = true;
    },
    onRefreshFailed: (error) => {
      options.logger?.warn?.('refreshing the access token failed', { error });
      for (const listener of listeners) listener(error);
    },
  });

  return {
    backend: 'vertex',
    describe: () => `Vertex AI project ${project} at ${describeUrl(url)}`,
    modelResource: (model) => `projects/${project}/locations/${location}/publishers/google/models/${modelIdOf(model)}`,
    async target() {
      const headers: Record<string, string> = { authorization: `Bearer ${await tokens.get()}` };
      const quotaProject = (await client)?.quotaProjectId;
      if (quotaProject) headers['x-goog-user-project'] = quotaProject;
      return { url: url.href, headers };
    },
    onRefreshFailed: (listener) => {
      // Two proxies may pass the same function.
      const own = (error: unknown) => listener(error);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    refused: (target) => tokens.refuse(target?.headers.authorization?.slice('Bearer '.length) ?? null),
  };
}

/** @see the endpoints of Vertex AI: global, multi-region and regional hosts differ in shape. */
function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  return location.includes('-') ? `${location}-aiplatform.googleapis.com` : `aiplatform.${location}.rep.googleapis.com`;
}

// Both become parts of a host name and a path: anything else could send the token elsewhere.
function checkName(value: unknown, option: string, example: string, shape: RegExp): string {
  if (typeof value !== 'string' || !shape.test(value)) {
    throw new TypeError(`vertex: ${option} ${JSON.stringify(value)} is not valid; write one such as ${example}.`);
  }
  return value;
}

async function clientOf(auth: VertexOptions['auth']): Promise<GoogleAuthClient> {
  if (auth === undefined) {
    // Loaded here because it is large and only this upstream needs it.
    const { GoogleAuth } = await import('google-auth-library');
    return new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' }).getClient();
  }
  return 'getClient' in auth ? auth.getClient() : auth;
}

async function fetchToken(client: GoogleAuthClient): Promise<AccessToken> {
  const { token } = await client.getAccessToken();
  if (!token) throw new Error('the auth client returned no access token');
  return { token, expiresAtMs: client.credentials?.expiry_date ?? null };
}

/** The library's clients keep their token as well; this one counts as ended. */
function forgetToken(client: GoogleAuthClient): void {
  client.setCredentials?.({ ...client.credentials, access_token: null, expiry_date: 1 });
}

function credentialsError(error: unknown): LiveProxyError {
  // What google-auth-library throws holds its request, and that holds the signed assertion.
  const cause = redactError(error, redactKnownShapes);
  return new LiveProxyError(
    'ERR_UPSTREAM_CREDENTIALS',
    `vertex: no access token (${cause.message}). Set up application default credentials, or pass auth.`,
    { cause },
  );
}
