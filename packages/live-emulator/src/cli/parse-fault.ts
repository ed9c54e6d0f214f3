import { checkFault, FAULT_MOMENTS, type Fault, type FaultAction, type FaultMoment } from '../faults/fault.ts';
import { CliUsageError } from './usage-error.ts';

/** Seconds that `goAway@30s` announces. */
const DEFAULT_GO_AWAY_SECONDS = 50;
/** What is held back by `burst@5s`, in seconds. */
const DEFAULT_HOLD_SECONDS = 2;
const DEFAULT_TIMES = 2;
const FAULT = /^(?<what>.+)@(?<when>[^@#]+?)(?:#(?<connection>\d+))?$/s;
const WHEN = /^(?:(?<moment>[a-zA-Z]+)(?:\+(?<later>\d+(?:\.\d+)?)s?)?|(?<seconds>\d+(?:\.\d+)?)s?)$/;

/**
 * One `--fault`: what, `@`, when, and with `#` on which connection. `goAway:10@30s`, `drop@audio+2s`, `quota@setup#2`.
 *
 * @throws {@link CliUsageError}
 */
export function parseFault(text: string): Fault {
  const { what = '', when = '', connection } = FAULT.exec(text)?.groups ?? {};
  const { moment, later, seconds } = WHEN.exec(when)?.groups ?? {};
  if (moment === undefined && seconds === undefined) {
    throw new CliUsageError(`--fault is ${JSON.stringify(text)}; give what and when, such as goAway@30s or drop@5s.`);
  }
  try {
    const fault: Fault = {
      action: parseAction(what),
      after: parseMoment(moment ?? 'setupComplete'),
      afterSeconds: Number(seconds ?? later ?? 0),
      ...(connection === undefined ? {} : { connection: Number(connection) }),
    };
    checkFault(fault);
    return fault;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^faults: /, '') : String(error);
    throw new CliUsageError(`--fault is ${JSON.stringify(text)}: ${why}`);
  }
}

function parseMoment(text: string): FaultMoment {
  const found = FAULT_MOMENTS.find((moment) => moment === text);
  if (found) return found;
  throw new TypeError(`when is ${JSON.stringify(text)}; give seconds, or one of ${FAULT_MOMENTS.join(', ')}.`);
}

function parseAction(what: string): FaultAction {
  const [type = '', first, ...rest] = what.split(':');
  const seconds = (fallback: number): number => (first === undefined ? fallback : toNumber(first));
  switch (type) {
    case 'goAway':
      return { type, seconds: seconds(DEFAULT_GO_AWAY_SECONDS) };
    case 'burst':
    case 'bundle':
      return { type, seconds: seconds(DEFAULT_HOLD_SECONDS) };
    case 'delaySetup':
      return { type, seconds: seconds(Number.NaN) };
    case 'repeatUpdates':
      return { type, times: seconds(DEFAULT_TIMES) };
    case 'drop':
    case 'silence':
    case 'noise':
      return { type };
    case 'close':
      return { type, code: seconds(Number.NaN), reason: rest.join(':') };
    default:
      return { type: 'closeLike', name: type };
  }
}

/** An empty text is no number here, though JavaScript takes it for zero. */
function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
