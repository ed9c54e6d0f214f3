import type { MediaState } from '@colloquy/live-protocol';
import { MediaCodec, MediaFlag, MediaKind, serializeMediaFrame } from '@colloquy/live-protocol';
import { Uplink } from '../connection/uplink.ts';
import type { CapturedFrame } from '../devices/microphone.ts';
import type { TakenPicture } from '../devices/picture-device.ts';
import type { MediaKit } from '../media-kit.ts';

/** Where captured media goes. */
export interface RoomCapturePort {
  /** Whether the room is joined at this moment. */
  readonly isOpen: () => boolean;
  /** Bytes that wait in the socket. */
  readonly bufferedAmount: () => number;
  readonly sendFrame: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly sendMediaState: (media: MediaState) => void;
  /** Index of this participant in the room. */
  readonly index: () => number;
}

/** Two seconds of speech, and half of that. */
const UPLINK_LIMITS = { maxAudioBytes: 64 * 1024, maxPictureBytes: 32 * 1024 };

const ALL_OFF: MediaState = { microphone: false, camera: false, screen: false };

/**
 * Sends what the devices capture. Nothing is queued here: a frame goes out at once or not at all. The devices know
 * nothing of it, and run on while the connection is being replaced.
 */
export class RoomCapture {
  readonly #kit: MediaKit;
  readonly #port: RoomCapturePort;
  readonly #uplink: Uplink;
  readonly #undo: readonly (() => void)[];
  #audioSeq = 0;
  #pictureSeq = 0;
  #inBurst = false;
  #told: MediaState = ALL_OFF;

  constructor(kit: MediaKit, port: RoomCapturePort) {
    this.#kit = kit;
    this.#port = port;
    this.#uplink = new Uplink(port.bufferedAmount, UPLINK_LIMITS);
    const { microphone, camera, screen } = kit;
    camera.pressure = () => this.#uplink.pressure;
    screen.pressure = () => this.#uplink.pressure;
    this.#undo = [
      microphone.on('frameCaptured', (frame) => this.#sendAudio(frame)),
      microphone.on('stateChanged', () => this.#devicesChanged()),
      camera.on('pictureTaken', (picture) => this.#sendPicture(picture, 0)),
      camera.on('stateChanged', () => this.#devicesChanged()),
      screen.on('pictureTaken', (picture) => this.#sendPicture(picture, MediaFlag.screen)),
      screen.on('stateChanged', () => this.#devicesChanged()),
    ];
  }

  /** The room was joined: the server does not know which devices are on. */
  joined(): void {
    this.#told = ALL_OFF;
    this.#inBurst = false;
    this.#tellMediaState();
  }

  dispose(): void {
    for (const undo of this.#undo) undo();
  }

  #sendAudio({ samples, mediaTime, voice, endOfBurst }: CapturedFrame): void {
    const seq = this.#audioSeq++;
    if (!this.#port.isOpen()) return;
    const isCrowded = !this.#uplink.takesAudio();
    // The end of a burst is a signal, not sound: it is sent in any case, without the samples if need be.
    if (isCrowded && !endOfBurst) return;
    this.#inBurst = !endOfBurst;
    const bytes = isCrowded
      ? new Uint8Array(0)
      : new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    this.#sendAudioFrame(
      bytes,
      seq,
      mediaTime,
      (voice ? MediaFlag.voice : 0) | (endOfBurst ? MediaFlag.endOfBurst : 0),
    );
  }

  #sendAudioFrame(payload: Uint8Array, seq: number, mediaTime: number, flags: number): void {
    const { personAudio: kind } = MediaKind;
    const { pcm16k: codec } = MediaCodec;
    const participant = this.#port.index();
    this.#port.sendFrame(serializeMediaFrame({ kind, codec, flags, participant, seq, mediaTime, turn: 0, payload }));
  }

  #sendPicture(picture: TakenPicture, flags: number): void {
    if (!this.#port.isOpen() || !this.#uplink.takesPicture()) return;
    this.#uplink.pictureSent(picture.bytes.byteLength);
    this.#port.sendFrame(
      serializeMediaFrame({
        kind: MediaKind.modelPicture,
        codec: MediaCodec.jpeg,
        flags,
        participant: this.#port.index(),
        seq: this.#pictureSeq++,
        mediaTime: picture.mediaTime,
        turn: 0,
        payload: picture.bytes,
      }),
    );
  }

  #devicesChanged(): void {
    if (this.#kit.microphone.state.status !== 'on' && this.#inBurst) {
      // Stopped or lost without a last frame: the room would wait for more of this voice.
      this.#inBurst = false;
      if (this.#port.isOpen()) this.#sendAudioFrame(new Uint8Array(0), this.#audioSeq++, 0, MediaFlag.endOfBurst);
    }
    this.#tellMediaState();
  }

  #tellMediaState(): void {
    if (!this.#port.isOpen()) return;
    const { microphone, camera, screen } = this.#kit;
    const media: MediaState = {
      microphone: microphone.state.status === 'on',
      camera: camera.state.status === 'on',
      screen: screen.state.status === 'on',
    };
    const { microphone: heard, camera: seen, screen: shared } = this.#told;
    if (media.microphone === heard && media.camera === seen && media.screen === shared) return;
    this.#told = media;
    this.#port.sendMediaState(media);
  }
}
