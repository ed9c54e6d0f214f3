import type { RoomInfo } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { timeWords } from './time.ts';
import { toJson } from './to-json.ts';
import { type ReadLog, toMarkdown } from './to-markdown.ts';
import { toWebVtt } from './to-webvtt.ts';

/** What a room is exported as: everything, minutes for people, captions of what was spoken. */
export type ExportFormat = 'json' | 'markdown' | 'webvtt';

/** Options of `RoomManager.export`. */
export interface ExportOptions {
  /** IANA name of the zone that the times of minutes are in. @defaultValue `'UTC'` */
  readonly timeZone?: string;
  /** Where captions count from, in milliseconds since the Unix epoch: the beginning of a recording, say. @defaultValue the first word */
  readonly origin?: number;
}

/** A room on its way into a file. */
export interface RoomExport {
  /** With the character set. */
  readonly contentType: string;
  /** Such as `Panel 2026-11-28.md`: the name of the room and the day it began. */
  readonly fileName: string;
  /** The file, piece by piece; read once. Fails with what the engine fails with. */
  readonly chunks: AsyncIterable<string>;
}

const FORMATS = {
  json: { contentType: 'application/json; charset=utf-8', extension: 'json' },
  markdown: { contentType: 'text/markdown; charset=utf-8', extension: 'md' },
  webvtt: { contentType: 'text/vtt; charset=utf-8', extension: 'vtt' },
} as const satisfies Readonly<Record<ExportFormat, { readonly contentType: string; readonly extension: string }>>;

/** @throws RoomCoreError `ERR_ROOM_INPUT` for a format or a zone that is none. */
export function exportLog(
  room: RoomInfo,
  readLog: ReadLog,
  format: ExportFormat,
  { timeZone = 'UTC', origin, now }: ExportOptions & { readonly now: number },
): RoomExport {
  if (!Object.hasOwn(FORMATS, format)) {
    const names = Object.keys(FORMATS).join(', ');
    throw new RoomCoreError('ERR_ROOM_INPUT', `"format" must be one of ${names}; it is ${JSON.stringify(format)}.`);
  }
  if (origin !== undefined && !Number.isSafeInteger(origin)) {
    throw new RoomCoreError('ERR_ROOM_INPUT', `"origin" must be a whole number of milliseconds; it is ${origin}.`);
  }
  const words = toTimeWords(timeZone);
  const { contentType, extension } = FORMATS[format];
  const fileName = `${fileNameOf(room.name)} ${words.date(room.createdAt)}.${extension}`;
  switch (format) {
    case 'json':
      return { contentType, fileName, chunks: toJson(room, readLog(), now) };
    case 'markdown':
      return { contentType, fileName, chunks: toMarkdown(room, readLog, words) };
    case 'webvtt':
      return { contentType, fileName, chunks: toWebVtt(readLog(), origin ?? null) };
  }
}

function toTimeWords(timeZone: string): ReturnType<typeof timeWords> {
  try {
    return timeWords(timeZone);
  } catch (cause) {
    throw new RoomCoreError(
      'ERR_ROOM_INPUT',
      `"timeZone" must be a zone such as Europe/Prague; it is ${JSON.stringify(timeZone)}.`,
      { cause },
    );
  }
}

/** What every file system takes. */
function fileNameOf(name: string): string {
  const safe = name
    .replace(/[\p{C}/\\:*?"<>|]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+|\.+$/g, '');
  return safe.slice(0, 60).toWellFormed().trim() || 'room';
}
