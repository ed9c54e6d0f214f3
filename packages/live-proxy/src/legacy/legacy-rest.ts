import type { RoomInfo } from '@colloquy/live-protocol';
import type { RoomManager } from '@colloquy/room-core';
import type { ClientRequest } from '../client-request.ts';
import type { Clock } from '../continuity/clock.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { HttpError } from '../http/http-error.ts';
import { type RequestBody, readJsonBody } from '../http/read-body.ts';
import type { Logger } from '../logger.ts';
import type { Access } from '../rooms/access.ts';
import { toRefusal } from '../rooms/refusals.ts';
import type { OriginCheck } from '../same-origin.ts';

/** What a {@link LegacyRest} is made of. */
export interface LegacyRestOptions {
  readonly manager: Pick<RoomManager, 'close' | 'create' | 'get' | 'list'>;
  readonly access: Access;
  readonly isAllowedOrigin: OriginCheck;
  readonly leaveClosesRoom: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A path of the original server. */
export type LegacyPath =
  | { readonly type: 'rooms' | 'create' }
  | { readonly type: 'room' | 'close'; readonly roomId: string };

/** Rooms shown in the lobby; the original has no pages. */
const MOST_ROOMS = 200;
const MAX_BODY_BYTES = 16_384;
const BODY_TIMEOUT_MS = 10_000;

/** `null` for a path that the original server does not have. `mount` has no slash at its end. */
export function parseLegacyPath(mount: string, pathname: string): LegacyPath | null {
  if (!pathname.startsWith(`${mount}/`)) return null;
  const rest = pathname.slice(mount.length);
  if (rest === '/rooms') return { type: 'rooms' };
  if (rest === '/room') return { type: 'create' };
  const [, roomId, close] = /^\/room\/([^/]+)(\/close)?$/.exec(rest) ?? [];
  if (roomId === undefined) return null;
  return { type: close === undefined ? 'room' : 'close', roomId };
}

/** The HTTP half of the original server's wire. */
export class LegacyRest {
  readonly #options: LegacyRestOptions;

  constructor(options: LegacyRestOptions) {
    this.#options = options;
  }

  async answer(request: ClientRequest, path: LegacyPath, body: RequestBody, signal: AbortSignal): Promise<HttpAnswer> {
    const origin = request.headers.get('origin');
    if (!this.#options.isAllowedOrigin(request)) return json(403, { detail: `Origin ${origin} is not allowed` }, {});
    const cors = corsHeaders(origin);
    if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: null };
    try {
      return json(200, await this.#do(request, path, body, signal), cors);
    } catch (error) {
      if (error instanceof HttpError) return json(error.status, { detail: error.message }, cors);
      const { internal, message, status } = toRefusal(error);
      if (internal) this.#options.logger.error?.('a request of the legacy wire failed', { error });
      return json(status, { detail: status === 404 ? 'Room not found' : message }, cors);
    }
  }

  async #do(request: ClientRequest, path: LegacyPath, body: RequestBody, signal: AbortSignal): Promise<unknown> {
    const { access, clock, leaveClosesRoom, manager } = this.#options;
    const route = `${request.method} ${path.type}`;
    switch (route) {
      case 'GET rooms': {
        await access.admit(request, { type: 'list' }, signal);
        const { rooms } = await manager.list({ limit: MOST_ROOMS, status: 'open' });
        return rooms.map(toLegacyRoom);
      }
      case 'POST create': {
        const { participantId, name: creator } = await access.admit(request, { type: 'create' }, signal);
        const given = await readJsonBody(body, { maxBytes: MAX_BODY_BYTES, timeoutMs: BODY_TIMEOUT_MS, clock });
        const { name } = (given ?? {}) as { readonly name?: unknown };
        const room = await manager.create({
          name: typeof name === 'string' && name.trim() !== '' ? name : 'Room',
          by: { participantId, name: creator },
        });
        return { room_id: room.id, name: room.name };
      }
      case 'GET room':
        return toLegacyRoom(await this.#room(request, path, 'read', signal));
      case 'POST close': {
        // That front end closes the room of everybody when one person leaves; here leaving never does.
        const { id } = await this.#room(request, path, leaveClosesRoom ? 'close' : 'read', signal);
        if (leaveClosesRoom) await manager.close(id, { reason: 'closed by a participant' });
        return { message: 'Room closed' };
      }
      default:
        throw new HttpError(405, 'ERR_METHOD', `${request.method} is not for this path.`);
    }
  }

  async #room(
    request: ClientRequest,
    path: LegacyPath,
    type: 'read' | 'close',
    signal: AbortSignal,
  ): Promise<RoomInfo> {
    const roomId = 'roomId' in path ? path.roomId : '';
    await this.#options.access.admit(request, { type, roomId }, signal);
    return this.#options.manager.get(roomId);
  }
}

function toLegacyRoom({ closedAt, createdAt, id, name, status }: RoomInfo) {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return { room_id: id, name, status, created_at: time(createdAt), closed_at: time(closedAt) };
}

function corsHeaders(origin: string | null): Readonly<Record<string, string>> {
  if (origin === null) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '600',
    vary: 'origin',
  };
}

function json(status: number, value: unknown, headers: Readonly<Record<string, string>>): HttpAnswer {
  const own = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers: { ...headers, ...own }, body: JSON.stringify(value) };
}
