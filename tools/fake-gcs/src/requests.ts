import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Operation } from './faults.ts';

/** One request of the JSON API, taken apart. */
export interface ApiRequest {
  readonly operation: Operation;
  readonly bucket: string;
  /** Name of the object, or prefix of a listing. */
  readonly name: string;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Of a copy: where to. */
  readonly target: { readonly bucket: string; readonly name: string } | null;
}

/** @throws ApiError 404 for a path that is none of the API. */
export function readRequest(method: string, url: string, headers: IncomingHttpHeaders, body: Buffer): ApiRequest {
  const { pathname, searchParams: query } = new URL(url, 'http://fake');
  const upload = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(pathname);
  const common = { method, query, headers, body, target: null };
  if (upload) {
    return { ...common, operation: 'insert', bucket: decode(upload[1]), name: query.get('name') ?? '' };
  }
  // Without the prefix: a client that was given the address by `STORAGE_EMULATOR_HOST`.
  const found = /^(?:\/storage\/v1)?\/b(?:\/([^/]+))?(\/.*)?$/.exec(pathname);
  if (!found) throw unknownPath(pathname);
  const [, bucket, rest = ''] = found;
  if (rest === '') return { ...common, operation: 'bucket', bucket: decode(bucket), name: '' };
  if (rest === '/o' && method === 'GET') {
    return { ...common, operation: 'list', bucket: decode(bucket), name: query.get('prefix') ?? '' };
  }
  const [, name, verb] = /^\/o\/([^/]+)(\/.+)?$/.exec(rest) ?? [];
  if (name === undefined) throw unknownPath(pathname);
  const object = { ...common, bucket: decode(bucket), name: decode(name) };
  if (verb === undefined) return { ...object, operation: objectOperation(method, query) };
  if (verb === '/compose' && method === 'POST') return { ...object, operation: 'compose' };
  const [, toBucket, toName] = /^\/rewriteTo\/b\/([^/]+)\/o\/([^/]+)$/.exec(verb) ?? [];
  if (toName === undefined || method !== 'POST') throw unknownPath(pathname);
  return { ...object, operation: 'copy', target: { bucket: decode(toBucket), name: decode(toName) } };
}

function objectOperation(method: string, query: URLSearchParams): Operation {
  if (method === 'GET') return query.get('alt') === 'media' ? 'download' : 'get';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return 'delete';
  throw new ApiError(405, 'methodNotAllowed', `Method ${method} is not for an object`);
}

function decode(part = ''): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError(400, 'invalid', `Malformed percent escape: ${part}`);
  }
}

function unknownPath(pathname: string): ApiError {
  return new ApiError(404, 'notFound', `Not Found: ${pathname}`);
}
