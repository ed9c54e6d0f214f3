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
  const options = { hint: hintFor(problem, device, cause), retryable: problem === 'BUSY' };
  return new LiveClientError(
    code,
    `${which} ${consequence(problem)}.`,
    cause === undefined ? options : { ...options, cause },
  );
}

function consequence(problem: DeviceProblem): string {
  switch (problem) {
    case 'DENIED':
      return 'may not be used';
    case 'NOT_FOUND':
      return 'was not found';
    case 'BUSY':
      return 'could not be opened: it is in use elsewhere, or the system refused it';
    case 'CONSTRAINTS':
      return 'cannot do what was asked of it';
    case 'LOST':
      return 'went away while it was in use';
    case 'UNAVAILABLE':
      return 'cannot be used on this page';
    case 'FAILED':
      return 'could not be opened';
    default:
      return problem satisfies never;
  }
}

function hintFor(problem: DeviceProblem, device: DeviceKind, cause: unknown): string {
  switch (problem) {
    case 'DENIED':
      return device === 'screen'
        ? 'Share again, from a click, and choose what to share; the system may also have to allow the browser to record the screen.'
        : `Allow the ${device} for this page in the browser's address bar, and for the browser in the system's settings.`;
    case 'NOT_FOUND':
      return `Connect a ${device}, or choose another one.`;
    case 'BUSY':
      return `Close other programs that use the ${device}, or plug it in again.`;
    case 'CONSTRAINTS': {
      const constraint = constraintOf(cause);
      return constraint ? `It does not support the asked "${constraint}".` : 'Ask for less, or choose another device.';
    }
    case 'LOST':
      return `Connect the ${device} again, or choose another one.`;
    case 'UNAVAILABLE':
      return 'Use a current browser, on a page served over https or from localhost; in a frame, the frame has to allow it.';
    case 'FAILED':
      return 'See the cause.';
    default:
      return problem satisfies never;
  }
}

function nameOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'name' in cause ? String(cause.name) : '';
}

function constraintOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'constraint' in cause ? String(cause.constraint) : '';
}
