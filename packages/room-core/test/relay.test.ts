import { MediaCodec, MediaFlag, type MediaFrame, MediaKind } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import type { OpusDecoderPort } from '../src/ports/opus-decoder.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { amplitudeAt, sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, picture, Stage } from './support/stage.ts';

const MODERN = { audio: ['opus'], video: ['vp8'] } as const;

/** "Decodes" packets that hold an amplitude, and counts what is open. */
class FakeOpus implements OpusDecoderPort {
  loads = 0;
  streams: Set<object> = new Set();
  failing = false;
  loaded: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  opened: Promise<void> = Promise.resolve();

  constructor() {
    this.loaded.resolve();
  }

  load(): Promise<void> {
    this.loads += 1;
    return this.loaded.promise;
  }

  async open() {
    await this.opened;
    if (this.failing) throw new Error('no more memory');
    const stream = {
      decode: (packet: Uint8Array) => {
        if (packet[1] === 0xff) return null;
        return sine({
          frequency: 400,
          samples: 320,
          amplitude: (packet[1] ?? 0) * 100,
          offset: (packet[2] ?? 0) * 320,
        });
      },
      dispose: () => void this.streams.delete(stream),
    };
    this.streams.add(stream);
    return stream;
  }
}

function opus(index: number, amplitude = 60, flags: number = MediaFlag.voice): MediaFrame {
  return {
    ...audioFrame(index, new Int16Array(0), flags),
    codec: MediaCodec.opus,
    payload: Uint8Array.of(0x08, amplitude, index),
  };
}

/** A VP8 frame of 20 bytes; `mark` tells it from others. */
function vp8(mark: number, { key = false, screen = false } = {}): MediaFrame {
  const payload = new Uint8Array(20);
  payload.set(key ? [0x10, 0, 0, 0x9d, 0x01, 0x2a] : [0x11]);
  payload[19] = mark;
  const frame = picture({ kind: 4, screen });
  return { ...frame, codec: MediaCodec.vp8, payload, mediaTime: mark };
}

const marks = ({ port }: Guest) =>
  port.frames.filter(({ codec }) => codec === MediaCodec.vp8).map(({ payload }) => payload[19]);
const codecsTold = ({ port }: Guest) => port.of('codecs').map(({ audio, video }) => `${audio} ${video}`);
const asked = ({ port }: Guest) => port.of('keyFrame').map(({ source }) => source);

describe('codecs between people', () => {
  it('RELAY5 tells senders the best codecs that everybody decodes, again when somebody comes or goes', async () => {
    const decoder = new FakeOpus();
    const stage = await Stage.open({ manager: { opusDecoder: decoder } });
    const ana = await stage.join('Ana', { receive: MODERN });
    expect(ana.port.last('welcome').codecs).toEqual({ audio: 'pcm16', video: 'vp8' });
    await settle();
    expect(codecsTold(ana)).toEqual(['pcm16 vp8', 'opus vp8']);
    const ben = await stage.join('Ben', { receive: MODERN });
    expect(ben.port.last('welcome').codecs).toEqual({ audio: 'opus', video: 'vp8' });
    const old = await stage.join('Old');
    expect(old.port.last('welcome').codecs).toEqual({ audio: 'pcm16', video: 'jpeg' });
    expect(codecsTold(ana).slice(2)).toEqual(['pcm16 jpeg']);
    old.connection.disconnected();
    expect(codecsTold(ben)).toEqual(['pcm16 jpeg', 'opus vp8']);
    await stage.join('Guest', { receive: null });
    expect(codecsTold(ben)).toHaveLength(2);
    expect(decoder.loads).toBe(1);
  });

  it('RELAY5 stays with PCM16 while nothing decodes Opus for the room, or when that fails to load', async () => {
    const without = await Stage.open();
    const ana = await without.join('Ana', { receive: MODERN });
    expect(codecsTold(ana)).toEqual(['pcm16 vp8']);
    const decoder = new FakeOpus();
    decoder.loaded = Promise.withResolvers();
    const stage = await Stage.open({ manager: { opusDecoder: decoder } });
    const ben = await stage.join('Ben', { receive: MODERN });
    ben.connection.receiveMedia(opus(0));
    expect(ben.port.last('error').message).toContain('Opus is not taken here');
    decoder.loaded.reject(new Error('blocked'));
    await settle();
    expect(codecsTold(ben)).toEqual(['pcm16 vp8']);
    expect(stage.errors).toMatchObject([{ stage: 'media', error: { message: 'blocked' } }]);
  });

  it('RELAY6 never sends a codec to somebody who does not decode it', async () => {
    const stage = await Stage.open({ manager: { opusDecoder: new FakeOpus() } });
    const ana = await stage.join('Ana', { receive: MODERN });
    const ben = await stage.join('Ben', { receive: MODERN });
    const old = await stage.join('Old');
    const guest = await stage.join('Guest', { receive: null });
    ana.connection.receiveMedia(opus(0));
    ana.connection.receiveMedia(audioFrame(1, sine({ frequency: 400, samples: 320 })));
    ana.connection.receiveMedia(vp8(1, { key: true }));
    ana.connection.receiveMedia(picture({ kind: 4 }));
    const codecs = ({ port }: Guest) => port.frames.map(({ codec }) => codec);
    expect(codecs(ben)).toEqual([MediaCodec.opus, MediaCodec.pcm16k, MediaCodec.vp8, MediaCodec.jpeg]);
    expect(codecs(old)).toEqual([MediaCodec.pcm16k, MediaCodec.jpeg]);
    expect(codecs(guest)).toEqual([]);
  });

  it('RELAY6 refuses what is no Opus packet and no VP8 frame, and VP8 for the model', async () => {
    const stage = await Stage.open({ manager: { opusDecoder: new FakeOpus() } });
    const ana = await stage.join('Ana', { receive: MODERN });
    const ben = await stage.join('Ben', { receive: MODERN });
    ana.connection.receiveMedia({ ...opus(0), payload: new Uint8Array(1277) });
    ana.connection.receiveMedia({ ...opus(0), payload: Uint8Array.of(0x0b, 2, 1, 1) });
    ana.connection.receiveMedia({ ...vp8(0), payload: new Uint8Array(2) });
    ana.connection.receiveMedia({ ...vp8(0), payload: new Uint8Array(20) });
    ana.connection.receiveMedia({ ...vp8(0, { key: true }), kind: MediaKind.modelPicture });
    expect(ana.port.of('error').map(({ message }) => message)).toEqual([
      expect.stringContaining('1277'),
      expect.stringContaining('one frame'),
      expect.stringContaining('one whole VP8 frame'),
      expect.stringContaining('must be a JPEG'),
    ]);
    expect(ben.port.frames).toEqual([]);
  });
});

