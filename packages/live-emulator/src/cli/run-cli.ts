import { pathToFileURL } from 'node:url';
import { type Emulator, startEmulator } from '../emulator.ts';
import { isLiveEmulatorError } from '../errors.ts';
import { loadFixturePhrases, loadPhrases } from '../fixture-phrases.ts';
import { PhraseTranscriber } from '../transcriber/phrase-transcriber.ts';
import { type CliRun, parseArguments } from './arguments.ts';
import { HELP } from './help.ts';
import { record, replay } from './run-recording.ts';
import { CliUsageError } from './usage-error.ts';

/** What the command line program touches of its process. */
export interface CliProcess {
  readonly args: readonly string[];
  readonly version: string;
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  /** Resolves when somebody asks the program to stop. */
  readonly stopped: Promise<void>;
}

/** Runs the program; resolves with its exit code. */
export async function runCli(process: CliProcess): Promise<number> {
  try {
    const request = parseArguments(process.args);
    switch (request.action) {
      case 'run':
        await serve(request, process);
        break;
      case 'record':
        await record(request, process);
        break;
      case 'replay':
        await replay(request, process);
        break;
      case 'help':
        process.out(HELP.trimEnd());
        break;
      case 'version':
        process.out(process.version);
        break;
      default:
        request satisfies never;
    }
    return 0;
  } catch (error) {
    if (error instanceof CliUsageError) {
      process.error(`live-emulator: ${error.message}`);
      return 2;
    }
    if (!isLiveEmulatorError(error)) throw error;
    process.error(`live-emulator: ${error.message}`);
    return 1;
  }
}

async function serve(request: CliRun, process: CliProcess): Promise<void> {
  const phrases = await loadRequested(request.phrases);
  const emulator = await startEmulator({
    ...request.options,
    transcriber: new PhraseTranscriber({ phrases }),
    logger: {
      error: (message, cause) => process.error(`${message} ${cause instanceof Error ? cause.message : ''}`.trimEnd()),
      ...(request.verbose ? { debug: process.out, warn: process.out } : {}),
    },
  });
  announce(emulator, process);
  await process.stopped;
  await emulator.close();
}

async function loadRequested(phrases: string | null): ReturnType<typeof loadPhrases> {
  if (phrases === null) return [];
  if (phrases === 'fixtures') return loadFixturePhrases();
  return loadPhrases(pathToFileURL(phrases.endsWith('/') ? phrases : `${phrases}/`));
}

function announce(emulator: Emulator, process: CliProcess): void {
  process.out(`live-emulator ${process.version} listens on ${emulator.url}`);
  process.out(`  Gemini API  new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: '${emulator.url}' } })`);
  process.out(
    `  WebSocket   ${emulator.wsUrl}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent`,
  );
  process.out(`  Sessions    ${emulator.url}/__emulator/`);
}
