import type { MediaState, RoomCodecs } from '@colloquy/live-protocol';
import { MediaCodec, MediaFlag, MediaKind, serializeMediaFrame } from '@colloquy/live-protocol';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import { Uplink } from '../connection/uplink.ts';
import type { TakenPicture, TakenVideo } from '../devices/picture-device.ts';
import type { MediaKit } from '../media-kit.ts';
import type { VideoSettings } from '../video/video-sampler.ts';
import { VoiceUplink } from './voice-uplink.ts';

/** Where captured media goes. */
export interface RoomCapturePort {
  readonly codecs: CodecLoader;
  /** Whether the room is joined at this moment. */
  readonly isOpen: () => boolean;
  /** Bytes that wait in the socket. */
  readonly bufferedAmount: () => number;
  readonly sendFrame: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly sendMediaState: (media: MediaState) => void;
  /** Index of this participant in the room. */
  readonly index: () => number;
}

/** Two seconds of PCM16 or sixteen of Opus, and half of that. */
const UPLINK_LIMITS = { maxAudioBytes: 64 * 1024, maxPictureBytes: 32 * 1024 };

/** About 320 × 180 at people rate, with what VP8 needs for a face that moves; a screen has to be read. */
const CAMERA_VIDEO = {
  ...{ maxSide: 320, framesPerSecond: 15, bitsPerSecond: 200_000 },
  highWaterBytes: UPLINK_LIMITS.maxPictureBytes,
};
const SCREEN_VIDEO = { ...CAMERA_VIDEO, maxSide: 1_280, framesPerSecond: 5, bitsPerSecond: 800_000 };
/** JPEGs are whole pictures each: fewer and smaller ones. */
const CAMERA_JPEG = { ...CAMERA_VIDEO, framesPerSecond: 5 };
const SCREEN_JPEG = { ...SCREEN_VIDEO, framesPerSecond: 2 };

const ALL_OFF: MediaState = { microphone: false, camera: false, screen: false };

/**
 * Sends what the devices capture. Nothing is queued here: a frame goes out at once or not at all. The devices know
 * nothing of it, and run on while the connection is being replaced.
 */
export class RoomCapture {
  readonly #kit: MediaKit;
  readonly #port: RoomCapturePort;
  readonly #uplink: Uplink;
  readonly #voice: VoiceUplink;
  readonly #undo: readonly (() => void)[];
  #pictureSeq = 0;
  #videoSeq = 0;
  #told: MediaState = ALL_OFF;
  #video: RoomCodecs['video'] = 'jpeg';
  #isWatched = false;

  constructor(kit: MediaKit, port: RoomCapturePort) {
    this.#kit = kit;
    this.#port = port;
    this.#uplink = new Uplink(port.bufferedAmount, UPLINK_LIMITS);
    this.#voice = new VoiceUplink({ ...port, takesAudio: () => this.#uplink.takesAudio() });
    const { microphone, camera, screen } = kit;
    camera.pressure = () => this.#uplink.pressure;
    screen.pressure = () => this.#uplink.pressure;
    this.#undo = [
      microphone.on('frameCaptured', (frame) => this.#voice.send(frame)),
      microphone.on('stateChanged', () => this.#devicesChanged()),
      camera.on('pictureTaken', (picture) => this.#sendPicture(picture, 0)),
      camera.on('videoTaken', (picture) => this.#sendVideo(picture, 0)),
      camera.on('stateChanged', () => this.#devicesChanged()),
      screen.on('pictureTaken', (picture) => this.#sendPicture(picture, MediaFlag.screen)),
      screen.on('videoTaken', (picture) => this.#sendVideo(picture, MediaFlag.screen)),
      screen.on('stateChanged', () => this.#devicesChanged()),
    ];
  }

  /** The room was joined: the server does not know which devices are on. */
  joined(codecs: RoomCodecs): void {
    this.#told = ALL_OFF;
    this.#voice.joined();
    this.setCodecs(codecs);
    this.requestKeyFrame('camera');
    this.requestKeyFrame('screen');
    this.#tellMediaState();
  }

  /** What the room wants from now on. */
  setCodecs({ audio, video }: RoomCodecs): void {
    this.#voice.setCodec(audio);
    if (video === this.#video) return;
    this.#video = video;
    if (this.#isWatched) this.#applyVideo();
  }

  /** Whether there is anybody who could see this person. */
  setWatched(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    this.#applyVideo();
  }

  /** Somebody cannot go on without a whole picture. */
  requestKeyFrame(source: 'camera' | 'screen'): void {
    this.#kit[source].requestKeyFrame();
  }

  /** A host turned a device off. */
  muted(source: keyof MediaState): void {
    const { camera, microphone, screen } = this.#kit;
    if (source === 'microphone') {
      // One that is still opening opens muted; one that is off is the person's to start.
      if (/^(on|starting)$/.test(microphone.state.status)) microphone.setMuted(true);
    } else if (source === 'camera') camera.stop();
    else screen.stop();
  }

  dispose(): void {
    for (const undo of this.#undo) undo();
    this.#voice.dispose();
  }

  #applyVideo(): void {
    const { camera, screen } = this.#kit;
    camera.setVideo(this.#videoSettings(CAMERA_VIDEO, CAMERA_JPEG));
    screen.setVideo(this.#videoSettings(SCREEN_VIDEO, SCREEN_JPEG));
  }

  #videoSettings(vp8: Omit<VideoSettings, 'codec'>, jpeg: Omit<VideoSettings, 'codec'>): VideoSettings | null {
    if (!this.#isWatched) return null;
    const canVp8 = this.#video === 'vp8' && typeof VideoEncoder === 'function';
    return canVp8 ? { ...vp8, codec: 'vp8' } : { ...jpeg, codec: 'jpeg' };
  }

  #sendPicture(picture: TakenPicture, flags: number): void {
    if (!this.#port.isOpen() || !this.#uplink.takesPicture()) return;
    this.#send(MediaKind.modelPicture, MediaCodec.jpeg, flags, this.#pictureSeq++, picture);
  }

  /** Sent in any case: it was taken because there was room, and what follows builds on it. */
  #sendVideo(picture: TakenVideo, flags: number): void {
    if (!this.#port.isOpen()) return;
    const codec = picture.codec === 'vp8' ? MediaCodec.vp8 : MediaCodec.jpeg;
    const keyFrame = picture.isKey ? MediaFlag.keyFrame : 0;
    this.#send(MediaKind.peoplePicture, codec, flags | keyFrame, this.#videoSeq++, picture);
  }

  #send(kind: MediaKind, codec: MediaCodec, flags: number, seq: number, { bytes, mediaTime }: TakenPicture): void {
    const participant = this.#port.index();
    this.#port.sendFrame(
      serializeMediaFrame({ kind, codec, flags, participant, seq, mediaTime, turn: 0, payload: bytes }),
    );
    this.#uplink.pictureSent(bytes.byteLength);
  }

  #devicesChanged(): void {
    if (this.#kit.microphone.state.status !== 'on') this.#voice.stopped();
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