describe('pictures of people', () => {
  it('RELAY7 sends cameras and screens only to those who show them, and asks for a whole picture first', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { receive: MODERN });
    const ben = await stage.join('Ben', { receive: MODERN });
    const cleo = await stage.join('Cleo', { receive: MODERN });
    ben.connection.receive({ type: 'watch', cameras: [], screens: ['ana'] });
    ana.connection.receiveMedia(vp8(1, { key: true }));
    ana.connection.receiveMedia(vp8(2, { key: true, screen: true }));
    expect(marks(ben)).toEqual([2]);
    expect(marks(cleo)).toEqual([1, 2]);
    expect(asked(ana)).toEqual([]);
    ben.connection.receive({ type: 'watch', cameras: ['ana'], screens: [] });
    expect(asked(ana)).toEqual(['camera']);
    ana.connection.receiveMedia(vp8(3));
    ana.connection.receiveMedia(vp8(4, { screen: true }));
    ana.connection.receiveMedia(vp8(5, { key: true }));
    ana.connection.receiveMedia(vp8(6));
    expect(marks(ben)).toEqual([2, 5, 6]);
    expect(marks(cleo)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('RELAY8 asks for a key frame when somebody joins, and sends them nothing before it', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { receive: MODERN });
    await stage.join('Ben', { receive: MODERN });
    ana.connection.receiveMedia(vp8(1, { key: true }));
    await stage.clock.run(1_000);
    const cleo = await stage.join('Cleo', { receive: MODERN });
    expect(asked(ana)).toEqual(['camera']);
    for (let mark = 2; mark < 5; mark += 1) ana.connection.receiveMedia(vp8(mark));
    expect(marks(cleo)).toEqual([]);
    expect(asked(ana)).toEqual(['camera']);
    await stage.clock.run(500);
    ana.connection.receiveMedia(vp8(5));
    expect(asked(ana)).toEqual(['camera', 'camera']);
    ana.connection.receiveMedia(vp8(6, { key: true }));
    ana.connection.receiveMedia(vp8(7));
    expect(marks(cleo)).toEqual([6, 7]);
    expect(cleo.port.frames.map(({ flags }) => flags)).toEqual([MediaFlag.keyFrame, 0]);
  });

  it('RELAY8 sends nothing that builds on a lost frame, and asks for a key frame rarely on account of one who is slow', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana', { receive: MODERN });
    const ben = await stage.join('Ben', { receive: MODERN });
    const fine = await stage.join('Cleo', { receive: MODERN });
    ana.connection.receiveMedia(vp8(1, { key: true }));
    ben.port.droppedKinds.add(MediaKind.peoplePicture);
    ana.connection.receiveMedia(vp8(2));
    ben.port.droppedKinds.clear();
    for (let mark = 3; mark < 33; mark += 1) {
      ana.connection.receiveMedia(vp8(mark));
      await stage.clock.run(100);
    }
    expect(marks(ben)).toEqual([1]);
    expect(asked(ana)).toEqual(['camera', 'camera']);
    ana.connection.receiveMedia(vp8(40, { key: true }));
    ana.connection.receiveMedia(vp8(41));
    expect(marks(ben)).toEqual([1, 40, 41]);
    expect(marks(fine)).toHaveLength(34);
  });

  it('RELAY8 tells key frames from their bytes, whatever the sender says', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben', { receive: MODERN });
    ana.connection.receiveMedia({ ...vp8(1), flags: MediaFlag.keyFrame });
    expect(marks(ben)).toEqual([]);
    ana.connection.receiveMedia({ ...vp8(2, { key: true }), flags: 0 });
    expect(ben.port.frames.map(({ flags }) => flags)).toEqual([MediaFlag.keyFrame]);
  });

  it('RELAY9 shows one tab of a person, and the other one when the first has stopped', async () => {
    const stage = await Stage.open();
    const first = await stage.join('Ana');
    const second = await stage.join('Ana');
    const ben = await stage.join('Ben', { receive: MODERN });
    first.connection.receiveMedia(vp8(1, { key: true }));
    second.connection.receiveMedia(vp8(2, { key: true }));
    first.connection.receiveMedia(vp8(3));
    expect(marks(ben)).toEqual([1, 3]);
    await stage.clock.run(1_000);
    second.connection.receiveMedia(vp8(4));
    second.connection.receiveMedia(vp8(5, { key: true }));
    first.connection.receiveMedia(vp8(6));
    expect(marks(ben)).toEqual([1, 3, 5]);
    second.connection.receive({ type: 'media', media: { microphone: false, camera: false, screen: false } });
    first.connection.receiveMedia(vp8(7, { key: true }));
    expect(marks(ben)).toEqual([1, 3, 5, 7]);
  });

  it('RELAY10 shows people the pictures for the model only while none for people come', async () => {
    const stage = await Stage.open();
    const ana = await stage.join('Ana');
    const ben = await stage.join('Ben', { receive: MODERN });
    const kinds = () => ben.port.frames.map(({ kind }) => kind);
    ana.connection.receiveMedia(picture());
    ana.connection.receiveMedia(vp8(1, { key: true }));
    ana.connection.receiveMedia(picture());
    ana.connection.receiveMedia(picture({ screen: true }));
    expect(kinds()).toEqual([3, 4, 3]);
    await stage.clock.run(6_000);
    ana.connection.receiveMedia(picture());
    expect(kinds()).toEqual([3, 4, 3, 3]);
  });
});

