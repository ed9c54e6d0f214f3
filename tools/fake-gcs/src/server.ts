import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from './api-error.ts';
import type { Fault, FaultPlan, Operation } from './faults.ts';
import { dropPreconditions } from './preconditions.ts';
import { type ApiRequest, readRequest } from './requests.ts';
import { type ApiResponse, StorageApi } from './storage-api.ts';

/** How the fake behaves. */
export interface FakeGcsOptions {
  /** TCP port on the loopback interface; `0` takes any free one. @defaultValue 0 */
  readonly port?: number;
  /** Buckets that exist from the start. @defaultValue ['bucket'] */
  readonly buckets?: readonly string[];
  /** Whether a second write of one name within a second is answered with 429, as Google does. @defaultValue false */
  readonly writeRate?: boolean;
  /** `false` ignores every precondition, as other emulators do: for controls that must fail. @defaultValue true */
  readonly preconditions?: boolean;
  /** What goes wrong. @defaultValue nothing */
  readonly plan?: FaultPlan;
  /** Milliseconds since the epoch, for times, generations and the write rate. @defaultValue Date.now */
  readonly now?: () => number;
}

/** A running fake. */
export interface FakeGcs {
  /** For the client's `apiEndpoint` option. */
  readonly endpoint: string;
  /** Requests that came in, by operation, those that a fault hit included. */
  readonly counts: Readonly<Record<Operation, number>>;
  /** What goes wrong from now on; `null` for nothing. */
  setPlan(plan: FaultPlan | null): void;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Starts Google Cloud Storage's JSON API on the loopback interface, in memory. */
export async function startFakeGcs(options: FakeGcsOptions = {}): Promise<FakeGcs> {
  const { port = 0, buckets = ['bucket'], writeRate = false, preconditions = true, now = Date.now } = options;
  const api = new StorageApi({ now, writeRate });
  for (const bucket of buckets) api.createBucket(bucket);
  const counts: Record<Operation, number> = {
    ...{ get: 0, download: 0, insert: 0, compose: 0, copy: 0, patch: 0, delete: 0, list: 0, bucket: 0 },
  };
  let plan: FaultPlan | null = options.plan ?? null;
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => answer(request, response, body))
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: actual } = server.address() as AddressInfo;

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    let read: ApiRequest;
    try {
      read = readRequest(request.method ?? 'GET', request.url ?? '/', request.headers, body);
    } catch (error) {
      send(response, toResponse(error));
      return;
    }
    if (!preconditions) dropPreconditions(read.query);
    counts[read.operation] += 1;
    const fault = plan?.({ operation: read.operation, name: read.name }) ?? null;
    perform(api, read, fault, response);
  }

  let closing: Promise<void> | null = null;
  return {
    endpoint: `http://127.0.0.1:${actual}`,
    counts,
    setPlan: (next) => {
      plan = next;
    },
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

function perform(api: StorageApi, request: ApiRequest, fault: Fault | null, response: ServerResponse): void {
  switch (fault?.kind) {
    case undefined:
      send(response, respond(api, request));
      break;
    case 'reset-before':
      response.socket?.destroy();
      break;
    case 'reset-after':
      respond(api, request);
      response.socket?.destroy();
      break;
    case 'status':
      send(response, toResponse(new ApiError(fault.status, 'backendError', `Injected ${fault.status}`)));
      break;
    case 'delay':
      setTimeout(() => send(response, respond(api, request)), fault.ms);
      break;
    case 'truncate': {
      const { status, headers, body } = respond(api, request);
      response.writeHead(status, { ...headers, 'content-length': body.length });
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
      break;
    }
    case 'corrupt': {
      const whole = respond(api, request);
      const body = Buffer.from(whole.body);
      const middle = body.length >> 1;
      if (body.length > 0) body[middle] = (body[middle] ?? 0) ^ 0xff;
      send(response, { ...whole, body });
      break;
    }
    default:
      fault satisfies never;
  }
}

function respond(api: StorageApi, request: ApiRequest): ApiResponse {
  try {
    return api.handle(request);
  } catch (error) {
    return toResponse(error);
  }
}

function toResponse(error: unknown): ApiResponse {
  const told = error instanceof ApiError ? error : new ApiError(500, 'internalError', String(error));
  const body = Buffer.from(told.status === 304 ? '' : told.toJson());
  return { status: told.status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body };
}

function send(response: ServerResponse, { status, headers, body }: ApiResponse): void {
  if (response.destroyed) return;
  const length = status === 204 || status === 304 ? {} : { 'content-length': body.length };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('The body is too large for the fake.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
