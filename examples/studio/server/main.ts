import { resolve } from 'node:path';
import { isRoomCoreError } from '@colloquy/room-core';
import { isWildcard } from './origins.ts';
import { readSettings, SettingsError, type StudioSettings } from './settings.ts';
import { type RunningStudio, startStudio } from './studio.ts';

const WRONG_SETTINGS = 2;

const settings = settingsOrExit();
const studio = await startStudio({
  ...settings,
  data: settings.dataDirectory,
  logger: { warn: complain, error: complain },
}).catch((error: unknown) => exit(explain(error, settings), 1));

console.log(`Knowledge Synthesizer Studio: ${studio.url} (${studio.model})`);
if (isWildcard(settings.host) && settings.publicOrigin === null) {
  console.error(
    `HOST is ${settings.host}, but PUBLIC_ORIGIN is not set: only pages opened as ${studio.url} or http://localhost:` +
      `${studio.port} may use it. Set PUBLIC_ORIGIN to the address that people open.`,
  );
}
stopOnSignals(studio);

function settingsOrExit(): StudioSettings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof SettingsError) return exit(error.message, WRONG_SETTINGS);
    throw error;
  }
}

/** The first signal lets people finish, a second one does not. */
function stopOnSignals(running: RunningStudio): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    running.close().then(
      () => process.exit(0),
      (error: unknown) => exit(`The studio could not stop cleanly: ${String(error)}`, 1),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

function explain(error: unknown, { host, port, dataDirectory }: StudioSettings): string {
  if (isRoomCoreError(error) && error.code === 'ERR_STORE_LOCKED') {
    return (
      `COLLOQUY_DATA is ${resolve(dataDirectory)}, which another process uses. Stop that one, or set COLLOQUY_DATA to ` +
      `another folder. (${error.message})`
    );
  }
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE')
    return `PORT is ${port}, which is in use on ${host}. Stop the other program, or set PORT to another one.`;
  if (code === 'EACCES' && isListenError(error))
    return `PORT is ${port}, which this user may not open. Set PORT to one from 1024.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is ${host}, which is no address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.`;
  }
  return error instanceof Error ? error.message : String(error);
}

function isListenError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

function complain(message: string, details?: Readonly<Record<string, unknown>>): void {
  const { error, ...rest } = details ?? {};
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  console.error(`${message}${more}${error instanceof Error ? `: ${error.message}` : ''}`);
}

function exit(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}
