import { MediaCodec, MediaFlag, parseMediaFrame } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CodecLoader } from '../src/codecs/codec-loader.ts';
import { OpusDecoder } from '../src/codecs/opus-decoder.ts';
import * as peopleCodecs from '../src/codecs/people-codecs.ts';
import { Vp8Decoder } from '../src/codecs/vp8.ts';
import { VoiceUplink } from '../src/room/voice-uplink.ts';
import {
  FakeAudioData,
  FakeAudioDecoder,
  FakeAudioEncoder,
  FakeEncodedChunk,
  FakeVideoDecoder,
} from './fake-web-codecs.ts';

beforeEach(() => {
  vi.stubGlobal('AudioEncoder', FakeAudioEncoder);
  vi.stubGlobal('AudioData', FakeAudioData);
  vi.stubGlobal('AudioDecoder', FakeAudioDecoder);
  vi.stubGlobal('EncodedAudioChunk', FakeEncodedChunk);
  vi.stubGlobal('VideoDecoder', FakeVideoDecoder);
  vi.stubGlobal('EncodedVideoChunk', FakeEncodedChunk);
});
afterEach(() => {
  FakeAudioEncoder.made.length = 0;
  FakeAudioDecoder.made.length = 0;
  FakeVideoDecoder.made.length = 0;
  vi.unstubAllGlobals();
});

async function uplink() {
  const codecs = new CodecLoader(true, async () => peopleCodecs);
  await codecs.load();
  const line = { isOpen: true, takesAudio: true };
  const sent: Uint8Array[] = [];
  const voice = new VoiceUplink({
    codecs,
    isOpen: () => line.isOpen,
    takesAudio: () => line.takesAudio,
    sendFrame: (bytes) => void sent.push(bytes),
    index: () => 3,
  });
  let frame = 0;
  const say = (count: number, endOfBurst = false) => {
    for (let n = 0; n < count; n += 1) {
      const samples = new Int16Array(320).fill(frame);
      voice.send({ samples, mediaTime: frame * 320, voice: true, endOfBurst: endOfBurst && n === count - 1 });
      frame += 1;
    }
  };
  const skip = (count: number) => {
    frame += count;
  };
  /** Codec, first byte, place in frames and flags of what was sent. */
  const frames = () =>
    sent.splice(0).map((bytes) => {
      const { codec, payload, mediaTime, flags } = parseMediaFrame(bytes);
      return [codec, payload[0] ?? null, mediaTime / 320, flags];
    });
  const encoder = () => FakeAudioEncoder.made.at(-1);
  return { voice, line, say, skip, frames, encoder, sent };
}

const { opus, pcm16k } = MediaCodec;
const END = MediaFlag.endOfBurst;

describe('VoiceUplink', () => {
  it('sends PCM16 until the room wants Opus, and again when it does not any more', async () => {
    const { voice, say, frames, encoder } = await uplink();
    say(1);
    expect(frames()).toEqual([[pcm16k, 0, 0, 1]]);
    voice.setCodec('opus');
    say(2);
    encoder()?.give();
    expect(frames()).toEqual([
      [opus, 1, 1, 1],
      [opus, 2, 2, 1],
    ]);
    voice.setCodec('pcm16');
    expect(encoder()?.state).toBe('closed');
    say(1);
    expect(frames()).toEqual([[pcm16k, 3, 3, 1]]);
  });

  it('ends a burst behind its last packet, and drops the one that the engine adds', async () => {
    const { voice, say, frames, encoder } = await uplink();
    voice.setCodec('opus');
    say(2, true);
    expect(frames()).toEqual([]);
    await encoder()?.finish();
    expect(frames()).toEqual([
      [opus, 0, 0, 1],
      [opus, 1, 1, 1],
      [pcm16k, null, 2, END],
    ]);
  });

  it('keeps packets at their place over a gap and over the next burst', async () => {
    const { voice, say, skip, frames, encoder } = await uplink();
    voice.setCodec('opus');
    say(1);
    skip(10);
    say(1, true);
    skip(5);
    say(1);
    await encoder()?.finish();
    encoder()?.give();
    expect(frames().map(([codec, first, place]) => [codec, first, place])).toEqual([
      [opus, 0, 0],
      [opus, 11, 11],
      [pcm16k, null, 12],
      [opus, 17, 17],
    ]);
  });

  it('drops packets while the network does not carry them, and counts them', async () => {
    const { voice, line, say, encoder, sent } = await uplink();
    voice.setCodec('opus');
    say(1);
    line.takesAudio = false;
    encoder()?.give();
    expect(sent).toEqual([]);
    line.takesAudio = true;
    say(1);
    encoder()?.give();
    expect(sent.map((bytes) => parseMediaFrame(bytes).seq)).toEqual([1]);
  });

  it('goes on with PCM16 when the encoder fails, and does not try again', async () => {
    const { voice, say, frames, encoder } = await uplink();
    voice.setCodec('opus');
    say(1);
    encoder()?.break();
    say(1);
    expect(frames()).toEqual([[pcm16k, 1, 1, 1]]);
    voice.setCodec('opus');
    say(1);
    expect(FakeAudioEncoder.made).toHaveLength(1);
  });
});

