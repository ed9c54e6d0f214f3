import { parseArgs } from 'node:util';
import type { VoiceActivityOptions } from '../audio/voice-activity.ts';
import { type EmulatorOptions, resolveOptions } from '../options.ts';
import { PROFILE_NAMES } from '../profile.ts';
import type { PlayerOptions } from '../recording/player.ts';
import type { RecorderOptions } from '../recording/recorder.ts';
import type { Pacing } from '../session/pacing.ts';
import type { UnrecordedClose, UnrecordedCloses } from '../unrecorded-closes.ts';
import type { Unverified } from '../unverified.ts';
import { parseUnverified } from '../unverified-values.ts';
import { VOICE_CHOICES } from '../voice/choose-voice.ts';
import { type NamedReaders, namedValues, toNumber, toSignedNumber } from './named-values.ts';
import { numberAtLeast, oneOf, wholeNumber, withoutUndefined } from './option-values.ts';
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

/** A request to record. */
export interface CliRecord {
  readonly action: 'record';
  readonly options: Omit<RecorderOptions, 'write'>;
  /** File that is written. */
  readonly out: string;
}

/** A request to play a recording. */
export interface CliReplay {
  readonly action: 'replay';
  readonly file: string;
  readonly options: Omit<PlayerOptions, 'recording'>;
}

/** What the command line asks for. */
export type CliRequest = CliRun | CliRecord | CliReplay | { readonly action: 'help' | 'version' };

const PACING: NamedReaders<Pacing> = {
  setupMs: toNumber,
  answerMs: toNumber,
  transcriptionMs: toNumber,
  audioSpeed: toNumber,
  chunkMs: toNumber,
};
const VOICE_ACTIVITY: NamedReaders<VoiceActivityOptions> = {
  thresholdDbfs: toSignedNumber,
  prefixPaddingMs: toNumber,
  silenceDurationMs: toNumber,
};
const CLOSES: NamedReaders<UnrecordedCloses> = {
  contextFull: toClose,
  tokenExpired: toClose,
  lifetimeOver: toClose,
  setupMissing: toClose,
  resumedWhileOpen: toClose,
};

const DEFAULT_PORT = 9_090;
const SEE_HELP = 'Run live-emulator --help to see all options.';

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
  'context-window-tokens': { type: 'string' },
  'uncompressed-seconds': { type: 'string' },
  upstream: { type: 'string' },
  out: { type: 'string' },
  media: { type: 'string' },
  'api-key': { type: 'string', multiple: true },
  fault: { type: 'string', multiple: true },
  'idle-timeout-seconds': { type: 'string' },
  'resumption-seconds': { type: 'string' },
  'setup-timeout-seconds': { type: 'string' },
  'most-sessions': { type: 'string' },
  'per-message-deflate': { type: 'boolean' },
  unverified: { type: 'string', multiple: true },
  'bearer-token': { type: 'string', multiple: true },
  'max-message-bytes': { type: 'string' },
  'keep-audio-seconds': { type: 'string' },
  'keep-pictures': { type: 'string' },
  'keep-closed-sessions': { type: 'string' },
  pacing: { type: 'string', multiple: true },
  'voice-activity': { type: 'string', multiple: true },
  close: { type: 'string', multiple: true },
  'new-session-expiry-hits-resumption': { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** Options that belong to one command; all others but these belong to the emulator itself. */
const COMMAND_OPTIONS: Readonly<Record<'record' | 'replay', readonly string[]>> = {
  record: ['port', 'host', 'upstream', 'out', 'media'],
  replay: ['port', 'host', 'time-scale', 'verbose'],
};
const ONLY_RECORD = ['upstream', 'out', 'media'];

type Values = ReturnType<typeof parse>['values'];

/** @throws {@link CliUsageError} */
export function parseArguments(args: readonly string[]): CliRequest {
  const { values, positionals } = readValues(args);
  if (values.help) return { action: 'help' };
  if (values.version) return { action: 'version' };
  const [command, ...files] = positionals;
  if (command === 'record') return parseRecord(values, files);
  if (command === 'replay') return parseReplay(values, files);
  if (command !== undefined) {
    throw new CliUsageError(`The command is ${JSON.stringify(command)}; give record, replay, or none. ${SEE_HELP}`);
  }
  refuseOptions(values, (name) => !ONLY_RECORD.includes(name), 'belongs to the command record');
  return parseRun(values);
}

function parseRun(values: Values): CliRun {
  return {
    action: 'run',
    phrases: values.phrases ?? null,
    verbose: values.verbose ?? false,
    options: checkedOptions({
      ...parseAddress(values),
      profile: oneOf('profile', values.profile, PROFILE_NAMES),
      seed: wholeNumber('seed', values.seed, Number.MAX_SAFE_INTEGER),
      voice: oneOf('voice', values.voice, VOICE_CHOICES) ?? 'auto',
      maxConnectionSeconds: numberAtLeast('max-connection-seconds', values['max-connection-seconds'], 0),
      goAwayNoticeSeconds: numberAtLeast('goaway-notice-seconds', values['goaway-notice-seconds'], 0),
      timeScale: numberAtLeast('time-scale', values['time-scale'], 0.001),
      contextWindowTokens: wholeNumber(
        'context-window-tokens',
        values['context-window-tokens'],
        Number.MAX_SAFE_INTEGER,
      ),
      uncompressedSeconds: readUncompressed(values['uncompressed-seconds']),
      apiKeys: values['api-key'],
      faults: values.fault?.map(parseFault),
      idleTimeoutSeconds: numberAtLeast('idle-timeout-seconds', values['idle-timeout-seconds'], 0),
      resumptionSeconds: numberAtLeast('resumption-seconds', values['resumption-seconds'], 0),
      setupTimeoutSeconds: numberAtLeast('setup-timeout-seconds', values['setup-timeout-seconds'], 0),
      mostSessions: wholeNumber('most-sessions', values['most-sessions'], Number.MAX_SAFE_INTEGER),
      perMessageDeflate: values['per-message-deflate'],
      bearerTokens: values['bearer-token'],
      newSessionExpiryHitsResumption: values['new-session-expiry-hits-resumption'],
      ...parseBehaviour(values),
      ...parseKept(values),
      unverified: values.unverified && Object.assign({}, ...values.unverified.map(readUnverified)),
    }),
  };
}

/** What no single option can tell is told by the emulator itself: here, so that it is a wrong option and no failure. */
function checkedOptions(given: EmulatorOptions): EmulatorOptions {
  const options = withoutUndefined(given);
  try {
    resolveOptions(options);
  } catch (error) {
    throw new CliUsageError(asOption(error instanceof Error ? error.message : String(error)));
  }
  return options;
}

/** `pacing.chunkMs is 5; …` as a command line has it: `--pacing chunkMs is 5; …`. */
function asOption(message: string): string {
  return message.replace(/^([a-zA-Z]+)(?:\.(\w+))?/, (_, name: string, part?: string) => {
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^closes$/, 'close');
    return `--${option}${part === undefined ? '' : ` ${part}`}`;
  });
}

