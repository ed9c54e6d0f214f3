import type { MediaDevicesPort } from '../src/devices/media-devices.ts';

/** A failure as browsers make them. */
export function browserError(name: string, constraint?: string): DOMException {
  const error = new DOMException(`${name} of a test`, name);
  return constraint === undefined ? error : Object.assign(error, { constraint });
}

/** A track that knows whether it was stopped. */
export class FakeTrack extends EventTarget {
  readonly kind: 'audio' | 'video';
  readonly deviceId: string;
  enabled = true;
  readyState: 'live' | 'ended' = 'live';

  constructor(kind: 'audio' | 'video', deviceId: string) {
    super();
    this.kind = kind;
    this.deviceId = deviceId;
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** What happens when the device is unplugged or the browser's own button is used. */
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

/** A stream of one track. */
export class FakeStream {
  readonly track: FakeTrack;

  constructor(kind: 'audio' | 'video', deviceId: string) {
    this.track = new FakeTrack(kind, deviceId);
  }

  getTracks(): FakeTrack[] {
    return [this.track];
  }

  getAudioTracks(): FakeTrack[] {
    return this.track.kind === 'audio' ? [this.track] : [];
  }

  getVideoTracks(): FakeTrack[] {
    return this.track.kind === 'video' ? [this.track] : [];
  }
}

interface Asked {
  readonly constraints: MediaStreamConstraints;
  readonly stream: FakeStream;
  answer(): void;
  fail(error: unknown): void;
}

/** Devices that answer when the test says so, or at once. */
export class FakeMediaDevices extends EventTarget {
  readonly asked: Asked[] = [];
  /** Answers every question at once. */
  immediate = true;
  /** Errors of the next questions; `null` for none. */
  readonly failures: unknown[] = [];
  devices: Partial<MediaDeviceInfo>[] = [];

  get port(): MediaDevicesPort {
    return this as unknown as MediaDevicesPort;
  }

  /** Streams whose device is still in use. */
  get open(): FakeStream[] {
    return this.asked.map(({ stream }) => stream).filter(({ track }) => track.readyState === 'live');
  }

  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    return this.#ask(constraints, constraints.audio ? 'audio' : 'video');
  }

  getDisplayMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    return this.#ask(constraints, 'video');
  }

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return this.devices as MediaDeviceInfo[];
  }

  #ask(constraints: MediaStreamConstraints, kind: 'audio' | 'video'): Promise<MediaStream> {
    const wanted = kind === 'audio' ? constraints.audio : constraints.video;
    const exact = typeof wanted === 'object' && typeof wanted.deviceId === 'object' ? wanted.deviceId : {};
    const deviceId = 'exact' in exact ? String(exact.exact) : 'default';
    const stream = new FakeStream(kind, deviceId);
    const { promise, resolve, reject } = Promise.withResolvers<MediaStream>();
    const failure = this.failures.shift();
    const asked: Asked = {
      constraints,
      stream,
      answer: () => resolve(stream as unknown as MediaStream),
      fail: (error) => {
        stream.track.stop();
        reject(error);
      },
    };
    this.asked.push(asked);
    if (failure) asked.fail(failure);
    else if (this.immediate) asked.answer();
    return promise;
  }
}
