import { describe, expect, it } from 'vitest';
import { Uplink } from './uplink.ts';

describe('Uplink', () => {
  it('drops pictures before it drops sound', () => {
    let waiting = 0;
    const uplink = new Uplink(() => waiting, { maxAudioBytes: 60, maxPictureBytes: 30 });
    expect([uplink.takesAudio(), uplink.takesPicture()]).toEqual([true, true]);
    waiting = 40;
    expect([uplink.takesAudio(), uplink.takesPicture()]).toEqual([true, false]);
    waiting = 61;
    expect([uplink.takesAudio(), uplink.takesPicture()]).toEqual([false, false]);
    expect(uplink.pressure).toBe(61);
  });

  it('does not drop sound because of one picture that is on its way', () => {
    let waiting = 0;
    const uplink = new Uplink(() => waiting, { maxAudioBytes: 60, maxPictureBytes: 30 });
    uplink.pictureSent(100);
    waiting = 110;
    expect(uplink.takesAudio()).toBe(true);
    waiting = 161;
    expect(uplink.takesAudio()).toBe(false);
    waiting = 50;
    expect(uplink.takesAudio()).toBe(true);
    waiting = 110;
    expect(uplink.takesAudio()).toBe(false);
  });

  it('counts all pictures that are on their way, and none that has left', () => {
    let waiting = 0;
    const uplink = new Uplink(() => waiting, { maxAudioBytes: 60, maxPictureBytes: 30 });
    for (const bytes of [50, 100, 5]) {
      waiting += bytes;
      uplink.pictureSent(bytes);
    }
    waiting = 165;
    expect(uplink.takesAudio()).toBe(true);
    waiting = 166;
    expect(uplink.takesAudio()).toBe(false);
  });
});
