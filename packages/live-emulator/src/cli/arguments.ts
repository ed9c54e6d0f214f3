import { parseArgs } from 'node:util';
import { checkFault, type Fault, type FaultAction } from '../faults/fault.ts';
import type { EmulatorOptions } from '../options.ts';
import { PROFILE_NAMES } from '../profile.ts';
import { VOICE_CHOICES } from '../voice/choose-voice.ts';

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

/** A command line that cannot be obeyed; the message names the option, the value and the remedy. */
export class CliUsageError extends Error {
  override readonly name = 'CliUsageError';
}

const DEFAULT_PORT = 9_090;
/** Seconds that `goAway@30s` announces. */
const DEFAULT_GO_AWAY_SECONDS = 50;

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

/** `goAway@30s`, `goAway:10@30s`, `drop@5s`, `close:1011:reason@5s`, or the name of a documented close: `quota@5s`. */
function parseFault(text: string): Fault {
  const [, what = '', seconds = ''] = /^(.+)@(\d+(?:\.\d+)?)s?$/s.exec(text) ?? [];
  if (what === '') {
    throw new CliUsageError(`--fault is ${JSON.stringify(text)}; give what and when, such as goAway@30s or drop@5s.`);
  }
  try {
    const fault = { action: parseAction(what), afterSeconds: Number(seconds) };
    checkFault(fault);
    return fault;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^faults: /, '') : String(error);
    throw new CliUsageError(`--fault is ${JSON.stringify(text)}: ${why}`);
  }
}

function parseAction(what: string): FaultAction {
  const [type = '', first, ...rest] = what.split(':');
  switch (type) {
    case 'goAway':
      return { type, seconds: first === undefined ? DEFAULT_GO_AWAY_SECONDS : Number(first) };
    case 'drop':
      return { type };
    case 'close':
      return { type, code: Number(first), reason: rest.join(':') };
    default:
      return { type: 'closeLike', name: type };
  }
}

/** An option that was not given is absent, so that its default applies. */
function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
