import type { RoomInfo } from '@colloquy/live-protocol';
import { type Clock, type CreateRoomInput, isRoomCoreError, type RoomManager } from '@colloquy/room-core';
import type { ClientRequest } from '../client-request.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { HttpError } from '../http/http-error.ts';
import { type RequestBody, readJsonBody } from '../http/read-body.ts';
import type { Logger } from '../logger.ts';
import type { OriginCheck } from '../same-origin.ts';
import type { Access } from './access.ts';
import { roomIdUnder } from './creation-key.ts';
import { fileHeaders } from './file-headers.ts';
import type { RoomServerLimits } from './limits.ts';
import { toRefusal } from './refusals.ts';
import {
  parseAppEntriesQuery,
  parseCloseRoom,
  parseConfigureRoom,
  parseCreateRoom,
  parseExportQuery,
  parseHistoryQuery,
  parseListQuery,
  parseSearchQuery,
} from './rest-input.ts';
import type { RoomPath } from './room-paths.ts';

type Headers = Readonly<Record<string, string>>;

/** What {@link RestApi} is made of. */
export interface RestApiOptions {
  readonly manager: Pick<
    RoomManager,
    | 'configure'
    | 'reopen'
    | 'delete'
    | 'create'
    | 'get'
    | 'list'
    | 'close'
    | 'history'
    | 'search'
    | 'export'
    | 'appEntries'
    | 'recordings'
    | 'recordingFile'
  >;
  readonly access: Access;
  readonly isAllowedOrigin: OriginCheck;
  readonly limits: RoomServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What comes with a request. */
export interface RestInput {
  readonly body: RequestBody;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly value: unknown;
  readonly headers?: Headers;
}

/** A file instead of JSON. */
interface FileAnswer {
  readonly file: AsyncIterable<string | Uint8Array>;
  readonly headers: Headers;
}

type Operation = (request: ClientRequest, input: RestInput) => Promise<Answer | FileAnswer>;

/** The REST half of a room server: creates, lists, shows and closes rooms, and pages through their logs. */
export class RestApi {
  readonly #options: RestApiOptions;

  constructor(options: RestApiOptions) {
    this.#options = options;
  }

  /** Answers a request for a path below the mount. Never rejects. */
  async answer(
    request: ClientRequest,
    target: { readonly mountPath: string; readonly path: RoomPath },
    input: RestInput,
  ): Promise<HttpAnswer> {
    const origin = request.headers.get('origin');
    const isWelcome = this.#options.isAllowedOrigin(request);
    const cors = isWelcome && origin !== null ? corsHeaders(origin) : {};
    try {
      const operations = this.#operations(target.mountPath, target.path);
      if (request.method === 'OPTIONS') return preflight(operations, cors);
      const operation = operations[request.method === 'HEAD' ? 'GET' : request.method];
      if (operation === undefined) throw methodError(request.method, operations);
      // A page of a foreign origin can send this with the person's cookies, though it could not read the answer.
      if (!isWelcome && request.method !== 'GET' && request.method !== 'HEAD') throw originError(origin);
      const answer = await operation(request, input);
      if ('file' in answer) {
        const body = request.method === 'HEAD' ? null : answer.file;
        return { status: 200, headers: { ...COMMON_HEADERS, ...cors, ...answer.headers }, body };
      }
      const { status, value, headers } = answer;
      return json(status, value, { ...cors, ...headers });
    } catch (error) {
      return this.#refusal(error, cors);
    }
  }

