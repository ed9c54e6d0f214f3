import type { ClientMessage } from '@colloquy/live-protocol';
import { Uplink } from '../connection/uplink.ts';
import type { CapturedFrame } from '../devices/microphone.ts';
import type { TakenPicture } from '../devices/picture-device.ts';
import type { MediaKit } from '../media-kit.ts';
import { AUDIO_STREAM_END, audioMessage, pictureMessage } from './live-messages.ts';

/** Where captured media goes. */
export interface LiveCapturePort {
  /** Bytes that wait in the socket. */
  readonly bufferedAmount: () => number;
  /** Sends if there is a session; says whether. */
  readonly send: (message: ClientMessage) => boolean;
  /** Automatic activity detection is off: the end of the stream is not a message of this session. */
  readonly marksActivity: boolean;
}

/** Two seconds of speech in base64, and half of that. */
const UPLINK_LIMITS = { maxAudioBytes: 96 * 1024, maxPictureBytes: 48 * 1024 };

/** Sends what the devices capture as realtime input. Nothing is queued: a frame goes out at once or not at all. */
export class LiveCapture {
  readonly #port: LiveCapturePort;
  readonly #uplink: Uplink;
  readonly #undo: readonly (() => void)[];
  #inBurst = false;

  constructor({ microphone, camera, screen }: MediaKit, port: LiveCapturePort) {
    this.#port = port;
    this.#uplink = new Uplink(port.bufferedAmount, UPLINK_LIMITS);
    camera.pressure = () => this.#uplink.pressure;
    screen.pressure = () => this.#uplink.pressure;
    this.#undo = [
      microphone.on('frameCaptured', (frame) => this.#sendAudio(frame)),
      microphone.on('stateChanged', ({ state }) => {
        if (state.status !== 'on') this.#endBurst();
      }),
      camera.on('pictureTaken', (picture) => this.#sendPicture(picture)),
      screen.on('pictureTaken', (picture) => this.#sendPicture(picture)),
    ];
  }

  /** Whether the network carries what is sent. */
  get hasRoomForAudio(): boolean {
    return this.#uplink.takesAudio();
  }

  dispose(): void {
    for (const undo of this.#undo) undo();
  }

  #sendAudio({ samples, endOfBurst }: CapturedFrame): void {
    if (this.hasRoomForAudio && samples.length > 0) this.#inBurst = this.#port.send(audioMessage(samples));
    if (endOfBurst) this.#endBurst();
  }

  #endBurst(): void {
    if (!this.#inBurst) return;
    this.#inBurst = false;
    if (!this.#port.marksActivity) this.#port.send(AUDIO_STREAM_END);
  }

  #sendPicture({ bytes }: TakenPicture): void {
    if (!this.#uplink.takesPicture()) return;
    const message = pictureMessage(bytes, 'image/jpeg');
    if (this.#port.send(message)) this.#uplink.pictureSent(Math.ceil((bytes.byteLength * 4) / 3));
  }
}
