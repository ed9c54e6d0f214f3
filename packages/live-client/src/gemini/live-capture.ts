import type { ClientMessage } from '@colloquy/live-protocol';
import { StallWatch } from '../connection/stall-watch.ts';
import { Uplink } from '../connection/uplink.ts';
import type { CapturedFrame } from '../devices/microphone.ts';
import type { MediaKit } from '../media-kit.ts';
import { ACTIVITY_END, ACTIVITY_START, AUDIO_STREAM_END, audioMessage, pictureMessage } from './live-messages.ts';

/** Where captured media goes. */
export interface LiveCapturePort {
  /** Bytes that wait in the socket. */
  readonly bufferedAmount: () => number;
  /** Sends if there is a session; says whether. */
  readonly send: (message: ClientMessage) => boolean;
  /** Nothing leaves the socket any more. */
  readonly stalled: () => void;
  /** Automatic activity detection is off: speech is what lies between {@link LiveCapture.begin} and its end. */
  readonly marksActivity: boolean;
}

/** Two seconds of speech in base64, and half of that. */
const UPLINK_LIMITS = { maxAudioBytes: 96 * 1024, maxPictureBytes: 48 * 1024 };

/** Frames kept before push-to-talk: 300 ms, for people begin to speak while they press. */
const PRE_ROLL_FRAMES = 15;

/** Sends what the devices capture as realtime input. Nothing is queued: a frame goes out at once or not at all. */
export class LiveCapture {
  readonly #port: LiveCapturePort;
  readonly #uplink: Uplink;
  readonly #undo: readonly (() => void)[];
  readonly #stallWatch = new StallWatch();
  #inBurst = false;
  /** Push-to-talk is held down, also while there is no connection. */
  #pressed = false;
  /** The model was told that it is. */
  #active = false;
  #preRoll: Int16Array[] = [];

  constructor({ microphone, camera, screen }: MediaKit, port: LiveCapturePort) {
    this.#port = port;
    this.#uplink = new Uplink(port.bufferedAmount, UPLINK_LIMITS);
    camera.pressure = () => this.#uplink.pressure;
    screen.pressure = () => this.#uplink.pressure;
    this.#undo = [
      microphone.on('frameCaptured', (frame) => this.#sendAudio(frame)),
      microphone.on('stateChanged', ({ state }) => {
        // With push-to-talk, a microphone that follows one that was lost goes on with what was said.
        if (state.status !== 'on' && !(port.marksActivity && state.status === 'starting')) this.#endBurst();
      }),
      camera.on('pictureTaken', ({ bytes }) => this.sendPicture(bytes, 'image/jpeg')),
      screen.on('pictureTaken', ({ bytes }) => this.sendPicture(bytes, 'image/jpeg')),
    ];
  }

  /** Whether the network carries what is sent. */
  get hasRoomForAudio(): boolean {
    return this.#uplink.takesAudio();
  }

  /** Push-to-talk is pressed. @returns whether that could be sent. */
  begin(): boolean {
    if (!this.#active && !this.#start()) return false;
    this.#pressed = true;
    return true;
  }

  /** Push-to-talk is released. */
  end(): void {
    this.#pressed = false;
    if (this.#active) this.#port.send(ACTIVITY_END);
    this.#active = false;
  }

  /** The session goes on over a new connection, and so does who kept push-to-talk pressed meanwhile. */
  connected(): void {
    if (this.#pressed) this.#start();
  }

  /** The connection is gone; what was begun on it is over. */
  connectionLost(): void {
    this.#active = false;
    this.#inBurst = false;
  }

  /** Sends one picture unless too much waits. @returns whether it was sent. */
  sendPicture(bytes: Uint8Array, mimeType: string): boolean {
    if (!this.#uplink.takesPicture() || !this.#port.send(pictureMessage(bytes, mimeType))) return false;
    this.#uplink.pictureSent(Math.ceil((bytes.byteLength * 4) / 3));
    return true;
  }

  dispose(): void {
    for (const undo of this.#undo) undo();
  }

  #sendAudio({ samples, endOfBurst }: CapturedFrame): void {
    const hasRoom = this.hasRoomForAudio;
    if (this.#stallWatch.isStalled(hasRoom ? 0 : this.#uplink.pressure, performance.now())) this.#port.stalled();
    if (this.#port.marksActivity && !this.#active) this.#keep(samples, endOfBurst);
    else if (hasRoom && samples.length > 0) this.#inBurst = this.#port.send(audioMessage(samples));
    // Where push-to-talk says when speech is over, a pause does not.
    if (endOfBurst && !this.#port.marksActivity) this.#endBurst();
  }

  #start(): boolean {
    this.#active = this.#port.send(ACTIVITY_START);
    if (!this.#active) return false;
    const kept = this.#preRoll;
    this.#preRoll = [];
    for (const samples of kept) this.#port.send(audioMessage(samples));
    return true;
  }

  #keep(samples: Int16Array, endOfBurst: boolean): void {
    if (endOfBurst) this.#preRoll = [];
    else if (this.#preRoll.push(samples) > PRE_ROLL_FRAMES) this.#preRoll.shift();
  }

  #endBurst(): void {
    if (!this.#inBurst) return;
    this.#inBurst = false;
    if (this.#port.marksActivity) this.end();
    else this.#port.send(AUDIO_STREAM_END);
  }
}
