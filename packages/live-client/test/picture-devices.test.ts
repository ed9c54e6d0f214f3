import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Camera } from '../src/devices/camera.ts';
import type { PictureDeviceOptions, TakenPicture } from '../src/devices/picture-device.ts';
import { ScreenShare } from '../src/devices/screen.ts';
import type { Picture } from '../src/video/encode-frame.ts';
import type { VideoSamplerOptions } from '../src/video/video-sampler.ts';
import { browserError, FakeMediaDevices } from './fake-devices.ts';

let media: FakeMediaDevices;
/** What the fake camera shows, and what was done with it. */
let scene: { brightness: number; width: number; openSources: number; encoding: number; mostEncoding: number };
let encodes: { quality: number; finish: () => void }[];
let immediate: boolean;
let failing: boolean;
let filming: Pick<VideoSamplerOptions, 'pacer'> | null;

beforeEach(() => {
  vi.useFakeTimers();
  media = new FakeMediaDevices();
  scene = { brightness: 10, width: 640, openSources: 0, encoding: 0, mostEncoding: 0 };
  encodes = [];
  immediate = true;
  failing = false;
  filming = null;
});
afterEach(() => {
  vi.useRealTimers();
});

const ports: PictureDeviceOptions['ports'] = {
  openFrameSource: async () => {
    scene.openSources += 1;
    return {
      image: {} as CanvasImageSource,
      get width() {
        return scene.width;
      },
      height: 480,
      close: () => {
        scene.openSources -= 1;
      },
    };
  },
  openTools: () => ({
    setTimer: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    startVideo: (options) => {
      filming = options;
      return { requestKeyFrame: () => {}, close: () => {} };
    },
    close: () => {},
    createEncoder: () => {
      let kept = 0;
      return {
        encodeVideo: async () => null,
        close: () => {},
        draw: async () => {
          kept = scene.brightness;
          return new Uint8Array(4).fill(scene.brightness);
        },
        encode: async (quality) => {
          scene.encoding += 1;
          scene.mostEncoding = Math.max(scene.mostEncoding, scene.encoding);
          const { promise, resolve, reject } = Promise.withResolvers<Picture>();
          const finish = () => {
            scene.encoding -= 1;
            if (failing) reject(new Error('encoder'));
            else resolve({ bytes: Uint8Array.of(kept), width: 640, height: 480 });
          };
          encodes.push({ quality, finish });
          if (immediate) finish();
          return promise;
        },
      };
    },
  }),
};

function setUp<Device extends Camera | ScreenShare>(
  Made: new (options: PictureDeviceOptions) => Device,
  options: PictureDeviceOptions = {},
) {
  const device = new Made({ mediaDevices: media.port, ports, ...options });
  const pictures: TakenPicture[] = [];
  const states: string[] = [];
  const ends: unknown[] = [];
  device.on('pictureTaken', (picture) => pictures.push(picture));
  device.on('stateChanged', ({ state }) => states.push(state.status));
  device.on('ended', ({ error }) => ends.push(error));
  return { device, pictures, states, ends };
}

/** Lets time pass while the scene changes all the time. */
async function pass(milliseconds: number, changing = true) {
  for (let ms = 0; ms < milliseconds; ms += 50) {
    if (changing) scene.brightness = (scene.brightness + 7) % 250;
    await vi.advanceTimersByTimeAsync(50);
  }
}

