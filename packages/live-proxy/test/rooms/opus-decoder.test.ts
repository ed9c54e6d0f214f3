import { amplitudeAt } from '@colloquy/room-core/testing';
import { expect, test } from 'vitest';
import { opusDecoder } from '../../src/rooms/index.ts';
import { opusTone } from './opus-tone.ts';

const packets = opusTone.map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));

test('decodes what a browser encodes to 16 kHz in real time, packet by packet', async () => {
  const port = opusDecoder();
  await port.load();
  const stream = await port.open();
  const samples = packets.flatMap((packet) => [...(stream.decode(packet) ?? [])]);
  expect(samples).toHaveLength(25 * 320);
  const steady = Int16Array.from(samples.slice(3_200));
  expect(amplitudeAt(steady, 400)).toBeGreaterThan(7_500);
  expect(amplitudeAt(steady, 700)).toBeLessThan(200);
  stream.dispose();
});

test('keeps the streams of several microphones apart, and decodes nothing once disposed', async () => {
  const port = opusDecoder();
  const [one, other, again] = [await port.open(), await port.open(), await port.open()];
  const alone = packets.map((packet) => one.decode(packet)?.slice());
  const beside = packets.map((packet, index) => {
    other.decode(packets[(index * 7) % 25] ?? packet);
    return again.decode(packet)?.slice();
  });
  expect(beside).toEqual(alone);
  for (const stream of [one, other, again, again]) stream.dispose();
  expect(again.decode(packets[0] ?? new Uint8Array())).toBeNull();
});

test('plays on after any bytes that are one Opus frame by their first byte', async () => {
  const stream = await opusDecoder().open();
  let seed = 7;
  for (let round = 0; round < 200; round += 1) {
    const noise = Uint8Array.from({ length: 1 + (round % 90) }, (_, at) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return at === 0 ? (seed >> 8) & 0xfc : seed >> 8;
    });
    const samples = stream.decode(noise);
    expect(samples === null || samples.length <= 960).toBe(true);
  }
  expect(stream.decode(packets[0] ?? new Uint8Array())).toHaveLength(320);
  stream.dispose();
});
