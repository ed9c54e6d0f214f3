import type { AuthSettings } from './visitors.ts';

/** Which Live API the rooms of the studio talk to. */
export type ModelSource =
  | { readonly kind: 'emulator'; readonly model: string }
  | { readonly kind: 'gemini-api'; readonly model: string; readonly apiKey: string }
  | { readonly kind: 'vertex'; readonly model: string; readonly project: string; readonly location: string }
  | { readonly kind: 'endpoint'; readonly model: string; readonly url: string };

/** What the environment says about the studio, checked and completed with defaults. */
export interface StudioSettings {
  /** Address the server listens on. */
  readonly host: string;
  /** TCP port; `0` takes any free one. */
  readonly port: number;
  /** Origin under which people reach the studio from outside, such as `https://studio.example`; `null` when local. */
  readonly publicOrigin: string | null;
  /** Folder of the rooms' database and of the generated secret. */
  readonly dataDirectory: string;
  /** Signs cookies; `null` means: generate one and keep it in the data folder. */
  readonly secret: string | null;
  readonly source: ModelSource;
  readonly auth: AuthSettings;
  /** What `GET /metrics` asks for; `null` serves none. */
  readonly metricsToken: string | null;
  /** Bucket behind the data folder; `null` when that is all there is. */
  readonly store: BucketStore | null;
  /** Redis in which several studios share their rooms; `null` for the data folder. It may hold a password. */
  readonly redis: string | null;
}

/** A place in Google Cloud Storage. */
export interface BucketStore {
  readonly bucket: string;
  /** Put before the names of all objects; `''` or ends with `/`. */
  readonly prefix: string;
  /** Another address of the service; `null` for Google's. */
  readonly apiEndpoint: string | null;
}

/** A variable of the environment that the studio cannot work with. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  /** The variable to change. */
  readonly variable: string;

  /** @param problem names what is wrong with `variable` and what to write instead. */
  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
    this.variable = variable;
  }
}

/** Variables by name, as in `process.env`; an empty value counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Model of the Gemini API that is used when nothing else is asked for; the embedded emulator plays it too. */
export const DEFAULT_GEMINI_API_MODEL = 'gemini-3.8-live';
/** Model of Vertex AI that is used when nothing else is asked for. */
export const DEFAULT_VERTEX_MODEL = 'gemini-live-2.5-flash-native-audio';

const SHORTEST_SECRET = 32;
const SHORTEST_TOKEN = 16;

/**
 * Reads the studio's settings.
 *
 * @throws {@link SettingsError} naming the variable, its value (never a secret) and the remedy.
 */
export function readSettings(environment: Environment): StudioSettings {
  return {
    host: readHost(environment),
    port: readPort(environment),
    publicOrigin: readPublicOrigin(environment),
    dataDirectory: setting(environment, 'COLLOQUY_DATA') ?? './data',
    secret: readSecret(environment),
    source: readSource(environment),
    auth: readAuth(environment),
    metricsToken: readMetricsToken(environment),
    store: readStore(environment),
    redis: readEngine(environment),
  };
}

function setting(environment: Environment, name: string): string | null {
  return environment[name]?.trim() || null;
}

function readHost(environment: Environment): string {
  const host = setting(environment, 'HOST') ?? '127.0.0.1';
  if (/[\s/]|:\/\//.test(host) || (host.includes(':') && !host.includes('::'))) {
    throw new SettingsError(
      'HOST',
      `is ${JSON.stringify(host)}, which is no address. Give one without scheme and port, such as 127.0.0.1 or 0.0.0.0.`,
    );
  }
  return host;
}

function readPort(environment: Environment): number {
  const text = setting(environment, 'PORT') ?? '8080';
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new SettingsError('PORT', `is ${JSON.stringify(text)}. Give a whole number from 0 to 65535, such as 8080.`);
  }
  return port;
}

function readPublicOrigin(environment: Environment): string | null {
  const text = setting(environment, 'PUBLIC_ORIGIN');
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash;
  if (!isOrigin || url.username || url.password) {
    throw new SettingsError(
      'PUBLIC_ORIGIN',
      `is ${JSON.stringify(text)}. Give scheme, host and, where needed, port, such as https://studio.example.`,
    );
  }
  return url.origin;
}

function readSecret(environment: Environment): string | null {
  const secret = setting(environment, 'COLLOQUY_SECRET');
  if (secret !== null && secret.length < SHORTEST_SECRET) {
    throw new SettingsError(
      'COLLOQUY_SECRET',
      `has ${secret.length} characters. Give at least ${SHORTEST_SECRET} random ones, for instance from ` +
        '"openssl rand -base64 48", or leave it out to have one generated.',
    );
  }
  return secret;
}

function readAuth(environment: Environment): AuthSettings {
  const kind = setting(environment, 'COLLOQUY_AUTH') ?? 'guest';
  if (kind === 'guest') return { kind };
  if (kind !== 'iap') {
    throw new SettingsError('COLLOQUY_AUTH', `is ${JSON.stringify(kind)}. Give guest or iap.`);
  }
  const audience = setting(environment, 'COLLOQUY_IAP_AUDIENCE');
  if (
    audience === null ||
    !/^\/projects\/\d+\/(global\/backendServices|apps|locations\/[\w-]+\/services)\/[\w.-]+$/.test(audience)
  ) {
    throw new SettingsError(
      'COLLOQUY_IAP_AUDIENCE',
      `is ${audience === null ? 'not set' : JSON.stringify(audience)}. Identity-Aware Proxy shows it as "Signed Header JWT ` +
        'Audience", such as /projects/123456789/locations/europe-west1/services/colloquy-studio.',
    );
  }
  return { kind, audience };
}

