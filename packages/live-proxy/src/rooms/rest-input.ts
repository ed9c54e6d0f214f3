import type { RoomConfiguration } from '@colloquy/live-protocol';
import type {
  AppEntriesOptions,
  CreateRoomInput,
  ExportFormat,
  ExportOptions,
  HistoryOptions,
  ListOptions,
  SearchOptions,
} from '@colloquy/room-core';
import * as v from 'valibot';
import { HttpError } from '../http/http-error.ts';

const createRoom = known({
  name: v.string(),
  waitingRoom: v.optional(v.boolean()),
  // The fields are checked by the room, which names them.
  configuration: v.optional(v.record(v.string(), v.unknown())),
});

const configureRoom = known({
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  changes: v.record(v.string(), v.unknown()),
});

const closeRoom = known({ reason: v.optional(v.string()) });

const digits = v.pipe(v.string(), v.regex(/^[0-9]{1,15}$/, 'must be a whole number from 0'), v.transform(Number));

const listQuery = known({
  status: v.optional(v.picklist(['open', 'closed'], 'must be "open" or "closed"')),
  limit: v.optional(digits),
  cursor: v.optional(v.string()),
});

const historyQuery = known({ from: v.optional(digits), before: v.optional(digits), limit: v.optional(digits) });

const searchQuery = known({ query: v.string(), before: v.optional(digits), limit: v.optional(digits) });

const exportQuery = known({
  format: v.optional(v.picklist(['json', 'markdown', 'webvtt'], 'must be "json", "markdown" or "webvtt"'), 'json'),
  timeZone: v.optional(v.string()),
  origin: v.optional(digits),
});

/** Query of `GET /rooms/:id/search`. @throws {@link HttpError} 400 naming the field */
export function parseSearchQuery(query: URLSearchParams): SearchOptions {
  return parse(searchQuery, Object.fromEntries(query), 'the query');
}

const appEntriesQuery = known({ topic: v.string(), after: v.optional(digits), limit: v.optional(digits) });

/** Query of `GET /rooms/:id/app-entries`. @throws {@link HttpError} 400 naming the field */
export function parseAppEntriesQuery(query: URLSearchParams): AppEntriesOptions {
  return parse(appEntriesQuery, Object.fromEntries(query), 'the query');
}

/** Query of `GET /rooms/:id/export`. @throws {@link HttpError} 400 naming the field */
export function parseExportQuery(query: URLSearchParams): ExportOptions & { readonly format: ExportFormat } {
  return parse(exportQuery, Object.fromEntries(query), 'the query');
}

/** Body of `POST /rooms`. @throws {@link HttpError} 400 naming the field */
export function parseCreateRoom(body: unknown): CreateRoomInput {
  return parse(createRoom, body, 'the body');
}

/** Body of `PATCH /rooms/:id`. @throws {@link HttpError} 400 naming the field */
export function parseConfigureRoom(body: unknown): { version: number; changes: Partial<RoomConfiguration> } {
  return parse(configureRoom, body, 'the body');
}

/** Body of `POST /rooms/:id/close`, which may be absent. @throws {@link HttpError} 400 naming the field */
export function parseCloseRoom(body: unknown): { readonly reason?: string } {
  return parse(closeRoom, body ?? {}, 'the body');
}

/** Query of `GET /rooms`. @throws {@link HttpError} 400 naming the field */
export function parseListQuery(query: URLSearchParams): ListOptions {
  return parse(listQuery, Object.fromEntries(query), 'the query');
}

/** Query of `GET /rooms/:id/history`. @throws {@link HttpError} 400 naming the field */
export function parseHistoryQuery(query: URLSearchParams): HistoryOptions {
  const range = parse(historyQuery, Object.fromEntries(query), 'the query');
  if (range.from === undefined || range.before === undefined) return range;
  throw new HttpError(400, 'ERR_INPUT', '"from" and "before" exclude each other; give one of them.');
}

/** An object with these fields and no others: a misspelt field must not be ignored. */
function known<const E extends v.ObjectEntries>(
  entries: E,
): v.StrictObjectSchema<E, v.ErrorMessage<v.StrictObjectIssue>> {
  const names = Object.keys(entries).join(', ');
  return v.strictObject(entries, ({ expected, received }) => {
    if (expected === 'never') return `it is not known here; known are ${names}`;
    return received === 'undefined' ? 'it is missing' : 'it must be an object';
  });
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown, whole: string): v.InferOutput<S> {
  if (Array.isArray(value)) throw new HttpError(400, 'ERR_INPUT', `${whole} is wrong: it must be an object.`);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new HttpError(400, 'ERR_INPUT', `${path === null ? whole : `"${path}"`} is wrong: ${issue.message}.`);
}
