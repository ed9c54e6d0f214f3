import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SharedChunks } from './shared-chunks.ts';

const ramp = (from: number, length: number) => Int16Array.from({ length }, (_, index) => (from + index) % 30_000);

describe('SharedChunks', () => {
  it('gives chunks back whole and in order with their turns, across the end of the memory', () => {
    const writer = SharedChunks.create(100);
    const reader = SharedChunks.of(writer.memory);
    const output = new Int16Array(reader.capacity);
    let at = 0;
    for (let turn = 1; turn < 400; turn++) {
      const chunk = ramp(at, 1 + (turn % 37));
      at += chunk.length;
      expect(writer.write(chunk, turn * 100_000)).toBe(true);
      expect(reader.read(output)).toBe(chunk.length);
      expect(reader.turn).toBe(turn * 100_000);
      expect(output.subarray(0, chunk.length)).toEqual(chunk);
      expect(reader.read(output)).toBe(-1);
    }
  });

  it('takes no part of a chunk that does not fit, and takes it once there is room', () => {
    const chunks = SharedChunks.create(50);
    const output = new Int16Array(50);
    expect(chunks.write(ramp(0, 20), 1)).toBe(true);
    expect(chunks.write(ramp(20, 22), 1)).toBe(false);
    expect(chunks.write(ramp(20, 21), 1)).toBe(true);
    expect(chunks.write(ramp(0, 1), 1)).toBe(false);
    expect(chunks.read(output)).toBe(20);
    expect(chunks.write(ramp(41, 19), 1)).toBe(true);
    expect(chunks.read(output)).toBe(21);
    expect(output.subarray(0, 21)).toEqual(ramp(20, 21));
  });

  it('counts obeyed messages for both ends', () => {
    const writer = SharedChunks.create(50);
    const reader = SharedChunks.of(writer.memory);
    reader.countObeyed();
    reader.countObeyed();
    expect(writer.obeyed).toBe(2);
  });

  it('refuses a capacity in which no sample fits', () => {
    expect(() => SharedChunks.create(4)).toThrow(/capacity is 4/);
  });

  it('loses and doubles nothing between two threads at full speed', async () => {
    const chunks = SharedChunks.create(512);
    const total = 300_000;
    const worker = new Worker(new URL('../../test/shared-chunks-writer.ts', import.meta.url), {
      workerData: { memory: chunks.memory, total },
    });
    const ended = once(worker, 'exit');
    const output = new Int16Array(chunks.capacity);
    let read = 0;
    while (read < total) {
      const length = chunks.read(output);
      if (length < 0) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      for (let index = 0; index < length; index++) {
        if (output[index] !== (read + index) % 30_000) expect.unreachable(`sample ${read + index} is ${output[index]}`);
      }
      if (chunks.turn !== read) expect.unreachable(`the chunk at ${read} says ${chunks.turn}`);
      read += length;
    }
    expect(read).toBe(total);
    await ended;
  });
});
