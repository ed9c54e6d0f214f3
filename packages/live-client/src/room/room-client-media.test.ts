import { MediaCodec, MediaFlag, MediaKind, parseMediaFrame } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANA, person } from '../../test/room-fixtures.ts';
import { personAudio, roomScene } from '../../test/room-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('RoomClient media', () => {
  it('sends the microphone as binary frames while the room is open, and only then', async () => {
    const { client, network, media, join, rejoin } = roomScene();
    media.microphone.hear();
    await join();
    await client.microphone.start();
    media.microphone.hear({ voice: true });
    media.microphone.hear({ voice: false, endOfBurst: true });
    const frames = network.socket.frames().map(parseMediaFrame);
    expect(frames).toMatchObject([
      { kind: MediaKind.personAudio, codec: MediaCodec.pcm16k, participant: 1, seq: 1, mediaTime: 320, flags: 1 },
      { seq: 2, mediaTime: 640, flags: MediaFlag.endOfBurst, turn: 0 },
    ]);
    expect(frames[0]?.payload.byteLength).toBe(640);
    expect(frames[0]?.payload[0]).toBe(7);
    network.socket.end(1006);
    media.microphone.hear();
    await rejoin();
    expect(network.socket.frames()).toEqual([]);
    media.microphone.hear();
    expect(network.socket.frames()).toHaveLength(1);
  });

  it('drops sound while the socket is full, but not the end of a burst', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    await client.microphone.start();
    network.socket.bufferedAmount = 65 * 1024;
    media.microphone.hear();
    media.microphone.hear({ endOfBurst: true });
    expect(network.socket.frames().map(parseMediaFrame)).toMatchObject([
      { seq: 1, flags: MediaFlag.voice | MediaFlag.endOfBurst, payload: new Uint8Array(0) },
    ]);
    network.socket.bufferedAmount = 0;
    media.microphone.hear();
    expect(network.socket.frames()).toHaveLength(2);
  });

  it('ends the burst of a microphone that stops without a last frame', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    await client.microphone.start();
    media.microphone.hear();
    client.microphone.stop();
    const last = parseMediaFrame(network.socket.frames().at(-1) ?? new Uint8Array());
    expect(last).toMatchObject({ flags: MediaFlag.endOfBurst, payload: new Uint8Array(0) });
  });

  it('tells which devices are on, again after a reconnect, and the devices run on meanwhile', async () => {
    const { client, network, media, join, rejoin } = roomScene();
    await client.microphone.start();
    await join();
    expect(network.socket.messages('media')).toEqual([
      { type: 'media', media: { microphone: true, camera: false, screen: false } },
    ]);
    await client.camera.start();
    client.microphone.setMuted(true);
    expect(network.socket.messages('media').at(-1)?.media).toEqual({ microphone: false, camera: true, screen: false });
    await rejoin();
    expect(network.socket.messages('media')).toEqual([
      { type: 'media', media: { microphone: false, camera: true, screen: false } },
    ]);
    expect(media.camera.state.status).toBe('on');
    expect(client.getSnapshot()).toMatchObject({ microphone: { status: 'muted' }, camera: { status: 'on' } });
  });

  it('sends pictures for the model, yields under pressure, and tells the cameras of it', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    await client.camera.start();
    await client.screen.start();
    media.camera.see();
    media.screen.see(new Uint8Array([9, 9, 9]));
    const frames = network.socket.frames().map(parseMediaFrame);
    expect(frames).toMatchObject([
      { kind: MediaKind.modelPicture, codec: MediaCodec.jpeg, flags: 0, mediaTime: 1234 },
      { kind: MediaKind.modelPicture, flags: MediaFlag.screen, payload: new Uint8Array([9, 9, 9]) },
    ]);
    network.socket.bufferedAmount = 40_000;
    media.camera.see();
    expect(network.socket.frames()).toHaveLength(2);
    network.socket.bufferedAmount = 20_000;
    expect([media.camera.pressure, media.screen.pressure]).toEqual([20_000, 20_000]);
  });

  it.each(['on', 'starting'] as const)('mutes a microphone that is %s when a host says so', async (status) => {
    const { client, network, media, join } = roomScene();
    await join();
    media.microphone.enter(status);
    network.socket.say({ type: 'muted', source: 'microphone', by: null });
    expect(client.microphone.state.status).toBe('muted');
  });

  it('plays each person by a source of its own, never itself, and frees it when the person left', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    network.socket.sayRaw(personAudio(2, MediaFlag.endOfBurst));
    network.socket.sayRaw(personAudio(1));
    network.socket.sayRaw(personAudio(77));
    expect([...media.speaker.sources.keys()]).toEqual(['ben']);
    const ben = media.speaker.sources.get('ben');
    expect(ben?.sampleRate).toBe(16_000);
    expect(ben?.log).toEqual([{ type: 'push', samples: [5], turn: undefined }, { type: 'end' }]);
    expect(client.audioLevel('ben')).toBe(0.25);
    expect(client.audioLevel('nobody')).toBe(0);
    media.microphone.level = 0.75;
    expect(client.audioLevel('ana')).toBe(0.75);
    expect(await client.playback('ben')).toEqual({ receivedSamples: 1 });
    expect(await client.playback('nobody')).toBeNull();
    network.socket.say({ type: 'presence', version: 2, changed: [], removed: ['ben'] });
    expect(ben?.disposed).toBe(true);
  });

  it('plays each person as loud as asked, also after a new source, and silent when muted', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    const ben = client.media('ben');
    expect([ben.volume, ben.muted]).toEqual([1, false]);
    ben.volume = 0.5;
    network.socket.sayRaw(personAudio(2));
    const source = () => media.speaker.sources.get('ben');
    expect(source()?.volume).toBe(0.5);
    ben.muted = true;
    expect(source()?.volume).toBe(0);
    expect(client.media('ben').volume).toBe(0.5);
    network.socket.say({ type: 'presence', version: 2, changed: [], removed: ['ben'] });
    network.socket.say({ type: 'presence', version: 3, changed: [person(2, 'Ben')], removed: [] });
    network.socket.sayRaw(personAudio(2));
    expect(source()?.volume).toBe(0);
    ben.muted = false;
    expect(source()?.volume).toBe(0.5);
    expect(() => {
      ben.volume = 2;
    }).toThrow(RangeError);
  });

  it('films for people while anybody else is there, as the room wants it', async () => {
    vi.stubGlobal('VideoEncoder', class {});
    const { network, media, join } = roomScene();
    await join({ participants: [ANA], codecs: { audio: 'pcm16', video: 'vp8' } });
    expect(media.camera.video).toEqual([]);
    network.socket.say({ type: 'presence', version: 2, changed: [person(2, 'Ben')], removed: [] });
    expect(media.camera.video).toMatchObject([
      { codec: 'vp8', maxSide: 320, framesPerSecond: 15, bitsPerSecond: 200_000 },
    ]);
    expect(media.screen.video).toMatchObject([{ codec: 'vp8', maxSide: 1280, framesPerSecond: 5 }]);
    network.socket.say({ type: 'codecs', audio: 'pcm16', video: 'jpeg' });
    expect(media.camera.video.at(-1)).toMatchObject({ codec: 'jpeg', framesPerSecond: 5 });
    network.socket.say({ type: 'presence', version: 3, changed: [], removed: ['ben'] });
    expect(media.camera.video.at(-1)).toBeNull();
  });

  it('lets pictures for people give way before the voice does, and drops no voice because of one that is on its way', async () => {
    vi.stubGlobal('VideoEncoder', class {});
    const { client, network, media, join } = roomScene();
    await join({ codecs: { audio: 'pcm16', video: 'vp8' } });
    await client.microphone.start();
    const sends = (bufferedAmount: number) => {
      network.socket.bufferedAmount = bufferedAmount;
      const before = network.socket.frames().length;
      media.microphone.hear();
      return network.socket.frames().length > before;
    };
    network.socket.say({ type: 'codecs', audio: 'pcm16', video: 'jpeg' });
    for (const filmed of [...media.camera.video, ...media.screen.video]) {
      expect(sends(filmed?.highWaterBytes ?? Number.POSITIVE_INFINITY)).toBe(true);
      expect(filmed?.highWaterBytes).toBeLessThanOrEqual(32 * 1024);
    }
    expect(new Set(media.camera.video.map((filmed) => filmed?.codec))).toEqual(new Set(['jpeg', 'vp8']));
    // A whole picture of a screen, and a camera's small one that was being encoded meanwhile.
    expect(sends(64 * 1024)).toBe(true);
    expect(sends(64 * 1024 + 1)).toBe(false);
    media.screen.film({ bytes: new Uint8Array(100_000), isKey: true });
    network.socket.bufferedAmount = 100_000;
    media.camera.film();
    expect(sends(100_003)).toBe(true);
    expect(sends(64 * 1024 + 100_003 + 1)).toBe(false);
  });

  it('sends what was filmed, and asks the camera for a whole picture when somebody needs one', async () => {
    const { network, media, join, rejoin } = roomScene();
    await join();
    media.camera.film({ isKey: true });
    media.screen.film({ codec: 'jpeg', isKey: true });
    media.camera.film();
    const frames = network.socket.frames().map(parseMediaFrame);
    expect(frames).toMatchObject([
      { kind: MediaKind.peoplePicture, codec: MediaCodec.vp8, flags: MediaFlag.keyFrame, seq: 0, mediaTime: 99 },
      { kind: MediaKind.peoplePicture, codec: MediaCodec.jpeg, flags: MediaFlag.keyFrame | MediaFlag.screen, seq: 1 },
      { kind: MediaKind.peoplePicture, codec: MediaCodec.vp8, flags: 0, seq: 2 },
    ]);
    const [camera, screen] = [media.camera.keyFramesAsked, media.screen.keyFramesAsked];
    network.socket.say({ type: 'keyFrame', source: 'screen' });
    expect([media.camera.keyFramesAsked, media.screen.keyFramesAsked]).toEqual([camera, screen + 1]);
    await rejoin();
    expect(media.camera.keyFramesAsked).toBe(camera + 1);
  });

  it('tells whose pictures are shown once any is watched, again after a reconnect, and nobody while the page is hidden', async () => {
    const { client, network, join, rejoin } = roomScene();
    await join();
    const told = () => network.socket.messages('watch').map(({ cameras, screens }) => [cameras, screens]);
    expect(told()).toEqual([]);
    const undo = client.media('ben').watch('camera');
    client.media('ben').watch('screen');
    await vi.advanceTimersByTimeAsync(0);
    expect(told()).toEqual([[['ben'], ['ben']]]);
    undo();
    undo();
    await vi.advanceTimersByTimeAsync(0);
    expect(told().at(-1)).toEqual([[], ['ben']]);
    await rejoin();
    expect(told()).toEqual([[[], ['ben']]]);
  });
});
