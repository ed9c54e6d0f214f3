import { resolve } from 'node:path';
import { isRoomCoreError } from '@colloquy/room-core';
import { type ListenAddress, ListenError } from './listen.ts';
import { isWildcard } from './origins.ts';
import { type Environment, readSettings, SettingsError, type StudioSettings } from './settings.ts';
import { type RunningStudio, type StudioOptions, startStudio } from './studio.ts';

/** Exit code for a variable that has to be changed. */
const WRONG_SETTINGS = 2;
/** Exit code for everything else that keeps the studio from serving. */
const CANNOT_START = 1;

/** What {@link runCommand} works with. */
export interface CommandOptions extends Pick<StudioOptions, 'assets'> {
  readonly environment: Environment;
  /** Called before anybody is told that it serves: whoever reads that may send a signal at once. */
  readonly onServing?: (studio: RunningStudio) => void;
  /** One line for people. */
  readonly print: (line: string) => void;
  /** One line about what is wrong. */
  readonly complain: (line: string) => void;
}

/** Starts the studio as the environment says; answers it, or the code to exit with. */
export async function runCommand({
  environment,
  assets,
  onServing,
  print,
  complain,
}: CommandOptions): Promise<RunningStudio | number> {
  let settings: StudioSettings;
  try {
    settings = readSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    complain(error.message);
    return WRONG_SETTINGS;
  }
  try {
    const logger = { warn: report(complain), error: report(complain) };
    const studio = await startStudio({ ...settings, assets, logger });
    onServing?.(studio);
    print(`Knowledge Synthesizer Studio: ${studio.url} (${studio.model})`);
    warnOfOrigins(settings, studio, complain);
    return studio;
  } catch (error) {
    complain(explain(error, settings));
    return CANNOT_START;
  }
}

/** Stops a studio when the process is asked to end: the first signal lets people finish, a second one does not. */
export function stopOnSignals(studio: RunningStudio, complain: (line: string) => void): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) process.exit(CANNOT_START);
    isStopping = true;
    studio.close().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(`The studio could not stop cleanly: ${String(error)}`);
        process.exit(CANNOT_START);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

function warnOfOrigins(
  { host, publicOrigin }: StudioSettings,
  { url, port }: RunningStudio,
  complain: (line: string) => void,
): void {
  if (!isWildcard(host) || publicOrigin !== null) return;
  complain(
    `HOST is ${host}, but PUBLIC_ORIGIN is not set: only pages opened as ${url} or http://localhost:${port} may use the ` +
      'studio. Set PUBLIC_ORIGIN to the address that people open.',
  );
}

function explain(error: unknown, { host, port, dataDirectory, store, redis }: StudioSettings): string {
  if (isRoomCoreError(error) && error.code === 'ERR_STORE_LOCKED') {
    return (
      `COLLOQUY_DATA is ${resolve(dataDirectory)}, which another process uses. Stop that process, or set COLLOQUY_DATA ` +
      `to another folder. (${error.message})`
    );
  }
  const unavailable = isRoomCoreError(error) && error.code === 'ERR_STORE_UNAVAILABLE';
  if (redis !== null && unavailable && (!store || error.message.startsWith('Redis'))) {
    return `COLLOQUY_ENGINE is a Redis that cannot be used. Check its address, its password and that it runs. (${error.message})`;
  }
  // The client of the bucket tells of a missing bucket or permission by the service's own status.
  if (store && (unavailable || /^40[134]$/.test(String((error as { code?: unknown }).code)))) {
    return (
      `COLLOQUY_STORE is gcs://${store.bucket}/${store.prefix}, which cannot be used. Check that the bucket is there and ` +
      `that this service may read, create and delete objects in it. (${(error as Error).message})`
    );
  }
  if (unavailable) {
    return (
      `COLLOQUY_DATA is ${resolve(dataDirectory)}, which cannot be used. Set COLLOQUY_DATA to a folder that this user may ` +
      `write to. (${error.message})`
    );
  }
  if (error instanceof ListenError) return explainAddress(error, { host, port });
  return error instanceof Error ? error.message : String(error);
}

/** In the words of whoever sets variables. */
function explainAddress({ code, message }: ListenError, { host, port }: ListenAddress): string {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT is ${port}, which is in use on ${host}. Stop the other program, or set PORT to another one.`;
    case 'EACCES':
      return `PORT is ${port}, which this user may not open. Set PORT to one from 1024.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is no address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.`;
    default:
      return message;
  }
}

function report(
  complain: (line: string) => void,
): (message: string, details?: Readonly<Record<string, unknown>>) => void {
  return (message, details = {}) => {
    const { error, ...rest } = details;
    const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
    complain(
      `${message}${more}${error === undefined ? '' : `: ${error instanceof Error ? error.message : String(error)}`}`,
    );
  };
}