describe('whose voices people hear', () => {
  async function crowd(names: readonly string[], limits = {}): Promise<{ stage: Stage; guests: Guest[]; ear: Guest }> {
    const stage = await Stage.open({ manager: { limits: { maxMicrophones: 20, ...limits } } });
    const guests = [];
    for (const name of names) guests.push(await stage.join(name));
    return { stage, guests, ear: await stage.join('Ear') };
  }
  async function talk(
    stage: Stage,
    ms: number,
    speakers: readonly (readonly [Guest, number])[],
    from = 0,
  ): Promise<void> {
    for (let at = 0; at < ms; at += 20) {
      for (const [guest, amplitude] of speakers) {
        const samples = sine({ frequency: 300, samples: 320, amplitude });
        guest.connection.receiveMedia(audioFrame(from + at / 20, samples, MediaFlag.voice));
      }
      await stage.clock.run(20);
    }
  }
  const heard = (ear: Guest, since = 0) => [
    ...new Set(ear.port.frames.slice(since).map(({ participant }) => participant)),
  ];

  it('RELAY11 relays the three loudest of many microphones, and ends the others', async () => {
    const { stage, guests, ear } = await crowd(['A', 'B', 'C', 'D', 'E']);
    const [a, b, c, d, e] = guests as [Guest, Guest, Guest, Guest, Guest];
    await talk(stage, 400, [
      [a, 8000],
      [b, 8000],
      [c, 200],
      [d, 200],
      [e, 200],
    ]);
    expect(heard(ear)).toEqual([1, 2, 3]);
    const before = ear.port.frames.length;
    await talk(
      stage,
      1_000,
      [
        [a, 8000],
        [b, 8000],
        [c, 200],
        [d, 200],
        [e, 8000],
      ],
      20,
    );
    const [ended, ...rest] = ear.port.frames
      .slice(before)
      .filter(({ participant }) => participant === 3)
      .toReversed();
    expect(ended).toMatchObject({ flags: MediaFlag.endOfBurst, payload: new Uint8Array(0) });
    // It takes 300 ms at most until the louder one is heard.
    expect(rest.length).toBeLessThanOrEqual(15);
    expect(heard(ear, before + 60).toSorted()).toEqual([1, 2, 5]);
    const times = ear.port.frames.slice(before).filter(({ participant }) => participant === 5);
    expect(times.length).toBeGreaterThanOrEqual(35);
  });

  it('RELAY11 keeps the places of people who are about equally loud', async () => {
    const { stage, guests, ear } = await crowd(['A', 'B', 'C', 'D']);
    const [a, b, c, d] = guests as [Guest, Guest, Guest, Guest];
    for (let round = 0; round < 10; round += 1) {
      const [loud, soft] = round % 2 ? [6000, 5000] : [5000, 6000];
      await talk(
        stage,
        100,
        [
          [a, soft],
          [b, soft],
          [c, soft],
          [d, loud],
        ],
        round * 5,
      );
    }
    expect(heard(ear)).toEqual([1, 2, 3]);
  });

  it('RELAY11 gives the place of somebody who paused to the next, and relays all when the limit is 0', async () => {
    const { stage, guests, ear } = await crowd(['A', 'B'], { maxRelayedSpeakers: 1 });
    const [a, b] = guests as [Guest, Guest];
    await talk(stage, 200, [
      [a, 8000],
      [b, 4000],
    ]);
    a.connection.receiveMedia(audioFrame(10, new Int16Array(320), MediaFlag.endOfBurst));
    await talk(stage, 100, [[b, 4000]], 10);
    expect(ear.port.frames.map(({ participant }) => participant)).toEqual([...Array(11).fill(1), ...Array(5).fill(2)]);
    const all = await crowd(['A', 'B', 'C', 'D', 'E'], { maxRelayedSpeakers: 0 });
    await talk(
      all.stage,
      20,
      all.guests.map((guest) => [guest, 1000] as const),
    );
    expect(heard(all.ear)).toEqual([1, 2, 3, 4, 5]);
  });

  it('RELAY11 lets people hear one of two tabs with the same person', async () => {
    const { stage, guests, ear } = await crowd(['A', 'A']);
    const [a, again] = guests as [Guest, Guest];
    await talk(stage, 400, [
      [a, 4000],
      [again, 4000],
    ]);
    expect(ear.port.frames).toHaveLength(20);
  });

  it('RELAY12 mixes Opus for the model, in order also while the decoder opens, and frees it with the microphone', async () => {
    const decoder = new FakeOpus();
    const opening = Promise.withResolvers<void>();
    const stage = await Stage.open({ manager: { opusDecoder: decoder } });
    const ana = await stage.join('Ana', { receive: MODERN });
    const ben = await stage.join('Ben', { receive: MODERN });
    decoder.opened = opening.promise;
    for (let index = 0; index < 10; index += 1) ana.connection.receiveMedia(opus(index));
    expect(ben.port.frames).toHaveLength(10);
    opening.resolve();
    await settle();
    for (let index = 10; index < 50; index += 1) {
      await stage.clock.run(20);
      ana.connection.receiveMedia(opus(index));
    }
    expect(amplitudeAt(stage.model.session.audio.subarray(16 * 200, 16 * 700), 400)).toBeGreaterThan(5_500);
    expect(ben.port.frames.map(({ codec }) => codec)).toEqual(Array(50).fill(MediaCodec.opus));
    expect(stage.rooms.sessions()[0]?.people[0]?.speaking).toBe(true);
    ana.connection.receiveMedia(opus(50, 0xff));
    expect(decoder.streams.size).toBe(1);
    ana.connection.receive({ type: 'media', media: { microphone: false, camera: false, screen: false } });
    expect(decoder.streams.size).toBe(0);
    ana.connection.receiveMedia(opus(51));
    await settle();
    ana.connection.disconnected();
    expect(decoder.streams.size).toBe(0);
    expect(stage.errors).toEqual([]);
  });

  it('RELAY12 reports a decoder that cannot be opened, and tries again with the next packet', async () => {
    const decoder = new FakeOpus();
    const stage = await Stage.open({ manager: { opusDecoder: decoder } });
    const ana = await stage.join('Ana', { receive: MODERN });
    await settle();
    decoder.failing = true;
    ana.connection.receiveMedia(opus(0));
    await settle();
    expect(stage.errors).toMatchObject([{ stage: 'media' }]);
    decoder.failing = false;
    ana.connection.receiveMedia(opus(1));
    await settle();
    expect(decoder.streams.size).toBe(1);
  });
});