function parseBehaviour(values: Values): Pick<EmulatorOptions, 'pacing' | 'voiceActivity' | 'closes'> {
  return {
    pacing: namedValues<Pacing>('pacing', values.pacing, PACING, 'number'),
    voiceActivity: namedValues<VoiceActivityOptions>(
      'voice-activity',
      values['voice-activity'],
      VOICE_ACTIVITY,
      'number',
    ),
    closes: namedValues<UnrecordedCloses>('close', values.close, CLOSES, 'code:reason'),
  };
}

function parseKept(values: Values): Partial<EmulatorOptions> {
  const count = (name: 'max-message-bytes' | 'keep-pictures' | 'keep-closed-sessions') =>
    wholeNumber(name, values[name], Number.MAX_SAFE_INTEGER);
  return {
    maxMessageBytes: count('max-message-bytes'),
    keepAudioSeconds: numberAtLeast('keep-audio-seconds', values['keep-audio-seconds'], 0),
    keepPictures: count('keep-pictures'),
    keepClosedSessions: count('keep-closed-sessions'),
  };
}

function readUncompressed(text: string | undefined): EmulatorOptions['uncompressedSeconds'] {
  const [audio, video, ...more] = text?.split(',') ?? [];
  if (more.length > 0) {
    throw new CliUsageError(`--uncompressed-seconds is ${JSON.stringify(text)}; give one number, or two with a comma.`);
  }
  const seconds = (value: string | undefined) => numberAtLeast('uncompressed-seconds', value, 0);
  return text === undefined ? undefined : withoutUndefined({ audio: seconds(audio), video: seconds(video) });
}

function readUnverified(text: string): Partial<Unverified> {
  try {
    return parseUnverified(text);
  } catch (error) {
    throw new CliUsageError(`--unverified: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseRecord(values: Values, files: readonly string[]): CliRecord {
  refuseOptions(values, (name) => COMMAND_OPTIONS.record.includes(name), 'does not belong to the command record');
  if (values.upstream === undefined || values.out === undefined || files.length > 0) {
    throw new CliUsageError(`To record, give --upstream <url> and --out <file>, and nothing more. ${SEE_HELP}`);
  }
  return {
    action: 'record',
    out: values.out,
    options: withoutUndefined({
      ...parseAddress(values),
      upstream: values.upstream,
      media: oneOf('media', values.media, ['keep', 'fingerprint']),
    }),
  };
}

function parseReplay(values: Values, files: readonly string[]): CliReplay {
  refuseOptions(values, (name) => COMMAND_OPTIONS.replay.includes(name), 'does not belong to the command replay');
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new CliUsageError(`To replay, give the one file that was recorded. ${SEE_HELP}`);
  }
  const timeScale = numberAtLeast('time-scale', values['time-scale'], 0.001);
  return { action: 'replay', file, options: withoutUndefined({ ...parseAddress(values), timeScale }) };
}

/** `code:reason`, where the code is one that may be sent. */
function toClose(text: string): UnrecordedClose | null {
  const [, code, reason = ''] = /^(\d{4})(?::(.*))?$/s.exec(text) ?? [];
  const closeCode = Number(code);
  return code === undefined || closeCode < 1000 || closeCode > 4999 ? null : { closeCode, reason };
}

function parseAddress(values: Values): { port: number; host?: string } {
  const port = wholeNumber('port', values.port, 65_535) ?? DEFAULT_PORT;
  return values.host === undefined ? { port } : { port, host: values.host };
}

function refuseOptions(values: Values, isAllowed: (name: string) => boolean, why: string): void {
  const refused = Object.keys(values).find((name) => !isAllowed(name));
  if (refused !== undefined) throw new CliUsageError(`--${refused} ${why}. ${SEE_HELP}`);
}

function readValues(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliUsageError(`${why.split(/[.\n]/)[0]}. ${SEE_HELP}`);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: true });
}
