import { DEFAULT_UNVERIFIED, type Unverified } from './unverified.ts';

/** What each choice takes; `null` stands for a list of names. */
const VALUES: { readonly [K in keyof Unverified]: readonly Unverified[K][] | null } = {
  usage: ['withTurnComplete', 'early', 'alone', 'never'],
  generationComplete: ['whenGenerated', 'whenHeard'],
  totalIncludesThoughts: [true, false],
  interimInputTranscription: [true, false],
  echoesRealtimeText: [true, false, null],
  unknownToolResponse: ['ignore', 'close'],
  backgroundCalls: ['survive', 'cancel'],
  resumableDuringCalls: [true, false],
  transparentIndex: ['afterSetup', 'withSetup', 'fromZero'],
  contextUpdate: ['everywhere', 'documented'],
  roles: ['documented', 'any'],
  proactivityVersions: null,
  initialHistoryOn31: ['accept', 'refuse'],
  clientContentOn31: ['answer', 'refuse'],
  searchBesideFunctions: ['accept', 'refuse'],
  vertexTurnCoverage: ['TURN_INCLUDES_ONLY_ACTIVITY', 'TURN_INCLUDES_ALL_INPUT'],
  vertexViolations: ['named', 'generic'],
  idle: ['withoutTurns', 'withoutMessages'],
  missingModality: ['model', 'AUDIO'],
  refusedApiVersions: null,
};

/**
 * The choices, completed with the defaults.
 *
 * @throws TypeError naming the choice, its value and what it takes.
 */
export function checkUnverified(given: Partial<Unverified> = {}): Unverified {
  for (const [name, value] of Object.entries(given)) {
    if (!isChoice(name)) {
      const names = Object.keys(VALUES).join(', ');
      throw new TypeError(`unverified.${name} is not known; give one of ${names}.`);
    }
    const allowed: readonly unknown[] | null = VALUES[name];
    const fits = allowed ? allowed.includes(value) : isListOfNames(value);
    if (value !== undefined && !fits) {
      throw new TypeError(`unverified.${name} is ${JSON.stringify(value)}; give ${describe(allowed)}.`);
    }
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_UNVERIFIED, ...set };
}

/**
 * One `name=value` of the command line.
 *
 * @throws TypeError as {@link checkUnverified} does.
 */
export function parseUnverified(text: string): Partial<Unverified> {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (!isChoice(name)) {
    throw new TypeError(
      `is ${JSON.stringify(text)}; give name=value, with a name of ${Object.keys(VALUES).join(', ')}.`,
    );
  }
  const allowed: readonly unknown[] | null = VALUES[name];
  const parsed = allowed
    ? (allowed.find((each) => String(each) === value) ?? toNull(value, allowed))
    : value.split(',');
  const choice = { [name]: parsed } as Partial<Unverified>;
  checkUnverified(choice);
  return choice;
}

function isChoice(name: string): name is keyof Unverified {
  return Object.hasOwn(VALUES, name);
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

/** `find` cannot tell a found `null` from nothing. */
function toNull(value: string, allowed: readonly unknown[]): unknown {
  return value === 'null' && allowed.includes(null) ? null : value;
}

function describe(allowed: readonly unknown[] | null): string {
  return allowed ? `one of ${allowed.map((value) => JSON.stringify(value)).join(', ')}` : 'a list of API versions';
}
