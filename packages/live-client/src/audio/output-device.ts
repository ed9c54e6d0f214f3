import { withDeadline } from '../deadline.ts';
import { isLiveClientError, LiveClientError } from '../errors.ts';

/** How long a system may take to change the output device, milliseconds. */
const ROUTE_DEADLINE_MS = 5_000;

/**
 * Sends the sound of the context to another device; `''` is the system's default.
 *
 * @throws {@link LiveClientError} `ERR_OUTPUT_DEVICE`
 */
export async function routeTo(context: AudioContext, deviceId: string): Promise<void> {
  // Not every browser can choose the output; the type does not say so.
  const { setSinkId } = context as { setSinkId?: (sinkId: string) => Promise<void> };
  if (!setSinkId) {
    if (deviceId === '') return;
    throw new LiveClientError('ERR_OUTPUT_DEVICE', 'This browser cannot choose the output device.', {
      hint: 'Choose it in the settings of the system.',
    });
  }
  const failed = (cause?: unknown) => outputFailed(`Sound cannot be sent to the output device "${deviceId}".`, cause);
  try {
    await withDeadline(setSinkId.call(context, deviceId), ROUTE_DEADLINE_MS, failed);
  } catch (cause) {
    throw isLiveClientError(cause) ? cause : failed(cause);
  }
}

/** The error of a device that does not take the sound. */
export function outputFailed(message: string, cause?: unknown): LiveClientError {
  return new LiveClientError('ERR_OUTPUT_DEVICE', message, {
    cause,
    hint: 'List the devices again: it may have been unplugged, or the page may need permission for it.',
  });
}
