import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError, readJsonObject, sendJson } from './http.ts';
import { type GuestSessions, parseGuestName } from './sessions.ts';
import type { ModelSource } from './settings.ts';
import type { HeaderReader, Visitors } from './visitors.ts';

const MAX_BODY_BYTES = 4096;

/** Options of {@link SessionRoutes}. */
export interface SessionRoutesOptions {
  readonly visitors: Visitors;
  /** Where people pick their names; `null` where somebody else has signed them in. */
  readonly guests: GuestSessions | null;
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
    const { guests, recording = false, source, visitors } = this.#options;
    const session = await visitors.identify(headersOf(request));
    const identity = guests === null ? 'given' : 'chosen';
    sendJson(response, 200, { session, studio: { source: source.kind, model: source.model, recording, identity } });
  }

  async #introduce(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const guests = this.#guests();
    const parsed = parseGuestName((await readJsonObject(request, MAX_BODY_BYTES)).name);
    if ('problem' in parsed) throw new HttpError(400, 'ERR_NAME', parsed.problem);
    const session = guests.create(parsed.name, await guests.fromCookies(request.headers.cookie));
    response.setHeader('set-cookie', await guests.toCookie(session));
    sendJson(response, 200, { session });
  }

  #forget(response: ServerResponse): void {
    response.setHeader('set-cookie', this.#guests().toExpiredCookie());
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
  }

  #guests(): GuestSessions {
    const { guests } = this.#options;
    if (guests !== null) return guests;
    throw new HttpError(
      403,
      'ERR_NAME_GIVEN',
      'Names come from the sign-in in front of this studio. Open it under its public address, signed in.',
    );
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

function headersOf({ headers }: IncomingMessage): HeaderReader {
  return (name) => headers[name]?.toString() ?? null;
}
