import { encodeBase64, type MediaFrame } from '@colloquy/live-protocol';
import { FakeClock, fromPcmBytes, sine, toPcmBytes } from '@colloquy/room-core/testing';
import { expect, it } from 'vitest';
import { GuestAudio } from './guest-audio.ts';

const PIECE_MS = 100;

/** A stream in pieces of 100 ms, and how much of it was given and not been heard yet. */
function guest() {
  const clock = new FakeClock();
  const frames: { readonly at: number; readonly frame: MediaFrame }[] = [];
  const send = (frame: MediaFrame) => frames.push({ at: clock.monotonic(), frame });
  const audio = new GuestAudio({ clock, bytesPerSecond: 100_000, send });
  let given = 0;
  return {
    clock,
    frames,
    give: (ms: number, amplitude = 8_000) => {
      const samples = sine({ frequency: 300, samples: ms * 16, amplitude, offset: given * 16 });
      audio.push(encodeBase64(toPcmBytes(samples)), 16_000);
      given += ms;
    },
    end: () => audio.end(),
    /** Milliseconds given so far that were not heard. */
    delayMs: () => given - frames.length * 20,
    heard: () => Int16Array.from(frames.flatMap(({ frame }) => [...fromPcmBytes(frame.payload)])),
  };
}

async function speak(stream: ReturnType<typeof guest>, ms: number, amplitude?: (at: number) => number): Promise<void> {
  for (let at = 0; at < ms; at += PIECE_MS) {
    stream.give(PIECE_MS, amplitude?.(at));
    await stream.clock.run(PIECE_MS, 20);
  }
}

it('plays a recording that comes at once in real time, whole', async () => {
  const stream = guest();
  for (let n = 0; n < 100; n += 1) stream.give(PIECE_MS, n % 20 < 10 ? 8_000 : 0);
  stream.end();
  await stream.clock.run(12_000);
  expect(stream.frames).toHaveLength(500);
  expect(stream.frames.at(-1)?.at).toBeGreaterThanOrEqual(499 * 20);
});

it('catches up with a microphone that a network held back for two seconds: in its pauses, and loses no word', async () => {
  const stream = guest();
  // Words of two seconds, pauses of one.
  const words = (at: number) => (at % 3_000 < 2_000 ? 8_000 : 0);
  await speak(stream, 6_000, words);
  expect(stream.delayMs()).toBeLessThanOrEqual(100);
  await stream.clock.run(2_000);
  for (let at = 0; at < 2_000; at += PIECE_MS) stream.give(PIECE_MS, words(at));
  expect(stream.delayMs()).toBeGreaterThan(1_500);
  await speak(stream, 7_900, words);
  const before = stream.frames.length;
  // What waited is all that comes yet.
  await stream.clock.run(3_000);
  expect((stream.frames.length - before) * 20).toBeLessThanOrEqual(300);
  // Pauses went, words did not: two seconds of every three were words.
  const loud = stream.frames.filter(({ frame }) =>
    fromPcmBytes(frame.payload).some((sample) => Math.abs(sample) > 1_000),
  );
  expect(loud.length * 20).toBeGreaterThan(10_900);
});

it('catches up by and by where there are no pauses, and loses no word', async () => {
  const stream = guest();
  await speak(stream, 2_000);
  await stream.clock.run(1_000);
  stream.give(1_000);
  const before = stream.delayMs();
  await speak(stream, 20_000);
  expect(before - stream.delayMs()).toBeGreaterThan(300);
  await speak(stream, 40_000);
  expect(stream.delayMs()).toBeLessThanOrEqual(300);
  const whole = sine({ frequency: 300, samples: stream.heard().length, amplitude: 8_000 });
  expect(stream.heard()).toEqual(whole);
  // Never so fast that a room could not even it out.
  for (const [n, { at }] of stream.frames.entries()) {
    const second = stream.frames[n + 50];
    if (second) expect(second.at - at).toBeGreaterThanOrEqual(780);
  }
});

it('keeps up with a clock that is half a percent fast for ten minutes', async () => {
  const stream = guest();
  for (let n = 0; n < 6_030; n += 1) {
    stream.give(PIECE_MS);
    await stream.clock.run(n % 200 === 0 ? PIECE_MS - 1 : PIECE_MS - 0.5, 20);
  }
  expect(stream.delayMs()).toBeLessThanOrEqual(400);
});

it('takes a minute of bytes at once, then only so many per second, and a microphone at 48 kHz always', () => {
  const clock = new FakeClock();
  const audio = new GuestAudio({ clock, bytesPerSecond: 100_000, send: () => {} });
  const second = encodeBase64(new Uint8Array(100_000));
  const taken = (count: number) =>
    Array.from({ length: count }, () => audio.push(second, 16_000)).filter(Boolean).length;
  expect(taken(100)).toBe(59);
  clock.advance(1_000);
  expect(taken(100)).toBe(1);
  const piece = encodeBase64(new Uint8Array(9_600));
  for (let n = 0; n < 600; n += 1) {
    clock.advance(100);
    expect(audio.push(piece, 48_000)).toBe(true);
  }
  audio.dispose();
});