  #operations(mountPath: string, path: RoomPath): Readonly<Record<string, Operation>> {
    switch (path.type) {
      case 'rooms':
        return {
          GET: (request, input) => this.#list(request, input),
          POST: (request, input) => this.#create(request, input, mountPath),
        };
      case 'room':
        return {
          GET: (request, input) => this.#get(request, input, path.roomId),
          PATCH: (request, input) => this.#configure(request, input, path.roomId),
          DELETE: (request, input) => this.#delete(request, input, path.roomId),
        };
      case 'reopen':
        return { POST: (request, input) => this.#reopen(request, input, path.roomId) };
      case 'close':
        return { POST: (request, input) => this.#close(request, input, path.roomId) };
      case 'history':
        return { GET: (request, input) => this.#history(request, input, path.roomId) };
      case 'search':
        return { GET: (request, input) => this.#search(request, input, path.roomId) };
      case 'export':
        return { GET: (request, input) => this.#export(request, input, path.roomId) };
      case 'app-entries':
        return { GET: (request, input) => this.#appEntries(request, input, path.roomId) };
      case 'permissions':
        return { GET: (request, input) => this.#permissions(request, input, path.roomId) };
      case 'recordings':
        return { GET: (request, input) => this.#recordings(request, input, path.roomId) };
      case 'recordingFile':
        return { GET: (request, input) => this.#recordingFile(request, input, path) };
      case 'live':
      case 'unknown':
        throw new HttpError(404, 'ERR_NO_SUCH_PATH', `Nothing is served at ${mountPath || '/'} with this path.`);
      default:
        return path satisfies never;
    }
  }

  async #list(request: ClientRequest, { signal }: RestInput): Promise<Answer> {
    await this.#options.access.admit(request, { type: 'list' }, signal);
    return { status: 200, value: await this.#options.manager.list(parseListQuery(request.url.searchParams)) };
  }

  async #create(request: ClientRequest, { body, signal }: RestInput, mountPath: string): Promise<Answer> {
    const { participantId, name } = await this.#options.access.admit(request, { type: 'create' }, signal);
    const input = { ...parseCreateRoom(await this.#read(body)), by: { participantId, name } };
    const key = request.headers.get('idempotency-key');
    const { status, room } =
      key === null
        ? { status: 201, room: await this.#options.manager.create(input) }
        : await this.#createOnce(roomIdUnder(key, participantId), input);
    return { status, value: room, headers: { location: `${mountPath}/${room.id}` } };
  }

  /** Makes the room under this id, unless an earlier request of the same person, whose answer was lost, has. */
  async #createOnce(id: string, input: CreateRoomInput): Promise<{ status: 200 | 201; room: RoomInfo }> {
    const { manager } = this.#options;
    try {
      return { status: 201, room: await manager.create({ ...input, id }) };
    } catch (error) {
      if (!isRoomCoreError(error) || error.code !== 'ERR_ROOM_EXISTS') throw error;
      return { status: 200, room: await manager.get(id) };
    }
  }

  async #get(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    await this.#options.access.admit(request, { type: 'read', roomId }, signal);
    return { status: 200, value: await this.#options.manager.get(roomId) };
  }

  async #configure(request: ClientRequest, { body, signal }: RestInput, roomId: string): Promise<Answer> {
    const { participantId, name } = await this.#options.access.admit(request, { type: 'configure', roomId }, signal);
    const wish = parseConfigureRoom(await this.#read(body));
    const by = { participantId, name };
    return { status: 200, value: await this.#options.manager.configure(roomId, { ...wish, by }) };
  }

  async #reopen(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    const { participantId, name } = await this.#options.access.admit(request, { type: 'reopen', roomId }, signal);
    return { status: 200, value: await this.#options.manager.reopen(roomId, { by: { participantId, name } }) };
  }

  async #delete(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    const { participantId, name } = await this.#options.access.admit(request, { type: 'delete', roomId }, signal);
    await this.#options.manager.delete(roomId, { by: { participantId, name } });
    return { status: 200, value: { deleted: roomId } };
  }

  async #close(request: ClientRequest, { body, signal }: RestInput, roomId: string): Promise<Answer> {
    const { participantId, name } = await this.#options.access.admit(request, { type: 'close', roomId }, signal);
    const input = parseCloseRoom(await this.#read(body));
    return { status: 200, value: await this.#options.manager.close(roomId, { ...input, by: { participantId, name } }) };
  }

  async #history(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    await this.#options.access.admit(request, { type: 'read', roomId }, signal);
    const range = parseHistoryQuery(request.url.searchParams);
    return { status: 200, value: await this.#options.manager.history(roomId, range) };
  }

  async #search(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    await this.#options.access.admit(request, { type: 'read', roomId }, signal);
    const wanted = parseSearchQuery(request.url.searchParams);
    return { status: 200, value: await this.#options.manager.search(roomId, wanted) };
  }

  async #appEntries(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    await this.#options.access.admit(request, { type: 'read', roomId }, signal);
    const wanted = parseAppEntriesQuery(request.url.searchParams);
    return { status: 200, value: await this.#options.manager.appEntries(roomId, wanted) };
  }

  async #permissions(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    const permissions = await this.#options.access.permissions(request, roomId, signal);
    return { status: 200, value: { permissions } };
  }

  async #export(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<FileAnswer> {
    await this.#options.access.admit(request, { type: 'read', roomId }, signal);
    const { format, ...wanted } = parseExportQuery(request.url.searchParams);
    const { chunks, contentType, fileName } = await this.#options.manager.export(roomId, format, wanted);
    return { file: this.#reported(chunks), headers: fileHeaders(contentType, fileName) };
  }

  async #recordings(request: ClientRequest, { signal }: RestInput, roomId: string): Promise<Answer> {
    await this.#options.access.admit(request, { type: 'listen', roomId }, signal);
    return { status: 200, value: { recordings: await this.#options.manager.recordings(roomId) } };
  }

  async #recordingFile(
    request: ClientRequest,
    { signal }: RestInput,
    { roomId, recordingId, file }: Extract<RoomPath, { readonly type: 'recordingFile' }>,
  ): Promise<FileAnswer> {
    await this.#options.access.admit(request, { type: 'listen', roomId }, signal);
    const found = await this.#options.manager.recordingFile(roomId, recordingId, file);
    if (!found) throw new HttpError(404, 'ERR_NO_SUCH_RECORDING', 'There is no such recording, or no such file in it.');
    const headers = { ...fileHeaders(found.contentType, file), 'content-length': String(found.bytes) };
    return { file: this.#reported(found.chunks), headers };
  }

  /** The headers are out already: nobody but the log can be told what broke off. */
  async *#reported<T>(chunks: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* chunks;
    } catch (error) {
      this.#options.logger.error?.('a file for a client broke off', { error });
      throw error;
    }
  }

  #read(body: RequestBody): Promise<unknown> {
    const { limits, clock } = this.#options;
    return readJsonBody(body, { maxBytes: limits.maxBodyBytes, timeoutMs: limits.bodyTimeoutMs, clock });
  }

  #refusal(error: unknown, cors: Headers): HttpAnswer {
    if (error instanceof HttpError) {
      const { status, code, message } = error;
      return json(status, { error: { code, message } }, { ...cors, ...error.headers });
    }
    const { status, code, message, internal } = toRefusal(error);
    if (internal) this.#options.logger.error?.('a room request failed', { error });
    // RFC 9110 §15.5.2 wants the header; "Bearer" makes no browser ask for a password.
    const challenge: Headers = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
    return json(status, { error: { code, message } }, { ...cors, ...challenge });
  }
}

const COMMON_HEADERS: Headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  vary: 'Origin',
};

function json(status: number, value: unknown, headers: Headers): HttpAnswer {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...COMMON_HEADERS, ...type, ...headers }, body: JSON.stringify(value) };
}

function corsHeaders(origin: string): Headers {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'location, content-disposition',
  };
}

function preflight(operations: Readonly<Record<string, Operation>>, cors: Headers): HttpAnswer {
  const allow = allowOf(operations);
  const answers: Headers =
    Object.keys(cors).length === 0
      ? {}
      : {
          'access-control-allow-methods': allow,
          'access-control-allow-headers': 'authorization, content-type, idempotency-key',
          'access-control-max-age': '600',
        };
  return { status: 204, headers: { ...COMMON_HEADERS, allow, ...cors, ...answers }, body: null };
}

function allowOf(operations: Readonly<Record<string, Operation>>): string {
  return Object.keys(operations)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .concat('OPTIONS')
    .join(', ');
}

function methodError(method: string, operations: Readonly<Record<string, Operation>>): HttpError {
  const allow = allowOf(operations);
  return new HttpError(405, 'ERR_METHOD', `${method} is not served at this path; use ${allow}.`, {
    headers: { allow },
  });
}

function originError(origin: string | null): HttpError {
  const message = `Pages of ${origin} may not change rooms here; add the origin to allowedOrigins.`;
  return new HttpError(403, 'ERR_ORIGIN_NOT_ALLOWED', message);
}
