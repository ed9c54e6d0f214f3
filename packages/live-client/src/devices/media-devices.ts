import { type DeviceKind, deviceError, toDeviceError } from './device-errors.ts';
import { abortedError, openWithRetry } from './device-retry.ts';

/** The part of `navigator.mediaDevices` that is used; tests and unusual hosts pass their own. */
export type MediaDevicesPort = Pick<
  MediaDevices,
  'getUserMedia' | 'getDisplayMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'
>;

/** The given devices, else the browser's, else `null`: on a server, and on pages that are not secure. */
export function findMediaDevices(given: MediaDevicesPort | undefined): MediaDevicesPort | null {
  if (given) return given;
  return typeof navigator === 'undefined' ? null : (navigator.mediaDevices ?? null);
}

/**
 * The same for those who cannot go on without.
 *
 * @throws {@link LiveClientError} `ERR_…_UNAVAILABLE`
 */
export function requireMediaDevices(given: MediaDevicesPort | undefined, device: DeviceKind): MediaDevicesPort {
  const found = findMediaDevices(given);
  const method = device === 'screen' ? 'getDisplayMedia' : 'getUserMedia';
  if (!found || typeof found[method] !== 'function') throw deviceError('UNAVAILABLE', device);
  return found;
}

/**
 * Asks for a microphone or a camera, again while that may help.
 *
 * @param signal - that of the opening, not of the use: it ends the stream too, for what is loaded next may hang.
 * @throws {@link LiveClientError} `ERR_…` of the device, `ERR_ABORTED` when the signal fired.
 */
export async function openUserMedia(
  mediaDevices: MediaDevicesPort,
  device: 'microphone' | 'camera',
  constraints: MediaTrackConstraints,
  deviceId: string | undefined,
  signal: AbortSignal,
): Promise<MediaStream> {
  const asked = { ...constraints, ...(deviceId ? { deviceId: { exact: deviceId } } : {}) };
  const isSound = device === 'microphone';
  const stream = await openWithRetry(async () => {
    try {
      return await mediaDevices.getUserMedia({ audio: isSound && asked, video: !isSound && asked });
    } catch (cause) {
      throw toDeviceError(cause, device, deviceId);
    }
  }, signal);
  if (signal.aborted) {
    stopStream(stream);
    throw abortedError(device, signal.reason);
  }
  signal.addEventListener('abort', () => stopStream(stream));
  return stream;
}

/** Ends every track; the device's light goes out. */
export function stopStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
