import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type Random, randomOf } from '../../test/support/random.ts';
import { rawFrame } from '../../test/support/raw-frame.ts';
import { WireError } from './frame.ts';
import { FrameReader } from './frame-reader.ts';

interface Reading {
  readonly maxMessageBytes: number;
  readonly isMasked: boolean;
}

type Found = readonly unknown[];

function readWithOurs(chunks: readonly Buffer[], { isMasked, ...options }: Reading & { isBorrowing: boolean }): Found {
  const found: unknown[] = [];
  const reader = new FrameReader(
    { ...options, role: isMasked ? 'server' : 'client' },
    {
      onMessage: (data, isBinary) => found.push([isBinary ? 'binary' : 'text', data.toString('base64')]),
      onPing: (payload) => found.push(['ping', payload.toString('base64')]),
      onPong: (payload) => found.push(['pong', payload.toString('base64')]),
      onClose: (code, reason) => found.push(['close', code, reason]),
    },
  );
  for (const chunk of chunks) {
    try {
      // A socket's own memory: the reader may unmask in place.
      reader.push(Buffer.from(chunk));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      found.push(['error', error.closeCode]);
    }
  }
  return found;
}

/** The reader of the `ws` package, which others have tested for years. */
function readWithWs(chunks: readonly Buffer[], { isMasked, maxMessageBytes }: Reading): Found {
  const { Receiver } = createRequire(import.meta.url)('ws') as { Receiver: new (options: object) => Writable };
  const receiver = new Receiver({ isServer: isMasked, maxPayload: maxMessageBytes, maxFragments: 16_384 });
  const found: unknown[] = [];
  let isOver = false;
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    found.push([isBinary ? 'binary' : 'text', data.toString('base64')]),
  );
  receiver.on('ping', (payload: Buffer) => found.push(['ping', payload.toString('base64')]));
  receiver.on('pong', (payload: Buffer) => found.push(['pong', payload.toString('base64')]));
  receiver.on('conclude', (code: number, reason: Buffer) => {
    isOver = true;
    found.push(['close', code, reason.toString()]);
  });
  receiver.on('error', () => {});
  for (const chunk of chunks) {
    if (isOver) break;
    receiver.write(Buffer.from(chunk), (error) => {
      if (!error || isOver) return;
      isOver = true;
      const status = Object.getOwnPropertySymbols(error).find(({ description }) => description === 'status-code');
      found.push(['error', status === undefined ? error : (error as unknown as Record<symbol, number>)[status]]);
    });
    // The callback of a failed write comes later, but the receiver knows already.
    const { errored } = receiver;
    if (errored && !isOver) {
      isOver = true;
      const status = Object.getOwnPropertySymbols(errored).find(({ description }) => description === 'status-code');
      found.push(['error', status === undefined ? errored : (errored as unknown as Record<symbol, number>)[status]]);
    }
  }
  return found;
}

const lengths = [
  0, 1, 2, 3, 7, 47, 48, 49, 63, 125, 126, 127, 500, 700, 900, 1_000, 1_001, 4_095, 65_535, 65_536, 70_000,
];

function anyFrame(random: Random, isMasked: boolean, isFragmented: boolean): { frame: Buffer; goesOn: boolean } {
  const isControl = random() < 0.2;
  const isWild = random() < 0.02;
  const opcode = isWild
    ? random.below(16)
    : isControl
      ? random.pick([8, 9, 10, 9, 10, 9, 10])
      : isFragmented
        ? 0
        : random.pick([1, 2]);
  const length = isControl ? random.below(126) : random.pick(lengths);
  const text = random() < 0.97 ? Buffer.alloc(length, random.pick(['a', 'é', 'x"\\', '😀'])) : random.bytes(length);
  const payload =
    opcode === 8 && length >= 2 ? withCode(text, random) : opcode === 2 ? random.bytes(Math.min(length, 2_000)) : text;
  const isFinal = isControl ? random() < 0.99 : random() < 0.7;
  const key = random() < 0.99 === isMasked ? random.bytes(4) : null;
  const frame = rawFrame({
    opcode,
    payload,
    isFinal,
    reserved: random() < 0.005 ? random.below(8) : 0,
    key,
    ...(random() < 0.02 ? { lengthBytes: random.pick([0, 2, 8] as const) } : {}),
    ...(random() < 0.01 ? { length: random.pick([0, 126, 200_000, 2 ** 40, Number.MAX_SAFE_INTEGER, 2 ** 60]) } : {}),
  });
  return { frame, goesOn: opcode < 8 ? !isFinal : isFragmented };
}

function withCode(payload: Buffer, random: Random): Buffer {
  payload.writeUInt16BE(random.pick([1000, 1000, 1001, 1004, 1005, 1006, 1011, 1015, 2999, 3000, 4999, 5000, 0]), 0);
  return payload;
}

