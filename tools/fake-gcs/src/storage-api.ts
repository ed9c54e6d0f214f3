import type { OutgoingHttpHeaders } from 'node:http';
import { ApiError, notFound } from './api-error.ts';
import { parseMultipart, parseResource } from './multipart.ts';
import { applyFields, type ObjectFields, ObjectStore, type StoredObject } from './object-store.ts';
import { readPreconditions, UNCONDITIONAL } from './preconditions.ts';
import type { ApiRequest } from './requests.ts';
import { ResumableUploads } from './resumable-uploads.ts';
import { WriteRate } from './write-rate.ts';

/** What a request is answered with. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** How strict the service is. */
export interface StorageApiOptions {
  readonly now: () => number;
  /** Whether a second write of a name within a second is answered with 429. */
  readonly writeRate: boolean;
}

/** The JSON API over buckets in memory: one call, one atomic change. */
export class StorageApi {
  readonly #buckets = new Map<string, { readonly store: ObjectStore; readonly rate: WriteRate }>();
  readonly #uploads = new ResumableUploads();
  readonly #options: StorageApiOptions;

  constructor(options: StorageApiOptions) {
    this.#options = options;
  }

  createBucket(name: string): void {
    const { now } = this.#options;
    this.#buckets.set(name, { store: new ObjectStore(now), rate: new WriteRate(now) });
  }

  /** @throws ApiError */
  handle(request: ApiRequest): ApiResponse {
    const { operation, bucket, name, query } = request;
    switch (operation) {
      case 'bucket':
        return this.#bucket(request);
      case 'list':
        return this.#list(request);
      case 'get':
        return json(200, toResource(bucket, this.#store(bucket).get(name, query.get('generation'), conditions(query))));
      case 'download':
        return this.#download(request);
      case 'insert':
        return this.#insert(request);
      case 'compose':
        return this.#compose(request);
      case 'copy':
        return this.#copy(request);
      case 'patch': {
        this.#take(bucket, name);
        const changes = parseResource(request.body.toString());
        return json(200, toResource(bucket, this.#store(bucket).patch(name, changes, conditions(query))));
      }
      case 'delete':
        this.#store(bucket).delete(name, query.get('generation'), conditions(query));
        return { status: 204, headers: {}, body: Buffer.alloc(0) };
      default:
        operation satisfies never;
        throw notFound('method');
    }
  }

  #bucket({ method, bucket, body }: ApiRequest): ApiResponse {
    if (method === 'GET') {
      this.#store(bucket);
      return json(200, { kind: 'storage#bucket', id: bucket, name: bucket, metageneration: '1' });
    }
    if (method !== 'POST') throw new ApiError(405, 'methodNotAllowed', `Method ${method} is not for a bucket`);
    const { name } = parseResource(body.toString());
    if (typeof name !== 'string' || name === '') throw new ApiError(400, 'required', 'Required parameter: name');
    if (this.#buckets.has(name)) throw new ApiError(409, 'conflict', 'Your previous request to create it succeeded.');
    this.createBucket(name);
    return json(200, { kind: 'storage#bucket', id: name, name, metageneration: '1' });
  }

  #list({ bucket, query }: ApiRequest): ApiResponse {
    const maxResults = Number(query.get('maxResults') ?? 1000);
    if (!Number.isInteger(maxResults) || maxResults < 1) {
      throw new ApiError(400, 'invalid', `Invalid value for maxResults: ${query.get('maxResults')}`);
    }
    const page = this.#store(bucket).list({
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter'),
      startOffset: query.get('startOffset'),
      endOffset: query.get('endOffset'),
      maxResults,
      pageToken: query.get('pageToken'),
    });
    return json(200, {
      kind: 'storage#objects',
      ...(page.prefixes.length > 0 && { prefixes: page.prefixes }),
      ...(page.objects.length > 0 && { items: page.objects.map((object) => toResource(bucket, object)) }),
      ...(page.nextPageToken !== null && { nextPageToken: page.nextPageToken }),
    });
  }

  #download({ bucket, name, query, headers }: ApiRequest): ApiResponse {
    const object = this.#store(bucket).get(name, query.get('generation'), conditions(query));
    const common = {
      'content-type': object.fields.contentType ?? 'application/octet-stream',
      ...(object.fields.contentEncoding !== undefined && { 'content-encoding': object.fields.contentEncoding }),
      'x-goog-generation': object.generation,
      'x-goog-metageneration': object.metageneration,
      'x-goog-hash': `crc32c=${object.crc32c}${object.md5Hash === null ? '' : `,md5=${object.md5Hash}`}`,
      'x-goog-stored-content-length': object.bytes.length,
      'x-goog-stored-content-encoding': object.fields.contentEncoding ?? 'identity',
    };
    const range = readRange(headers.range, object.bytes.length);
    if (!range) return { status: 200, headers: common, body: object.bytes };
    return {
      status: 206,
      headers: { ...common, 'content-range': `bytes ${range.start}-${range.end}/${object.bytes.length}` },
      body: object.bytes.subarray(range.start, range.end + 1),
    };
  }

