import { type AdmitOptions, admit } from '../admission.ts';
import type { ClientRequest } from '../client-request.ts';
import { LiveProxyError } from '../errors.ts';
import { stageOf, toHttpRefusal } from '../failures.ts';
import type { Reporter } from '../reporter.ts';
import { draining, toLiveProxyError } from '../session-errors.ts';
import type { SessionInfo } from '../session-registry.ts';
import type { TicketClaims } from '../tickets/ticket-claims.ts';
import type { IssueOptions, Tickets } from '../tickets/tickets.ts';
import type { EphemeralSide } from './ephemeral-side.ts';
import type { HttpAnswer } from './http-answer.ts';
import { HttpError } from './http-error.ts';
import type { RequestBody } from './read-body.ts';

/** A ticket that the application grants. */
export type TicketGrant = TicketClaims & IssueOptions;

/**
 * Says whom a ticket is made for. `null` refuses as not authenticated; a thrown {@link LiveProxyError} refuses with its
 * code and message.
 */
export type IssueTicket = (
  request: ClientRequest,
  options: { readonly signal: AbortSignal },
) => TicketGrant | null | Promise<TicketGrant | null>;

/** Says whether somebody may see all sessions. */
export type AuthorizeAdmin = (
  request: ClientRequest,
  options: { readonly signal: AbortSignal },
) => boolean | Promise<boolean>;

/** What {@link HttpSide} is made of. */
export interface HttpSideOptions extends Pick<AdmitOptions, 'isAllowedOrigin' | 'timeoutMs'> {
  /** Without the slash at its end. */
  readonly mount: string;
  readonly tickets: Tickets | null;
  readonly issueTicket: IssueTicket | null;
  readonly authorizeAdmin: AuthorizeAdmin | null;
  readonly ephemeral: EphemeralSide | null;
  readonly sessions: () => readonly SessionInfo[];
  readonly isDraining: () => boolean;
  readonly reporter: Reporter;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: (request: ClientRequest, signal: AbortSignal, body: RequestBody) => Promise<HttpAnswer>;
}

/** Answers the requests below the mount path that are no upgrades: health, tickets, tokens, sessions. */
export class HttpSide {
  readonly #options: HttpSideOptions;
  readonly #routes = new Map<string, Route>();

  constructor(options: HttpSideOptions) {
    this.#options = options;
    const { mount, tickets, issueTicket, authorizeAdmin, ephemeral } = options;
    this.#routes.set(`${mount}/health`, { method: 'GET', answer: async () => this.#health() });
    if (tickets !== null && issueTicket !== null) {
      const answer: Route['answer'] = (request, signal) => this.#ticket(request, signal, tickets, issueTicket);
      this.#routes.set(`${mount}/tickets`, { method: 'POST', answer });
    }
    if (ephemeral !== null) {
      const answer: Route['answer'] = async (request, signal, body) => {
        if (this.#options.isDraining()) throw draining();
        return json(201, await ephemeral.mint(request, body, signal));
      };
      this.#routes.set(`${mount}/ephemeral-tokens`, { method: 'POST', answer });
    }
    if (authorizeAdmin !== null) {
      const answer: Route['answer'] = (request, signal) => this.#sessions(request, signal, authorizeAdmin);
      this.#routes.set(`${mount}/sessions`, { method: 'GET', answer });
    }
  }

  /** `null` when the path is somebody else's; then nothing was done. */
  async answer(request: ClientRequest, signal: AbortSignal, body: RequestBody): Promise<HttpAnswer | null> {
    const pathname = request.url.pathname.replace(/^\/+/, '/');
    const { mount } = this.#options;
    const route = this.#routes.get(pathname);
    if (route === undefined) {
      if (mount === '' || (pathname !== mount && !pathname.startsWith(`${mount}/`))) return null;
      if (pathname.slice(mount.length).replaceAll('/', '') === '') return upgradeRequired;
      return refused(404, 'ERR_NO_SUCH_PATH', `Nothing is here; ${mount} takes WebSockets.`);
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (method !== route.method) {
      return refused(405, 'ERR_METHOD', `${pathname} takes ${route.method}, not ${request.method}.`, {
        allow: route.method,
      });
    }
    try {
      return await route.answer(request, signal, body);
    } catch (thrown) {
      if (thrown instanceof HttpError) return refused(thrown.status, thrown.code, thrown.message, thrown.headers);
      const error = toLiveProxyError(thrown);
      const stage = stageOf(error);
      if (stage !== null) this.#options.reporter.error(error, { stage, sessionId: null });
      const { status, message } = toHttpRefusal(error);
      return refused(status, error.code, message);
    }
  }

  #health(): HttpAnswer {
    return this.#options.isDraining() ? json(503, { status: 'draining' }) : json(200, { status: 'ok' });
  }

  async #ticket(
    request: ClientRequest,
    signal: AbortSignal,
    tickets: Tickets,
    issueTicket: IssueTicket,
  ): Promise<HttpAnswer> {
    if (this.#options.isDraining()) throw draining();
    const grant = (await this.#admit(request, signal, issueTicket)) as TicketGrant;
    const { ticket, expiresAtMs } = await tickets.issue(grant, grant);
    return json(201, { ticket, expiresAt: new Date(expiresAtMs).toISOString() });
  }

  async #sessions(request: ClientRequest, signal: AbortSignal, authorizeAdmin: AuthorizeAdmin): Promise<HttpAnswer> {
    await this.#admit(request, signal, async (...asked) => {
      if ((await authorizeAdmin(...asked)) === true) return true;
      throw new LiveProxyError('ERR_NOT_ALLOWED', 'Sessions are shown to administrators only.');
    });
    return json(200, { sessions: this.#options.sessions() });
  }

  /** Foreign pages are refused before the hook is asked, and the hook has its deadline. */
  #admit(request: ClientRequest, signal: AbortSignal, authenticate: AdmitOptions['authenticate']): Promise<unknown> {
    const { isAllowedOrigin, timeoutMs } = this.#options;
    return admit(request, { isAllowedOrigin, timeoutMs, authenticate, signal });
  }
}

const upgradeRequired: HttpAnswer = refused(426, 'ERR_BAD_REQUEST', 'This is a WebSocket endpoint of Gemini Live.', {
  connection: 'upgrade',
  upgrade: 'websocket',
});

function refused(status: number, code: string, message: string, headers?: HttpAnswer['headers']): HttpAnswer {
  return json(status, { error: { code, message } }, headers);
}

function json(status: number, body: object, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
