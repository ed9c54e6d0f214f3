import type {
  ActivityDetection,
  BargeIn,
  RoomConfiguration,
  RoomTranscription,
  Thinking,
} from '@colloquy/live-protocol';
import { wrongInput } from './wrong-input.ts';

const MAX_INSTRUCTIONS_LENGTH = 20_000;

/**
 * The configuration that `wish` gives on top of `base`: each field that it names is replaced as a whole.
 * @throws RoomCoreError `ERR_ROOM_INPUT` for a field that is wrong or unknown.
 */
export function checkConfiguration(wish: unknown, base: RoomConfiguration): RoomConfiguration {
  if (wish === undefined) return base;
  if (typeof wish !== 'object' || wish === null || Array.isArray(wish)) {
    throw wrongInput('The configuration', wish, 'must be an object');
  }
  const given = Object.entries(wish).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (!Object.hasOwn(fields, name)) {
      throw wrongInput('The configuration field', name, `is not known; fields are ${Object.keys(fields).join(', ')}`);
    }
  }
  const wanted: Record<string, unknown> = { ...base, ...Object.fromEntries(given) };
  const checked = Object.entries(fields).map(([name, check]) => [name, check(`configuration.${name}`, wanted[name])]);
  return Object.fromEntries(checked) as unknown as RoomConfiguration;
}

type Check<T> = (path: string, value: unknown) => T;

const fields: { readonly [K in keyof RoomConfiguration]: Check<RoomConfiguration[K]> } = {
  model: orNull(pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'a model id')),
  instructions: (path, value) => {
    if (typeof value === 'string' && value.length <= MAX_INSTRUCTIONS_LENGTH) return value.toWellFormed();
    throw wrongInput(path, value, `must be a string of at most ${MAX_INSTRUCTIONS_LENGTH} characters`);
  },
  voice: orNull(pattern(/^[A-Za-z][A-Za-z0-9 _-]{0,63}$/, 'a voice name')),
  language: orNull(pattern(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'a language code such as "en-US"')),
  response: orNull(choice('audio', 'text')),
  temperature: orNull(number(0, 2)),
  topP: orNull(number(0, 1)),
  topK: orNull(count(1, 1_000)),
  maxOutputTokens: orNull(count(1, 1_000_000)),
  activityDetection: object<ActivityDetection>({
    startSensitivity: orNull(choice('low', 'high')),
    endSensitivity: orNull(choice('low', 'high')),
    prefixPaddingMs: orNull(count(0, 5_000)),
    silenceDurationMs: orNull(count(0, 10_000)),
  }),
  turnCoverage: orNull(choice('activity', 'activity-and-video', 'everything')),
  proactivity: orNull(yesOrNo),
  affectiveDialog: orNull(yesOrNo),
  grounding: yesOrNo,
  thinking: object<Thinking>({
    budget: orNull(count(0, 32_768)),
    level: orNull(choice('minimal', 'low', 'medium', 'high')),
  }),
  mediaResolution: orNull(choice('low', 'medium', 'high')),
  transcription: object<RoomTranscription>({ input: yesOrNo, output: yesOrNo }),
  floor: choice('mix', 'pick', 'floor'),
  floorMode: choice('open', 'queue', 'moderated'),
  bargeIn: object<BargeIn>({ who: choice('anyone', 'hosts', 'nobody'), afterMs: number(0, 5_000) }),
  speakerCues: choice('none', 'text', 'context', 'auto'),
};

function orNull<T>(check: Check<T>): Check<T | null> {
  return (path, value) => (value === null ? null : check(path, value));
}

function yesOrNo(path: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw wrongInput(path, value, 'must be true or false');
}

function choice<const T extends string>(...choices: readonly T[]): Check<T> {
  return (path, value) => {
    const found = choices.find((one) => one === value);
    if (found !== undefined) return found;
    throw wrongInput(path, value, `must be ${choices.map((one) => `"${one}"`).join(' or ')}`);
  };
}

function number(min: number, max: number): Check<number> {
  return (path, value) => {
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw wrongInput(path, value, `must be a number from ${min} to ${max}`);
  };
}

function count(min: number, max: number): Check<number> {
  return (path, value) => {
    if (Number.isSafeInteger(value)) return number(min, max)(path, value);
    throw wrongInput(path, value, `must be a whole number from ${min} to ${max}`);
  };
}

function pattern(rule: RegExp, kind: string): Check<string> {
  return (path, value) => {
    if (typeof value === 'string' && rule.test(value)) return value;
    throw wrongInput(path, value, `must be ${kind}, or null`);
  };
}

/** An object with exactly these fields. */
function object<T extends object>(checks: { readonly [K in keyof T]: Check<T[K]> }): Check<T> {
  const names = Object.keys(checks) as (keyof T & string)[];
  return (path, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrongInput(path, value, `must be an object with ${names.join(', ')}`);
    }
    const extra = Object.keys(value).find((name) => !Object.hasOwn(checks, name));
    if (extra !== undefined) throw wrongInput(`${path}.${extra}`, '', `is not known; fields are ${names.join(', ')}`);
    const given = value as Record<string, unknown>;
    return Object.fromEntries(names.map((name) => [name, checks[name](`${path}.${name}`, given[name])])) as T;
  };
}
