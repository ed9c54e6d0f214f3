import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeWav } from '../audio/wav.ts';
import type { SessionRecord } from '../session/session-record.ts';

/** First part of every inspection path. */
export const INSPECTION_PREFIX = '/__emulator';

const SESSION = /^\/__emulator\/sessions\/([^/]+)(?:\/(audio\.wav|pictures\/last\.jpg))?$/;

/** What the inspection endpoints look at. */
export interface Inspected {
  readonly records: () => readonly SessionRecord[];
  readonly record: (id: string) => SessionRecord | null;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Answers requests below {@link INSPECTION_PREFIX}; every other path is a 404 that says what there is. */
export function answerInspection(request: IncomingMessage, response: ServerResponse, inspected: Inspected): void {
  const path = (request.url ?? '/').replace(/[?#].*$/s, '');
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const { status, type, body } = isReading
    ? answer(path, inspected)
    : problem(405, `The method is ${request.method ?? 'unknown'}; inspection takes GET.`);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answer(path: string, inspected: Inspected): Answer {
  if (path === `${INSPECTION_PREFIX}/sessions`) {
    return json(200, { sessions: inspected.records().map((record) => record.report()) });
  }
  const [matched, id = '', part] = SESSION.exec(path) ?? [];
  if (matched === undefined) {
    return problem(
      404,
      `There is nothing at ${path}; try ${INSPECTION_PREFIX}/sessions, or the Live API's own paths by WebSocket.`,
    );
  }
  const record = inspected.record(decodeId(id));
  if (!record)
    return problem(404, `There is no session ${id}; ${INSPECTION_PREFIX}/sessions lists those that there are.`);
  if (part === 'audio.wav') return { status: 200, type: 'audio/wav', body: writeWav(record.heard()) };
  if (part === undefined) return json(200, record.report());
  const picture = record.pictures.at(-1);
  if (!picture) return problem(404, `Session ${record.id} has not sent a picture.`);
  return { status: 200, type: picture.mimeType, body: picture.bytes };
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value, null, 1) };
}

function problem(status: number, message: string): Answer {
  return json(status, { error: { status, message } });
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not an encoded text: it names no session either way.
    return text;
  }
}
