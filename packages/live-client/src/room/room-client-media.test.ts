import { MediaCodec, MediaFlag, MediaKind, parseMediaFrame, serializeMediaFrame } from '@colloquy/live-protocol';
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

  it('shows pictures of others as object URLs', async () => {
    const { client, network, join } = roomScene();
    await join({ participants: [ANA, person(2, 'Ben', { screen: true })] });
    const payload = new Uint8Array([0xff, 0xd8]);
    network.socket.sayRaw(
      serializeMediaFrame({
        kind: MediaKind.modelPicture,
        codec: MediaCodec.jpeg,
        flags: MediaFlag.screen,
        participant: 2,
        seq: 0,
        mediaTime: 0,
        turn: 0,
        payload,
      }),
    );
    const picture = client.getSnapshot().pictures.get('ben')?.screen;
    expect(picture).toMatchObject({ source: 'screen', url: expect.stringMatching(/^blob:/) });
    const blob = await fetch(picture?.url ?? '').then((response) => response.blob());
    expect(blob.type).toBe('image/jpeg');
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(payload);
    network.socket.say({ type: 'presence', version: 2, changed: [], removed: ['ben'] });
    expect(client.getSnapshot().pictures.size).toBe(0);
  });
});
