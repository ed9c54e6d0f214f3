import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeWav } from '../audio/wav.ts';
import type { SessionRecord } from '../session/session-record.ts';
import { INSPECTION_PAGE } from './inspection-page.ts';

/** First part of every inspection path. */
export const INSPECTION_PREFIX = '/__emulator';

const SESSION = /^\/__emulator\/sessions\/([^/]+)(?:\/(audio\.wav|spoken\.wav|pictures\/(?:last\.jpg|\d{1,9})))?$/;

/** The page runs what stands in it, and loads what this server has: nothing from elsewhere. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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
    'x-content-type-options': 'nosniff',
    // What a client sent may be a drawing with a script in it.
    'content-security-policy': type.startsWith('text/html') ? PAGE_POLICY : "default-src 'none'; sandbox",
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answer(path: string, inspected: Inspected): Answer {
  if (path === INSPECTION_PREFIX || path === `${INSPECTION_PREFIX}/`) {
    return { status: 200, type: 'text/html; charset=utf-8', body: INSPECTION_PAGE };
  }
  if (path === `${INSPECTION_PREFIX}/sessions`) {
    return json(200, { sessions: inspected.records().map((record) => record.report()) });
  }
  // A hundred reports a second are too much for a page that shows one of them.
  if (path === `${INSPECTION_PREFIX}/summary`) {
    return json(200, { sessions: inspected.records().map((record) => record.summary()) });
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
  if (part === 'spoken.wav') return { status: 200, type: 'audio/wav', body: writeWav(record.spoken()) };
  if (part === undefined) return json(200, record.report());
  const number = /\d+$/.exec(part)?.[0];
  const picture = number === undefined ? record.pictures.at(-1) : record.picture(Number(number));
  if (!picture && number !== undefined)
    return problem(404, `Session ${record.id} has no picture ${number}, or no more.`);
  if (!picture) return problem(404, `Session ${record.id} has not sent a picture.`);
  // A header takes less than a client may have put there.
  const type = /^image\/[\w.+-]+$/.test(picture.mimeType) ? picture.mimeType : 'application/octet-stream';
  return { status: 200, type, body: picture.bytes };
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
