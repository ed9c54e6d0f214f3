import { parseArgs } from 'node:util';
import type { EmulatorOptions } from '../options.ts';
import { PROFILE_NAMES } from '../profile.ts';
import { VOICE_CHOICES } from '../voice/choose-voice.ts';
import { parseFault } from './parse-fault.ts';
import { CliUsageError } from './usage-error.ts';

/** A request to run, with everything that was given. */
export interface CliRun {
  readonly action: 'run';
  readonly options: EmulatorOptions;
  /** Folder of phrases, or `fixtures`; `null` for none. */
  readonly phrases: string | null;
  readonly verbose: boolean;
}

/** What the command line asks for. */
export type CliRequest = CliRun | { readonly action: 'help' | 'version' };

const DEFAULT_PORT = 9_090;

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  profile: { type: 'string' },
  seed: { type: 'string' },
  voice: { type: 'string' },
  phrases: { type: 'string' },
  'max-connection-seconds': { type: 'string' },
  'goaway-notice-seconds': { type: 'string' },
  'time-scale': { type: 'string' },
  'api-key': { type: 'string', multiple: true },
  fault: { type: 'string', multiple: true },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** @throws {@link CliUsageError} */
export function parseArguments(args: readonly string[]): CliRequest {
  const values = readValues(args);
  if (values.help) return { action: 'help' };
  if (values.version) return { action: 'version' };
  return {
    action: 'run',
    phrases: values.phrases ?? null,
    verbose: values.verbose ?? false,
    options: withoutUndefined({
      port: wholeNumber('port', values.port, 65_535) ?? DEFAULT_PORT,
      host: values.host,
      profile: oneOf('profile', values.profile, PROFILE_NAMES),
      seed: wholeNumber('seed', values.seed, Number.MAX_SAFE_INTEGER),
      voice: oneOf('voice', values.voice, VOICE_CHOICES) ?? 'auto',
      maxConnectionSeconds: number('max-connection-seconds', values['max-connection-seconds'], 0),
      goAwayNoticeSeconds: number('goaway-notice-seconds', values['goaway-notice-seconds'], 0),
      timeScale: number('time-scale', values['time-scale'], 0.001),
      apiKeys: values['api-key'],
      faults: values.fault?.map(parseFault),
    }),
  };
}

function readValues(args: readonly string[]): ReturnType<typeof parse>['values'] {
  try {
    return parse(args).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliUsageError(`${why.split('. ')[0]}. Run live-emulator --help to see all options.`);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
}

function wholeNumber(name: string, text: string | undefined, highest: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= highest) return value;
  throw new CliUsageError(`--${name} is ${JSON.stringify(text)}; give a whole number from 0 to ${highest}.`);
}

function number(name: string, text: string | undefined, lowest: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= lowest) return value;
  throw new CliUsageError(`--${name} is ${JSON.stringify(text)}; give a number of at least ${lowest}.`);
}

function oneOf<T extends string>(name: string, text: string | undefined, choices: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new CliUsageError(`--${name} is ${JSON.stringify(text)}; give one of ${choices.join(', ')}.`);
}

/** An option that was not given is absent, so that its default applies. */
function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
