import type { OpusDecoderPort, OpusStream } from '@colloquy/room-core';

type OpusModule = typeof import('opus-decoder');

/** What people's microphones are mixed at. */
const SAMPLE_RATE = 16_000;

/**
 * Decodes Opus for the model's ear, in WebAssembly: what clients send never reaches native code. Nothing is loaded
 * before somebody who speaks Opus has joined.
 *
 * @example
 * ```ts
 * const rooms = new RoomManager({ engine, model, opusDecoder: opusDecoder() });
 * ```
 */
export function opusDecoder(): OpusDecoderPort {
  let loading: Promise<OpusModule> | null = null;
  const load = () => {
    loading ??= import('opus-decoder').catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  return {
    async load() {
      // One is made and dropped: compiling takes longer than the words of whoever speaks first should wait.
      (await openStream(await load())).dispose();
    },
    async open() {
      return openStream(await load());
    },
  };
}

async function openStream({ OpusDecoder }: OpusModule): Promise<OpusStream> {
  const decoder = new OpusDecoder({
    sampleRate: SAMPLE_RATE,
    channels: 1,
    streamCount: 1,
    coupledStreamCount: 0,
    channelMappingTable: [0],
  });
  await decoder.ready;
  let isOpen = true;
  let samples = new Int16Array(SAMPLE_RATE / 50);
  return {
    decode(packet) {
      if (!isOpen) return null;
      const { channelData, samplesDecoded, errors } = decoder.decodeFrame(packet);
      const [channel] = channelData;
      if (errors.length > 0 || channel === undefined || samplesDecoded === 0) return null;
      if (samples.length < samplesDecoded) samples = new Int16Array(samplesDecoded);
      for (let index = 0; index < samplesDecoded; index += 1) samples[index] = toPcm16(channel[index] ?? 0);
      return samples.subarray(0, samplesDecoded);
    },
    dispose() {
      if (isOpen) decoder.free();
      isOpen = false;
    },
  };
}

function toPcm16(sample: number): number {
  return Math.round(Math.min(1, Math.max(-1, sample)) * 32_767);
}
