import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError, readJsonObject, sendJson } from './http.ts';
import { type GuestSessions, parseGuestName } from './sessions.ts';
import type { ModelSource } from './settings.ts';

const MAX_BODY_BYTES = 4096;

/** Options of {@link SessionRoutes}. */
export interface SessionRoutesOptions {
  readonly sessions: GuestSessions;
  readonly source: Pick<ModelSource, 'kind' | 'model'>;
  /** Whether rooms can be recorded. @defaultValue false */
  readonly recording?: boolean;
  /** Origins whose pages may start and end sessions. */
  readonly allowedOrigins: readonly string[];
}

/** `GET`, `POST` and `DELETE /api/session`: who a browser is. */
export class SessionRoutes {
  readonly #options: SessionRoutesOptions;

  constructor(options: SessionRoutesOptions) {
    this.#options = options;
  }

  /** Answers a request for `/api/session`. @throws {@link HttpError} */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#show(request, response);
      case 'POST':
        this.#refuseForeignPages(request);
        return this.#introduce(request, response);
      case 'DELETE':
        this.#refuseForeignPages(request);
        return this.#forget(response);
      default:
        response.setHeader('allow', 'GET, HEAD, POST, DELETE');
        throw new HttpError(405, 'ERR_METHOD', `${request.method} is not known here. Use GET, POST or DELETE.`);
    }
  }

  async #show(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = await this.#options.sessions.fromCookies(request.headers.cookie);
    const { recording = false, source } = this.#options;
    sendJson(response, 200, { session, studio: { source: source.kind, model: source.model, recording } });
  }

  async #introduce(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { sessions } = this.#options;
    const parsed = parseGuestName((await readJsonObject(request, MAX_BODY_BYTES)).name);
    if ('problem' in parsed) throw new HttpError(400, 'ERR_NAME', parsed.problem);
    const session = sessions.create(parsed.name, await sessions.fromCookies(request.headers.cookie));
    response.setHeader('set-cookie', await sessions.toCookie(session));
    sendJson(response, 200, { session });
  }

  #forget(response: ServerResponse): void {
    response.setHeader('set-cookie', this.#options.sessions.toExpiredCookie());
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
  }

  /** A page elsewhere must not give this browser another name; also keeps out pages that rebind their host's address. */
  #refuseForeignPages({ headers: { origin } }: IncomingMessage): void {
    // Without the header it is no browser, and has no cookie of anybody.
    if (origin === undefined || this.#options.allowedOrigins.includes(origin)) return;
    throw new HttpError(
      403,
      'ERR_ORIGIN_NOT_ALLOWED',
      `Pages of ${origin} may not use this studio. Open it under ${this.#options.allowedOrigins[0]}, or set PUBLIC_ORIGIN.`,
    );
  }
}
