import { type DeviceErrorCode, isLiveClientError, LiveClientError } from '../errors.ts';

/** Kinds of devices that can be opened. */
export type DeviceKind = 'microphone' | 'camera' | 'screen';

/** Why a device could not be opened or went away. */
export type DeviceProblem = 'DENIED' | 'NOT_FOUND' | 'BUSY' | 'CONSTRAINTS' | 'LOST' | 'UNAVAILABLE' | 'FAILED';

/** The browser's names for its failures. @see Media Capture and Streams §10.2, Screen Capture §5.1 */
const problems: Readonly<Record<string, DeviceProblem>> = {
  NotAllowedError: 'DENIED',
  SecurityError: 'DENIED',
  InvalidStateError: 'DENIED',
  NotFoundError: 'NOT_FOUND',
  NotReadableError: 'BUSY',
  AbortError: 'BUSY',
  OverconstrainedError: 'CONSTRAINTS',
  NotSupportedError: 'UNAVAILABLE',
};

/** The error of this package for a failure of the browser; one that is ours already is given back. */
export function toDeviceError(cause: unknown, device: DeviceKind, deviceId?: string): LiveClientError {
  if (isLiveClientError(cause)) return cause;
  const name = nameOf(cause);
  const isMissingDevice = name === 'OverconstrainedError' && constraintOf(cause) === 'deviceId';
  const problem = isMissingDevice ? 'NOT_FOUND' : (problems[name] ?? 'FAILED');
  return deviceError(problem, device, { cause, deviceId });
}

/** Makes the error of a known problem. */
export function deviceError(
  problem: DeviceProblem,
  device: DeviceKind,
  { cause, deviceId }: { readonly cause?: unknown; readonly deviceId?: string } = {},
): LiveClientError {
  const code: DeviceErrorCode = `ERR_${device.toUpperCase() as Uppercase<DeviceKind>}_${problem}`;
  const which = deviceId ? `The ${device} "${deviceId}"` : `The ${device}`;
  const [consequence, hint] = meanings[problem];
  const options = { hint: hint(device, constraintOf(cause)), retryable: problem === 'BUSY' };
  return new LiveClientError(code, `${which} ${consequence}.`, cause === undefined ? options : { ...options, cause });
}

/** What follows from a problem, and what to do about it. */
type Meaning = readonly [consequence: string, hint: (device: DeviceKind, constraint: string) => string];

const meanings: Readonly<Record<DeviceProblem, Meaning>> = {
  DENIED: [
    'may not be used',
    (device) =>
      device === 'screen'
        ? 'Share again, from a click, and choose what to share; the system may also have to allow the browser to record the screen.'
        : `Allow the ${device} for this page in the browser's address bar, and for the browser in the system's settings.`,
  ],
  NOT_FOUND: ['was not found', (device) => `Connect a ${device}, or choose another one.`],
  BUSY: [
    'could not be opened: it is in use elsewhere, or the system refused it',
    (device) => `Close other programs that use the ${device}, or plug it in again.`,
  ],
  CONSTRAINTS: [
    'cannot do what was asked of it',
    (_, constraint) =>
      constraint ? `It does not support the asked "${constraint}".` : 'Ask for less, or choose another device.',
  ],
  LOST: ['went away while it was in use', (device) => `Connect the ${device} again, or choose another one.`],
  UNAVAILABLE: [
    'cannot be used on this page',
    () =>
      'Use a current browser, on a page served over https or from localhost; in a frame, the frame has to allow it.',
  ],
  FAILED: ['could not be opened', () => 'See the cause.'],
};

function nameOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'name' in cause ? String(cause.name) : '';
}

function constraintOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'constraint' in cause ? String(cause.constraint) : '';
}
