import type { Backend } from '@colloquy/live-protocol';

/** Where one connection goes, and the credential it carries. Never logged. */
export interface UpstreamTarget {
  /** `ws:` or `wss:`; of `tokenTarget`, `http:` or `https:`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A Gemini Live service that the server has chosen; clients never name one. Made by {@link vertex}, {@link geminiApi} or
 * {@link endpoint}, dialled by `dialUpstream`.
 */
export interface Upstream {
  /** Whose dialect of the wire it speaks. */
  readonly backend: Backend;
  /** Which service this is, for logs and errors; holds no credential. */
  describe(): string;
  /**
   * The URL and a credential that is valid now. Asked for every connection.
   *
   * @throws {@link LiveProxyError} `ERR_UPSTREAM_CREDENTIALS`
   */
  target(): Promise<UpstreamTarget>;
  /**
   * The service has refused the credential of this target, or with `null` that of the newest one. Returns whether the next
   * target may have another one; then it is worth another try. Only upstreams that keep credentials have it.
   */
  refused?(target: UpstreamTarget | null): boolean;
  /**
   * Calls `listener` when a credential could not be renewed while the old one still works, and returns the undo. Only
   * upstreams that renew credentials ahead of their end have it.
   */
  onRefreshFailed?(listener: (error: unknown) => void): () => void;
  /**
   * Where ephemeral tokens are made (`POST`), with a credential. Only upstreams whose service has such tokens have it.
   *
   * @throws {@link LiveProxyError} `ERR_UPSTREAM_CREDENTIALS`
   */
  tokenTarget?(): Promise<UpstreamTarget>;
  /**
   * The name under which this upstream knows a model: takes an id (`gemini-3.8-live`) or a resource name of any
   * backend. A project in the name is replaced by the upstream's own, so that no client can choose whose quota it uses.
   *
   * @throws {@link LiveProxyError} `ERR_SETUP_INVALID` when `model` is neither.
   */
  modelResource(model: string): string;
}
