import { requireMediaDevices } from './media-devices.ts';
import { PictureDevice, type PictureDeviceOptions } from './picture-device.ts';

/** Enough for a smooth preview of slides and pages; every frame of a large screen costs. */
const PREVIEW_FRAME_RATE = 15;

/**
 * A shared screen, window or tab: a stream to show and JPEG pictures to send. Start it from a click: the browser asks
 * the person each time what to share. When sharing is ended by the browser's own button, it is off and `ended` tells.
 */
export class ScreenShare extends PictureDevice {
  constructor(options: PictureDeviceOptions = {}) {
    super(
      {
        device: 'screen',
        endIsFailure: false,
        // Not tried again: that would ask the person again.
        openStream: async () => {
          const mediaDevices = requireMediaDevices(options.mediaDevices, 'screen');
          return await mediaDevices.getDisplayMedia({
            audio: false,
            video: { frameRate: { max: PREVIEW_FRAME_RATE } },
          });
        },
      },
      options,
    );
  }
}
