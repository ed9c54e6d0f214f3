import type {
  EntryActor,
  ParticipantRole,
  RoomClientMessage,
  RoomRequest,
  RoomRequestAction,
  RoomRequestOf,
  RoomRequestResult,
  RoomServerMessage,
} from '@colloquy/live-protocol';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { within } from '../within.ts';

/** Who asks, with the role they have at this moment. */
export interface Requester {
  readonly actor: EntryActor;
  readonly role: ParticipantRole;
  readonly connectionId: string;
}

/** Carries out one kind of request. */
export interface RequestHandler<A extends RoomRequestAction> {
  /** Who may ask for it. */
  readonly roles: readonly ParticipantRole[];
  /** What it brings goes into `done`. @throws RoomCoreError, whose code and message go into `refused` */
  run(request: RoomRequestOf<A>, by: Requester): RoomRequestResult<A> | Promise<RoomRequestResult<A>>;
}

/** One handler for every action of the wire. */
export type RequestHandlers = { readonly [A in RoomRequestAction]: RequestHandler<A> };

export type RequestMessage = Extract<RoomClientMessage, { readonly type: 'request' }>;
export type RequestAnswer = Extract<RoomServerMessage, { readonly type: 'done' | 'refused' }>;

/** What a {@link RequestDesk} is made of. */
export interface RequestDeskOptions {
  readonly clock: Clock;
  readonly handlers: RequestHandlers;
  /** Hears of failures that are not the requester's. */
  readonly onError: (error: unknown) => void;
}

/** Longest time a request may take before it is refused, in milliseconds; what it does may still happen. */
const REQUEST_TIMEOUT_MS = 10_000;

export const HOSTS: readonly ParticipantRole[] = ['host'];

/** Answers what people ask of a room: each request once, in time, and only those that the role allows. */
export class RequestDesk {
  readonly #options: RequestDeskOptions;

  constructor(options: RequestDeskOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async answer({ type: _, id, ...request }: RequestMessage, by: Requester): Promise<RequestAnswer> {
    try {
      const result = await this.#inTime(this.#run(request as RoomRequest, by));
      return { type: 'done', id, ...(result !== undefined && { result }) };
    } catch (error) {
      if (isRoomCoreError(error)) {
        const { code, message } = error;
        return { type: 'refused', id, code, message, retryable: RETRYABLE.has(code) };
      }
      this.#options.onError(error);
      const message = 'The server failed to do it; ask again later.';
      return { type: 'refused', id, code: 'ERR_INTERNAL', message, retryable: true };
    }
  }

  async #run<A extends RoomRequestAction>(request: RoomRequestOf<A>, by: Requester): Promise<unknown> {
    const { roles, run } = this.#options.handlers[request.action as A];
    if (!roles.includes(by.role)) {
      const message = `"${request.action}" is for ${roles.map((role) => `${role}s`).join(' and ')}; you are a ${by.role}.`;
      throw new RoomCoreError('ERR_NOT_ALLOWED', message);
    }
    return run(request, by);
  }

  #inTime(done: Promise<unknown>): Promise<unknown> {
    const message = `It took longer than ${REQUEST_TIMEOUT_MS} ms; look whether it was done, or ask again.`;
    const late = () => new RoomCoreError('ERR_REQUEST_TIMEOUT', message);
    return within({ clock: this.#options.clock, ms: REQUEST_TIMEOUT_MS, late }, done);
  }
}

const RETRYABLE: ReadonlySet<string> = new Set(['ERR_STORE_UNAVAILABLE', 'ERR_REQUEST_TIMEOUT', 'ERR_SHUT_DOWN']);