function cut(stream: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const most = random.pick([1, 3, 20, 1_000, 65_536, 200_000]);
  for (let at = 0; at < stream.byteLength; ) {
    // Byte by byte only where the stream is short.
    const size = 1 + random.below(Math.max(most, stream.byteLength >> 10));
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);

test(`what ws reads in a stream of frames, good or broken and cut anywhere, is read here (seed ${seed})`, () => {
  const random = randomOf(seed);
  const kinds = new Set<unknown>();
  for (let round = 0; round < 600; round += 1) {
    const options = { isMasked: random() < 0.7, maxMessageBytes: random.pick([0, 1_000, 66_000]) };
    const frames: Buffer[] = [];
    let isFragmented = false;
    for (let count = random.below(8); count >= 0; count -= 1) {
      const { frame, goesOn } = anyFrame(random, options.isMasked, isFragmented);
      frames.push(frame);
      isFragmented = goesOn;
    }
    const stream = Buffer.concat(frames);
    if (random() < 0.05 && stream.byteLength > 0) stream[random.below(stream.byteLength)] = random.below(256);
    const chunks = cut(stream, random);
    const expected = readWithWs(chunks, options);
    for (const isBorrowing of [true, false]) {
      expect(readWithOurs(chunks, { ...options, isBorrowing }), `round ${round}`).toEqual(expected);
    }
    for (const found of expected) {
      const [kind, code] = found as unknown[];
      kinds.add(kind === 'error' ? code : kind);
    }
  }
  expect(kinds).toEqual(new Set(['text', 'binary', 'ping', 'pong', 'close', 1002, 1007, 1009]));
});

describe('frames that can be passed on', () => {
  const read = (chunks: readonly Buffer[], isMasked: boolean, isBorrowing: boolean) => {
    const frames: (string | null)[] = [];
    const reader = new FrameReader(
      { role: isMasked ? 'server' : 'client', isBorrowing, maxMessageBytes: 0 },
      {
        onMessage: (_data, _isBinary, block, start, end) => frames.push(block?.toString('hex', start, end) ?? null),
        onPing: () => {},
        onPong: () => {},
        onClose: () => {},
      },
    );
    for (const chunk of chunks) reader.push(chunk);
    return frames;
  };
  const payload = Buffer.alloc(1_000, 'hello');
  const key = Buffer.from([1, 2, 3, 4]);

  test('stay as they came, also when they came in pieces', () => {
    for (const frame of [
      rawFrame({ opcode: 1, payload, key }),
      rawFrame({ opcode: 2, payload: Buffer.alloc(0), key }),
    ]) {
      const hex = frame.toString('hex');
      expect(read([Buffer.concat([frame, frame])], true, true)).toEqual([hex, hex]);
      expect(read([frame.subarray(0, 5), frame.subarray(5)], true, true)).toEqual([hex]);
    }
    const frame = rawFrame({ opcode: 2, payload });
    expect(read([frame], false, false)).toEqual([frame.toString('hex')]);
  });

  test('are not there for a message in fragments, for a length written too long, and where messages are kept', () => {
    const fragments = [
      rawFrame({ opcode: 1, payload, key, isFinal: false }),
      rawFrame({ opcode: 9, payload: Buffer.from('?'), key }),
      rawFrame({ opcode: 0, payload, key }),
    ];
    expect(read(fragments, true, true)).toEqual([null]);
    expect(read([rawFrame({ opcode: 1, payload: Buffer.from('a'), key, lengthBytes: 8 })], true, true)).toEqual([null]);
    expect(read([rawFrame({ opcode: 1, payload, key })], true, false)).toEqual([null]);
  });
});

test('what is announced takes no memory before it is there', () => {
  const reader = new FrameReader(
    { role: 'client', isBorrowing: false, maxMessageBytes: 0 },
    { onMessage: () => {}, onPing: () => {}, onPong: () => {}, onClose: () => {} },
  );
  const before = process.memoryUsage().arrayBuffers;
  reader.push(rawFrame({ opcode: 2, payload: Buffer.alloc(10), length: 2 ** 30 }));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test('a message in too many fragments is refused with 1008', () => {
  const empty = rawFrame({ opcode: 0, payload: Buffer.alloc(0), isFinal: false });
  const stream = [rawFrame({ opcode: 1, payload: Buffer.alloc(0), isFinal: false }), ...Array(16_384).fill(empty)];
  expect(readWithOurs([Buffer.concat(stream)], { isMasked: false, isBorrowing: false, maxMessageBytes: 0 })).toEqual([
    ['error', 1008],
  ]);
});
