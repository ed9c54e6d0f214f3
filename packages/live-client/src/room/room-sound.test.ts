import { MediaCodec, MediaKind } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import type { Speaker } from '../audio/speaker.ts';
import type { CodecLoader } from '../codecs/codec-loader.ts';
import type { OpusDecoderPort } from '../codecs/opus-decoder.ts';
import { RoomSound } from './room-sound.ts';

/** Decodes when the test says so, and nothing once it was closed. */
class SlowDecoder {
  static made: SlowDecoder[] = [];
  readonly #port: OpusDecoderPort;
  closed = false;

  constructor(port: OpusDecoderPort) {
    this.#port = port;
    SlowDecoder.made.push(this);
  }

  decode(): void {}

  give(): void {
    if (!this.closed) this.#port.samples(new Int16Array(960), 48_000);
  }

  close(): void {
    this.closed = true;
  }
}

it('makes no source for somebody who left while the first packet was being decoded', () => {
  SlowDecoder.made = [];
  const made: string[] = [];
  const source = { push: () => {}, dispose: () => {} };
  const speaker = {
    source: (id: string) => {
      made.push(id);
      return source;
    },
  };
  const codecs = { loaded: { OpusDecoder: SlowDecoder } };
  const sound = new RoomSound(speaker as unknown as Speaker, codecs as unknown as CodecLoader);
  const packet = { kind: MediaKind.personAudio, codec: MediaCodec.opus, flags: 0, seq: 0, mediaTime: 0, turn: 0 };
  for (const [index, id] of ['ben', 'cem'].entries()) {
    sound.play(id, { ...packet, participant: index + 2, payload: new Uint8Array(1) });
  }
  sound.retain([{ participantId: 'cem' } as Parameters<RoomSound['retain']>[0][number]]);
  for (const decoder of SlowDecoder.made) decoder.give();
  expect(SlowDecoder.made.map(({ closed }) => closed)).toEqual([true, false]);
  expect(made).toEqual(['cem']);
});
