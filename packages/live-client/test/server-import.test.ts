import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('on a server', () => {
  it('can be imported and constructed without a browser, and touches nothing of one', async () => {
    const before = new Set(Object.keys(globalThis));
    const createObjectURL = vi.spyOn(URL, 'createObjectURL');
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const { Speaker } = await import('../src/audio/speaker.ts');
    const { Microphone } = await import('../src/devices/microphone.ts');
    const { Camera } = await import('../src/devices/camera.ts');
    const { ScreenShare } = await import('../src/devices/screen.ts');
    const { listDevices } = await import('../src/devices/device-list.ts');
    expect(typeof document).toBe('undefined');
    const devices = [new Speaker(), new Microphone(), new Camera(), new ScreenShare()];
    expect(await listDevices()).toEqual({ microphones: [], cameras: [], speakers: [] });
    for (const device of devices) await device.dispose();
    expect(createObjectURL).not.toHaveBeenCalled();
    expect(timers).not.toHaveBeenCalled();
    expect(Object.keys(globalThis).filter((name) => !before.has(name))).toEqual([]);
  });

  it('says what is missing when a device is started', async () => {
    const { Microphone } = await import('../src/devices/microphone.ts');
    const { Camera } = await import('../src/devices/camera.ts');
    const { ScreenShare } = await import('../src/devices/screen.ts');
    for (const [device, code] of [
      [new Microphone(), 'ERR_MICROPHONE_UNAVAILABLE'],
      [new Camera(), 'ERR_CAMERA_UNAVAILABLE'],
      [new ScreenShare(), 'ERR_SCREEN_UNAVAILABLE'],
    ] as const) {
      await expect(device.start()).rejects.toMatchObject({ code, hint: expect.stringMatching(/https/) });
      expect(device.state.status).toBe('failed');
    }
  });
});