describe('Camera', () => {
  it('takes one picture a second unless asked otherwise', async () => {
    const { device, pictures, states } = setUp(Camera);
    await device.start();
    expect(device.stream).toBe(media.asked[0]?.stream);
    await pass(3_500);
    expect(pictures.map((picture) => picture.mediaTime)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(pictures[0]).toMatchObject({ width: 640, height: 480, bytes: expect.any(Uint8Array) });
    expect(states).toEqual(['starting', 'on']);
    device.stop();
  });

  it('takes as many as asked, also when the rate is changed while it is on', async () => {
    const { device, pictures } = setUp(Camera);
    await device.start({ framesPerSecond: 4 });
    await pass(950);
    expect(pictures.length).toBe(4);
    await device.start({ framesPerSecond: 10 });
    await pass(950);
    expect(pictures.length).toBe(14);
    expect(media.asked.length).toBe(1);
    await expect(device.start({ framesPerSecond: 0 })).rejects.toThrow(RangeError);
    expect(device.state.status).toBe('on');
    device.stop();
  });

  it('leaves out pictures that did not change, but sends one every five seconds', async () => {
    const { device, pictures } = setUp(Camera);
    await device.start();
    await pass(11_000, false);
    expect(pictures.map((picture) => picture.mediaTime)).toEqual([0, 5_000, 10_000]);
    device.stop();
  });

  it('takes worse pictures under pressure and none above the mark', async () => {
    const { device, pictures } = setUp(Camera, { highWaterBytes: 1_000, quality: 0.8 });
    await device.start();
    await pass(500);
    device.pressure = 1_000;
    await pass(1_000);
    device.pressure = 1_001;
    await pass(3_000);
    expect(pictures.length).toBe(2);
    expect(encodes.map(({ quality }) => quality)).toEqual([0.8, expect.closeTo(0.48)]);
    device.pressure = 0;
    await pass(1_000);
    expect(pictures.length).toBe(3);
    device.stop();
  });

  it('asks for the pressure before every picture when it is given a function', async () => {
    const { device, pictures } = setUp(Camera, { highWaterBytes: 1_000 });
    let buffered = 2_000;
    device.pressure = () => buffered;
    await device.start();
    await pass(2_500);
    expect(pictures.length).toBe(0);
    expect(device.pressure).toBe(2_000);
    buffered = 0;
    await pass(1_000);
    expect(pictures.length).toBe(1);
    device.stop();
  });

  it.each([
    ['that of the device', 1_000, undefined, 1_000],
    ['a lower one', 1_000, 500, 500],
    ['no higher one', 1_000, 2_000, 1_000],
    ['the usual one', undefined, undefined, 131_072],
    ['one that is asked for', undefined, 500, 500],
  ])('films for people up to a mark: %s', async (_, ofDevice, asked, mark) => {
    const { device } = setUp(Camera, ofDevice === undefined ? {} : { highWaterBytes: ofDevice });
    await device.start();
    const highWaterBytes = asked === undefined ? {} : { highWaterBytes: asked };
    device.setVideo({ codec: 'vp8', maxSide: 320, framesPerSecond: 15, bitsPerSecond: 200_000, ...highWaterBytes });
    expect([filming?.pacer.hasRoom(mark), filming?.pacer.hasRoom(mark + 1)]).toEqual([true, false]);
    device.stop();
  });

  it('encodes one picture at a time', async () => {
    immediate = false;
    const { device, pictures } = setUp(Camera);
    await device.start({ framesPerSecond: 10 });
    await pass(1_000);
    expect(encodes.length).toBe(1);
    encodes[0]?.finish();
    await pass(200);
    expect(encodes.length).toBe(2);
    expect(scene.mostEncoding).toBe(1);
    expect(pictures.length).toBe(1);
    device.stop();
    encodes[1]?.finish();
    await pass(500);
    expect(pictures.length).toBe(1);
  });

  it('encodes one picture at a time also when the rate is changed meanwhile', async () => {
    immediate = false;
    const { device, pictures } = setUp(Camera);
    await device.start();
    await pass(100);
    await device.start({ framesPerSecond: 5 });
    await pass(1_000);
    expect(encodes.length).toBe(1);
    immediate = true;
    encodes[0]?.finish();
    await pass(1_000);
    expect(scene.mostEncoding).toBe(1);
    expect(pictures.length).toBeLessThanOrEqual(7);
    expect(pictures.length).toBeGreaterThanOrEqual(5);
    device.stop();
  });

  it('waits for the picture to have a size', async () => {
    scene.width = 0;
    const { device, pictures } = setUp(Camera);
    await device.start();
    await pass(1_500);
    expect(pictures).toEqual([]);
    scene.width = 640;
    await pass(1_000);
    expect(pictures.length).toBe(1);
    device.stop();
  });

  it('overlooks a picture that could not be encoded and fails after three in a row', async () => {
    const { device, pictures } = setUp(Camera);
    await device.start();
    failing = true;
    await pass(1_500);
    failing = false;
    await pass(1_000);
    expect(device.state.status).toBe('on');
    expect(pictures.length).toBe(1);
    failing = true;
    await pass(3_000);
    expect(device.state).toMatchObject({ status: 'failed', error: { code: 'ERR_CAMERA_FAILED' } });
    expect(media.open).toEqual([]);
  });

  it('frees everything when stopped', async () => {
    const { device, pictures } = setUp(Camera);
    await device.start();
    await pass(500);
    device.stop();
    expect(device.stream).toBe(null);
    expect(media.open).toEqual([]);
    expect(scene.openSources).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    await pass(3_000);
    expect(pictures.length).toBe(1);
  });

  it('gives up opening when stopped, and frees what comes late', async () => {
    media.immediate = false;
    const { device, states } = setUp(Camera);
    const outcome = device.start().catch((error: unknown) => error);
    device.stop();
    expect(await outcome).toMatchObject({ code: 'ERR_ABORTED' });
    media.asked[0]?.answer();
    await pass(100);
    expect(media.open).toEqual([]);
    expect(scene.openSources).toBe(0);
    expect(states).toEqual(['starting', 'off']);
  });

  it('fails with the reason when it may not be used', async () => {
    const { device } = setUp(Camera);
    media.failures.push(browserError('NotAllowedError'));
    await expect(device.start({ deviceId: 'a' })).rejects.toMatchObject({
      code: 'ERR_CAMERA_DENIED',
      message: 'The camera "a" may not be used.',
    });
    expect(device.state.status).toBe('failed');
  });

  it('stays with its device and rate when a switch fails, and goes back to it', async () => {
    const { device, pictures } = setUp(Camera);
    await device.start({ deviceId: 'a', framesPerSecond: 2 });
    media.failures.push(browserError('OverconstrainedError', 'deviceId'));
    await expect(device.start({ deviceId: 'gone', framesPerSecond: 10 })).rejects.toMatchObject({
      code: 'ERR_CAMERA_NOT_FOUND',
    });
    expect(device.state.status).toBe('on');
    await pass(1_950);
    expect(pictures.length).toBe(4);
    device.stop();
    await device.start();
    expect(media.asked.map(({ stream }) => stream.track.deviceId)).toEqual(['a', 'gone', 'a']);
    device.stop();
  });

  it('tries a busy camera again', async () => {
    const { device } = setUp(Camera);
    media.failures.push(browserError('NotReadableError'));
    const started = device.start();
    await pass(1_000);
    await started;
    expect(media.asked.length).toBe(2);
    device.stop();
  });

  it('fails clearly when it is unplugged', async () => {
    const { device, ends, states } = setUp(Camera);
    await device.start();
    media.open[0]?.track.end();
    expect(states).toEqual(['starting', 'on', 'failed']);
    expect(device.state.error).toMatchObject({ code: 'ERR_CAMERA_LOST' });
    expect(ends).toEqual([device.state.error]);
    expect(scene.openSources).toBe(0);
  });

  it('takes a snapshot beside the samples', async () => {
    immediate = false;
    const { device } = setUp(Camera, { quality: 0.7 });
    await device.start();
    await pass(100, false);
    const before = scene.brightness;
    scene.brightness = 99;
    const snapshot = device.snapshot();
    await vi.advanceTimersByTimeAsync(0);
    encodes[1]?.finish();
    expect(await snapshot).toEqual({ bytes: Uint8Array.of(99), width: 640, height: 480 });
    expect(encodes[1]?.quality).toBe(0.7);
    expect(before).not.toBe(99);
    device.stop();
    await expect(device.snapshot()).rejects.toMatchObject({
      code: 'ERR_PICTURE_FAILED',
      message: 'The camera is off, so there is no picture of it.',
    });
  });

  it.each([{ maxSide: 0 }, { maxSide: 12.5 }, { quality: 0 }, { quality: 2 }])('refuses %j', (options) => {
    expect(() => new Camera(options)).toThrow(RangeError);
  });

  it('cannot be used after it was disposed', async () => {
    const { device } = setUp(Camera);
    await device.start();
    await device.dispose();
    expect(media.open).toEqual([]);
    await expect(device.start()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

describe('ScreenShare', () => {
  it('asks for the picture of the screen only', async () => {
    const { device, pictures } = setUp(ScreenShare);
    await device.start({ framesPerSecond: 2 });
    await pass(900);
    expect(media.asked[0]?.constraints).toEqual({ audio: false, video: { frameRate: { max: 15 } } });
    expect(pictures.length).toBe(2);
    device.stop();
  });

  it("is off, and says so, when sharing is ended by the browser's own button", async () => {
    const { device, ends, states } = setUp(ScreenShare);
    await device.start();
    media.open[0]?.track.end();
    expect(states).toEqual(['starting', 'on', 'off']);
    expect(ends).toEqual([null]);
    expect(media.open).toEqual([]);
  });

  it('does not ask a second time when the person refuses or the system fails', async () => {
    for (const name of ['NotAllowedError', 'NotReadableError']) {
      const { device } = setUp(ScreenShare);
      media.asked.length = 0;
      media.failures.push(browserError(name));
      await expect(device.start()).rejects.toMatchObject({ code: expect.stringMatching(/ERR_SCREEN_(DENIED|BUSY)/) });
      expect(media.asked.length).toBe(1);
    }
  });
});
