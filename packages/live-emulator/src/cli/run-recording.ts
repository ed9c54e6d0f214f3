import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { LiveEmulatorError } from '../errors.ts';
import { startPlayer } from '../recording/player.ts';
import { readRecording } from '../recording/read-recording.ts';
import { startRecorder } from '../recording/recorder.ts';
import type { CliRecord, CliReplay } from './arguments.ts';
import type { CliProcess } from './run-cli.ts';
import { CliUsageError } from './usage-error.ts';

/** Runs a recorder until the program is stopped. */
export async function record(request: CliRecord, process: CliProcess): Promise<void> {
  const file = await createFile(request.out);
  try {
    file.on('error', (error) => process.error(`${request.out} can be written no more: ${error.message}`));
    const recorder = await startRecorder({ ...request.options, write: (line) => file.write(`${line}\n`) });
    process.out(`live-emulator ${process.version} records ${request.options.upstream} on ${recorder.url}`);
    process.out(`  to ${request.out}; stop with Ctrl+C`);
    await process.stopped;
    await recorder.close();
  } catch (error) {
    if (error instanceof TypeError) throw new CliUsageError(`--${error.message}`);
    throw error;
  } finally {
    await new Promise<void>((resolve) => file.end(resolve));
  }
}

/** Runs a player until the program is stopped. */
export async function replay(request: CliReplay, process: CliProcess): Promise<void> {
  const recording = readRecording(await readText(request.file));
  const player = await startPlayer({ ...request.options, recording, logger: { warn: process.out } });
  process.out(`live-emulator ${process.version} plays ${request.file} on ${player.url}`);
  await process.stopped;
  await player.close();
}

/** A new file: a recording cannot be made again, so none is overwritten. */
function createFile(path: string): Promise<WriteStream> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why = cause.code === 'EEXIST' ? 'it exists already' : cause.message;
      const remedy =
        cause.code === 'EEXIST' ? 'Give another name, or delete it' : 'Give a folder that you may write to';
      reject(
        new LiveEmulatorError('ERR_EMULATOR_RECORDING', `The recording ${path} cannot be begun: ${why}. ${remedy}.`, {
          cause,
        }),
      );
    };
    file.once('error', fail);
    file.once('open', () => {
      file.off('error', fail);
      resolve(file);
    });
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LiveEmulatorError(
      'ERR_EMULATOR_RECORDING',
      `The recording ${path} cannot be read: ${why}. Give a file that live-emulator record has written.`,
      { cause },
    );
  }
}