describe('Vp8Decoder', () => {
  it('begins with a key frame, and after a failure goes on with the next one', () => {
    const shown: unknown[] = [];
    const decoder = new Vp8Decoder((frame) => shown.push(frame));
    const decode = (byte: number, isKey = false) => decoder.decode(Uint8Array.of(byte), isKey, 0);
    decode(1);
    decode(2, true);
    decode(3);
    decode(0);
    decode(4);
    decode(5, true);
    decode(6);
    expect(shown).toEqual([2, 3, 5, 6]);
    expect(FakeVideoDecoder.made.map(({ state }) => state)).toEqual(['closed', 'configured']);
    decoder.close();
    decode(7, true);
    expect(shown).toHaveLength(4);
  });

  it('leaves out everything up to the next key frame when this device does not keep up', () => {
    const shown: unknown[] = [];
    const decoder = new Vp8Decoder((frame) => shown.push(frame));
    decoder.decode(Uint8Array.of(1), true, 0);
    Object.assign(FakeVideoDecoder.made[0] ?? {}, { decodeQueueSize: 9 });
    decoder.decode(Uint8Array.of(2), false, 0);
    decoder.decode(Uint8Array.of(3), false, 0);
    decoder.decode(Uint8Array.of(4), true, 0);
    expect(shown).toEqual([1, 4]);
  });

  it('gives up on a sender from whom nothing can be decoded', () => {
    const decoder = new Vp8Decoder(() => {});
    for (let n = 0; n < 100; n += 1) decoder.decode(Uint8Array.of(0), true, 0);
    expect(FakeVideoDecoder.made).toHaveLength(20);
  });

  it('counts failures in a row: however many there were, a picture that is shown begins anew', () => {
    const shown: unknown[] = [];
    const decoder = new Vp8Decoder((frame) => shown.push(frame));
    const fail = (count: number) => {
      for (let n = 0; n < count; n += 1) decoder.decode(Uint8Array.of(0), true, 0);
    };
    for (const picture of [1, 2, 3]) {
      fail(19);
      decoder.decode(Uint8Array.of(picture), true, 0);
    }
    fail(20);
    decoder.decode(Uint8Array.of(4), true, 0);
    expect(shown).toEqual([1, 2, 3]);
  });
});

describe('OpusDecoder', () => {
  it('loses a packet that cannot be decoded and no other, and gives up after twenty in a row', () => {
    const heard: number[] = [];
    const decoder = new OpusDecoder({
      samples: ([first = 0], sampleRate) => heard.push(Math.round((100 * first) / 32_767), sampleRate),
      burstEnded: () => {},
    });
    const fail = (count: number) => {
      for (let n = 0; n < count; n += 1) decoder.decode(Uint8Array.of(0));
    };
    for (const packet of [1, 2, 3]) {
      fail(19);
      decoder.decode(Uint8Array.of(packet));
    }
    expect(heard).toEqual([1, 48_000, 2, 48_000, 3, 48_000]);
    fail(100);
    decoder.decode(Uint8Array.of(4));
    expect(heard).toHaveLength(6);
    // One for each failure, of which the first twenty of the hundred count; the one that spoke last failed first.
    expect(FakeAudioDecoder.made).toHaveLength(19 * 3 + 20);
  });
});

describe('CodecLoader', () => {
  it('says what this browser decodes, and loads nothing where that is nothing or not wanted', async () => {
    vi.stubGlobal('AudioDecoder', { isConfigSupported: async () => ({ supported: true }) });
    expect(new CodecLoader(true).isWorthAsking).toBe(true);
    expect(new CodecLoader(false).isWorthAsking).toBe(false);
    vi.stubGlobal(
      'AudioDecoder',
      Object.assign(() => {}, { isConfigSupported: async () => ({ supported: true }) }),
    );
    vi.stubGlobal(
      'VideoDecoder',
      Object.assign(() => {}, {
        isConfigSupported: async () => {
          throw new TypeError('unknown codec');
        },
      }),
    );
    const loader = new CodecLoader(true, async () => peopleCodecs);
    await loader.find();
    expect(loader.abilities).toEqual({ audio: ['opus'] });
    vi.stubGlobal('AudioDecoder', undefined);
    vi.stubGlobal('VideoDecoder', undefined);
    expect(new CodecLoader(true).isWorthAsking).toBe(false);
  });

  it('tries again after the code could not be loaded', async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(peopleCodecs);
    const loader = new CodecLoader(true, load);
    expect(await loader.load()).toBeNull();
    await loader.find();
    expect(loader.loaded).toBe(peopleCodecs);
  });
});
