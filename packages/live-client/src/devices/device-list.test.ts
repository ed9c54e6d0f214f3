import { describe, expect, it } from 'vitest';
import { FakeMediaDevices } from '../../test/fake-devices.ts';
import { type DeviceList, listDevices, onDevicesChanged } from './device-list.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function devices() {
  const media = new FakeMediaDevices();
  media.devices = [
    { kind: 'audioinput', deviceId: 'm1', label: 'Headset', groupId: 'g' },
    { kind: 'videoinput', deviceId: '', label: '', groupId: '' },
    { kind: 'audioinput', deviceId: 'm2', label: '', groupId: '' },
    { kind: 'audiooutput', deviceId: 's1', label: 'Speakers', groupId: 'g' },
  ];
  return media;
}

describe('listDevices', () => {
  it('sorts devices by what they are for and numbers those without a name', async () => {
    expect(await listDevices({ mediaDevices: devices().port })).toEqual({
      microphones: [
        { deviceId: 'm1', label: 'Headset', groupId: 'g' },
        { deviceId: 'm2', label: 'Microphone 2', groupId: '' },
      ],
      cameras: [{ deviceId: '', label: 'Camera 1', groupId: '' }],
      speakers: [{ deviceId: 's1', label: 'Speakers', groupId: 'g' }],
    });
  });

  it('is empty where there are no media devices', async () => {
    expect(await listDevices()).toEqual({ microphones: [], cameras: [], speakers: [] });
    onDevicesChanged(() => expect.unreachable())();
  });
});

describe('onDevicesChanged', () => {
  it('tells the new list until it is undone', async () => {
    const media = devices();
    const told: DeviceList[] = [];
    const undo = onDevicesChanged((list) => told.push(list), { mediaDevices: media.port });
    media.devices = media.devices.slice(0, 1);
    media.dispatchEvent(new Event('devicechange'));
    await settle();
    expect(told.map((list) => list.microphones.length)).toEqual([1]);
    media.dispatchEvent(new Event('devicechange'));
    undo();
    await settle();
    expect(told.length).toBe(1);
  });

  it('tells once when several changes come together', async () => {
    const media = devices();
    const told: DeviceList[] = [];
    onDevicesChanged((list) => told.push(list), { mediaDevices: media.port });
    media.dispatchEvent(new Event('devicechange'));
    media.dispatchEvent(new Event('devicechange'));
    await settle();
    expect(told.length).toBe(1);
  });
});