  #insert(request: ApiRequest): ApiResponse {
    const { bucket, query, headers, body, method } = request;
    const kind = query.get('uploadType');
    if (kind === 'resumable') return method === 'POST' ? this.#beginUpload(request) : this.#continueUpload(request);
    if (kind !== 'multipart' && kind !== 'media') throw new ApiError(400, 'invalid', `Unknown uploadType: ${kind}`);
    const parts =
      kind === 'multipart'
        ? parseMultipart(headers['content-type'] ?? '', body)
        : { resource: {}, contentType: headers['content-type'] ?? null, bytes: body };
    const name = nameOf(request, parts.resource);
    this.#take(bucket, name);
    const fields = toFields(parts.resource, parts.contentType);
    const checksum = typeof parts.resource.crc32c === 'string' ? parts.resource.crc32c : null;
    const stored = this.#store(bucket).insert(name, parts.bytes, fields, conditions(query), checksum);
    return json(200, toResource(bucket, stored));
  }

  #beginUpload(request: ApiRequest): ApiResponse {
    const { bucket, query, headers, body } = request;
    const resource = parseResource(body.toString());
    const type = headers['x-upload-content-type'];
    const store = this.#store(bucket);
    const name = nameOf(request, resource);
    const wanted = conditions(query);
    // Google refuses a condition that cannot hold already here; it is checked again when the upload is whole.
    if (wanted.ifGenerationMatch === '0' && has(store, name)) store.insert(name, Buffer.alloc(0), {}, wanted);
    const fields = toFields(resource, typeof type === 'string' ? type : null);
    const id = this.#uploads.begin({ bucket, name, fields, conditions: wanted });
    const location = `http://${headers.host}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?uploadType=resumable&upload_id=${id}`;
    return { status: 200, headers: { location }, body: Buffer.alloc(0) };
  }

  #continueUpload({ query, headers, body }: ApiRequest): ApiResponse {
    const id = query.get('upload_id') ?? '';
    const whole = this.#uploads.take(id, headers['content-range'], body);
    const upload = this.#uploads.get(id);
    if (!whole) {
      const range = upload.bytes.length > 0 ? { range: `bytes=0-${upload.bytes.length - 1}` } : {};
      return { status: 308, headers: range, body: Buffer.alloc(0) };
    }
    this.#take(upload.bucket, upload.name);
    const store = this.#store(upload.bucket);
    const stored = store.insert(upload.name, upload.bytes, upload.fields, upload.conditions);
    this.#uploads.end(id);
    return json(200, toResource(upload.bucket, stored));
  }

  #compose({ bucket, name, query, body }: ApiRequest): ApiResponse {
    const resource = parseResource(body.toString());
    const sources = Array.isArray(resource.sourceObjects) ? resource.sourceObjects : [];
    this.#take(bucket, name);
    const stored = this.#store(bucket).compose(
      name,
      sources.map((source) => ({
        name: String(source?.name ?? ''),
        generation: source?.generation === undefined ? null : String(source.generation),
        ifMatch: source?.objectPreconditions?.ifGenerationMatch?.toString() ?? null,
      })),
      toFields(asRecord(resource.destination), null),
      conditions(query),
    );
    return json(200, toResource(bucket, stored));
  }

  #copy({ bucket, name, query, target }: ApiRequest): ApiResponse {
    if (!target) throw notFound('target');
    const source = this.#store(bucket).get(name, query.get('sourceGeneration'));
    this.#take(target.bucket, target.name);
    const stored = this.#store(target.bucket).insert(target.name, source.bytes, source.fields, conditions(query));
    const size = String(stored.bytes.length);
    const resource = toResource(target.bucket, stored);
    return json(200, {
      kind: 'storage#rewriteResponse',
      done: true,
      objectSize: size,
      totalBytesRewritten: size,
      resource,
    });
  }

  #store(bucket: string): ObjectStore {
    const found = this.#buckets.get(bucket);
    if (!found) throw new ApiError(404, 'notFound', 'The specified bucket does not exist.');
    return found.store;
  }

  #take(bucket: string, name: string): void {
    if (this.#options.writeRate) this.#buckets.get(bucket)?.rate.take(name);
  }
}

function conditions(query: URLSearchParams) {
  return readPreconditions(query);
}

function has(store: ObjectStore, name: string): boolean {
  try {
    store.get(name, null, UNCONDITIONAL);
    return true;
  } catch {
    // a missing object is the answer
    return false;
  }
}

function nameOf({ query }: ApiRequest, resource: Readonly<Record<string, unknown>>): string {
  const name = query.get('name') ?? resource.name;
  if (typeof name !== 'string' || name === '') throw new ApiError(400, 'required', 'Required parameter: name');
  return name;
}

function toFields(resource: Readonly<Record<string, unknown>>, contentType: string | null): ObjectFields {
  return applyFields(contentType === null ? {} : { contentType }, resource);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toResource(bucket: string, object: StoredObject) {
  const { name, generation, metageneration, fields, bytes, md5Hash, componentCount } = object;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    name,
    bucket,
    generation,
    metageneration,
    ...fields,
    size: String(bytes.length),
    crc32c: object.crc32c,
    ...(md5Hash !== null && { md5Hash }),
    ...(componentCount > 0 && { componentCount }),
    etag: Buffer.from(`${generation}/${metageneration}`).toString('base64'),
    timeCreated: new Date(object.timeCreated).toISOString(),
    updated: new Date(object.updated).toISOString(),
    storageClass: 'STANDARD',
  };
}

function readRange(header: string | undefined, size: number): { start: number; end: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || start > end) {
    throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable');
  }
  return { start, end };
}

function json(status: number, value: unknown): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: Buffer.from(JSON.stringify(value)),
  };
}
