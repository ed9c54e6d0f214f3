import { LiveEmulatorError } from '../errors.ts';
import type { RecordingHeader, RecordingLine } from './recording-line.ts';

/** A recording as it is read. */
export interface Recording {
  readonly header: RecordingHeader;
  /** Everything behind the header, in order. */
  readonly lines: readonly Exclude<RecordingLine, RecordingHeader>[];
}

/**
 * Reads the text of a recording. A last line that was cut off, as by a crash while it was written, is left out.
 *
 * @throws {@link LiveEmulatorError} `ERR_EMULATOR_RECORDING` that names the line.
 */
export function readRecording(text: string): Recording {
  const texts = text.split('\n');
  const last = texts.length - 1;
  const lines = texts.flatMap((line, index) => (line.trim() === '' ? [] : readLine(line, index, index === last)));
  const [header, ...rest] = lines;
  if (header?.type !== 'header') throw unreadable(1, 'it is no header');
  if (header.format !== 'gemini-live-recording' || header.version !== 1) {
    throw unreadable(1, `its format is ${String(header.format)}, version ${String(header.version)}`);
  }
  return {
    header,
    lines: rest.map((line, index) => {
      if (line.type === 'header') throw unreadable(index + 2, 'it is a second header');
      return line;
    }),
  };
}

function readLine(text: string, index: number, isCutAllowed: boolean): RecordingLine[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (isCutAllowed && index > 0) return [];
    throw unreadable(index + 1, 'it is no JSON', cause);
  }
  const problem = problemOf(value);
  if (problem !== null) throw unreadable(index + 1, problem);
  return [value as RecordingLine];
}

const FIELDS: Readonly<Record<RecordingLine['type'], Readonly<Record<string, string>>>> = {
  header: { startedAt: 'string' },
  open: { atMs: 'number', connection: 'number', path: 'string' },
  refused: { atMs: 'number', connection: 'number', path: 'string' },
  token: { atMs: 'number', path: 'string' },
  client: { atMs: 'number', connection: 'number', frame: 'string' },
  server: { atMs: 'number', connection: 'number', frame: 'string' },
  close: { atMs: 'number', connection: 'number', by: 'string', code: 'number', reason: 'string' },
};

function problemOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it is no object';
  const fields = value as Readonly<Record<string, unknown>>;
  const expected = Object.hasOwn(FIELDS, String(fields.type)) ? FIELDS[fields.type as RecordingLine['type']] : null;
  if (!expected) return `its type is ${JSON.stringify(fields.type)}`;
  const wrong = Object.entries(expected).find(([name, type]) => typeof fields[name] !== type);
  return wrong ? `its ${wrong[0]} is ${JSON.stringify(fields[wrong[0]])}` : null;
}

function unreadable(line: number, why: string, cause?: unknown): LiveEmulatorError {
  return new LiveEmulatorError(
    'ERR_EMULATOR_RECORDING',
    `Line ${line} of the recording cannot be read: ${why}. Give a file that live-emulator record has written.`,
    { cause },
  );
}
