import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RoomServer } from '@colloquy/live-proxy/rooms';
import { HttpError, sendError, sendJson } from './http.ts';
import { securityHeaders } from './security-headers.ts';
import { SessionRoutes, type SessionRoutesOptions } from './session-routes.ts';
import type { StaticFiles } from './static-files.ts';
import type { StudioLogger } from './studio.ts';
import type { StudioMetrics } from './studio-metrics.ts';

/** Options of {@link AppRequests}. */
export interface AppRequestsOptions extends SessionRoutesOptions {
  readonly rooms: Pick<RoomServer, 'handleRequest'>;
  readonly assets: StaticFiles;
  /** `null` where none are served. */
  readonly metrics: Pick<StudioMetrics, 'handle'> | null;
  /** Whether browsers reach the studio over https. */
  readonly secure: boolean;
  readonly logger: StudioLogger;
}

// The addresses of src/router.tsx: below /api is the server, everywhere else the app.
const PAGE_PATHS = /^\/(?:rooms\/[A-Za-z0-9_-]{1,64}(?:\/history)?\/?)?$/;

/** Everything the studio answers over HTTP. */
export class AppRequests {
  readonly #options: AppRequestsOptions;
  readonly #session: SessionRoutes;
  readonly #headers: Readonly<Record<string, string>>;
  #isDraining = false;

  constructor(options: AppRequestsOptions) {
    this.#options = options;
    this.#session = new SessionRoutes(options);
    this.#headers = securityHeaders({ secure: options.secure });
  }

  /** From now on `/readyz` asks load balancers to send nobody here any more. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Answers a request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(this.#headers)) response.setHeader(name, value);
    try {
      await this.#route(request, response);
    } catch (error) {
      if (!(error instanceof HttpError)) this.#options.logger.error?.('a request failed', { url: request.url, error });
      sendError(response, error);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
    if (path === '/readyz') {
      const status = this.#isDraining ? 'draining' : 'ready';
      return sendJson(response, this.#isDraining ? 503 : 200, { status });
    }
    if (path === '/metrics') return this.#metrics(request, response);
    if (path === '/api/session') return this.#session.handle(request, response);
    if (path.startsWith('/api/')) return this.#rooms(request, response, path);
    return this.#show(request, response, path);
  }

  #metrics(request: IncomingMessage, response: ServerResponse): void {
    const { metrics } = this.#options;
    if (metrics === null) {
      throw new HttpError(
        404,
        'ERR_NO_SUCH_PATH',
        'No metrics are served here. Set COLLOQUY_METRICS_TOKEN to have them.',
      );
    }
    metrics.handle(request, response);
  }

  async #rooms(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (await this.#options.rooms.handleRequest(request, response)) return;
    throw new HttpError(404, 'ERR_NO_SUCH_PATH', `Nothing is served at ${path}.`);
  }

  #show(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      throw new HttpError(405, 'ERR_METHOD', `${request.method} is not known here. Use GET.`);
    }
    const { assets } = this.#options;
    if (assets.handle(request, response, path)) return;
    // A missing script must not come as a page: a browser would try to run it.
    if (/\.[a-z0-9]+$/i.test(path)) throw new HttpError(404, 'ERR_NO_SUCH_FILE', `There is no file ${path}.`);
    assets.handlePage(request, response, PAGE_PATHS.test(path) ? 200 : 404);
  }
}

function pathOf(request: IncomingMessage): string {
  // Without `new URL`: a request for "//host" would be read as another host.
  return (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
}