function readMetricsToken(environment: Environment): string | null {
  const token = setting(environment, 'COLLOQUY_METRICS_TOKEN');
  if (token !== null && (token.length < SHORTEST_TOKEN || /[^\x21-\x7e]/.test(token))) {
    throw new SettingsError(
      'COLLOQUY_METRICS_TOKEN',
      `has ${token.length} characters. Give at least ${SHORTEST_TOKEN} random ones without spaces, for instance from ` +
        '"openssl rand -hex 24", or leave it out to serve no metrics.',
    );
  }
  return token;
}

function readSource(environment: Environment): ModelSource {
  const url = setting(environment, 'GEMINI_LIVE_URL');
  if (url !== null) {
    return { kind: 'endpoint', url: checkLiveUrl(url), model: readModel(environment, DEFAULT_GEMINI_API_MODEL) };
  }
  const apiKey = setting(environment, 'GEMINI_API_KEY');
  if (apiKey !== null) {
    return { kind: 'gemini-api', apiKey: checkApiKey(apiKey), model: readModel(environment, DEFAULT_GEMINI_API_MODEL) };
  }
  const project = setting(environment, 'GOOGLE_CLOUD_PROJECT');
  const location = setting(environment, 'GOOGLE_CLOUD_LOCATION');
  if (project === null && location === null) {
    return { kind: 'emulator', model: readModel(environment, DEFAULT_GEMINI_API_MODEL) };
  }
  return {
    kind: 'vertex',
    ...checkVertex(project, location),
    model: readModel(environment, DEFAULT_VERTEX_MODEL),
  };
}

function checkLiveUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^(wss?|https?):$/.test(url.protocol)) {
    throw new SettingsError(
      'GEMINI_LIVE_URL',
      `is ${JSON.stringify(text)}. Give the address of a Live API, such as ws://127.0.0.1:9090.`,
    );
  }
  return text;
}

function checkApiKey(key: string): string {
  if (/[^\x21-\x7e]/.test(key)) {
    throw new SettingsError(
      'GEMINI_API_KEY',
      'contains characters that no key has (its value is not shown). Copy it again, in one line and without quotes.',
    );
  }
  return key;
}

function checkVertex(project: string | null, location: string | null): { project: string; location: string } {
  if (project === null) {
    throw new SettingsError(
      'GOOGLE_CLOUD_PROJECT',
      `is not set, but GOOGLE_CLOUD_LOCATION is ${JSON.stringify(location)}. Vertex AI needs both: give the project's id, ` +
        'or unset GOOGLE_CLOUD_LOCATION.',
    );
  }
  if (location === null) {
    throw new SettingsError(
      'GOOGLE_CLOUD_LOCATION',
      `is not set, but GOOGLE_CLOUD_PROJECT is ${JSON.stringify(project)}. Vertex AI needs both: give a region such as ` +
        'us-central1, or unset GOOGLE_CLOUD_PROJECT.',
    );
  }
  if (!/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{2,62}$/.test(project) && !/^\d+$/.test(project)) {
    throw new SettingsError(
      'GOOGLE_CLOUD_PROJECT',
      `is ${JSON.stringify(project)}. Give a project id, such as my-project-1.`,
    );
  }
  if (!/^[a-z]+(-[a-z]+\d+)?$/.test(location)) {
    throw new SettingsError(
      'GOOGLE_CLOUD_LOCATION',
      `is ${JSON.stringify(location)}. Give a region, such as us-central1.`,
    );
  }
  return { project, location };
}

function readStore(environment: Environment): BucketStore | null {
  const text = setting(environment, 'COLLOQUY_STORE');
  const apiEndpoint = setting(environment, 'GCS_API_ENDPOINT');
  if (text === null) return null;
  const [, bucket, path = ''] = /^(?:gcs|gs):\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket === undefined || path.length > 90 || /[^\w./-]|\/\/|^\//.test(path)) {
    throw new SettingsError(
      'COLLOQUY_STORE',
      `is ${JSON.stringify(text)}. Give a bucket and, where you like, a prefix, such as gcs://my-rooms/studio.`,
    );
  }
  if (apiEndpoint !== null && !/^https?:$/.test(URL.canParse(apiEndpoint) ? new URL(apiEndpoint).protocol : '')) {
    throw new SettingsError(
      'GCS_API_ENDPOINT',
      `is ${JSON.stringify(apiEndpoint)}. Give an address such as http://127.0.0.1:4443, or leave it out for Google's.`,
    );
  }
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/`, apiEndpoint };
}

function readEngine(environment: Environment): string | null {
  const text = setting(environment, 'COLLOQUY_ENGINE');
  if (text === null) return null;
  if (!/^rediss?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
    // It may hold a password, so it is not repeated.
    throw new SettingsError('COLLOQUY_ENGINE', 'is no address of a Redis. Give one such as redis://127.0.0.1:6379.');
  }
  if (setting(environment, 'COLLOQUY_SECRET') === null) {
    throw new SettingsError(
      'COLLOQUY_SECRET',
      'is not set. Studios that share rooms need the same one: at least 32 characters, for instance from "openssl rand -hex 24".',
    );
  }
  return text;
}

function readModel(environment: Environment, fallback: string): string {
  const text = setting(environment, 'GEMINI_MODEL');
  if (text === null) return fallback;
  const model = text.replace(/^.*\bmodels\//, '');
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(model)) {
    throw new SettingsError('GEMINI_MODEL', `is ${JSON.stringify(text)}. Give a model id, such as ${fallback}.`);
  }
  return model;
}
