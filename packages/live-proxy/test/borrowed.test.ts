// What a socket lends during a call (bytes in memory that is used again, and the passage that describes a message) must not
// be kept. Here it is destroyed after each call, and the tests of whatever handles messages have to pass all the same.
import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import type { Passage } from '../src/socket-port.ts';
import { WireSocket } from '../src/wire/wire-socket.ts';
import { poison } from './support/poisoned-sockets.ts';
import { rawFrame } from './support/raw-frame.ts';

vi.mock('../src/wire/wire-socket.ts', async (original) => {
  const { poisonedSockets } = await import('./support/poisoned-sockets.ts');
  return poisonedSockets(await original());
});

// Each file has its own preparations, so each is a suite of its own.
describe('relays', () => import('./relay.test.ts') as Promise<unknown> as Promise<void>);
describe('limits of clients', () => import('./client-limits.test.ts') as Promise<unknown> as Promise<void>);
describe('the continuity ladder', () => import('./continuity/ladder.test.ts') as Promise<unknown> as Promise<void>);
describe('what is carried over', () => import('./continuity/carried.test.ts') as Promise<unknown> as Promise<void>);

test('the destruction works: what is kept cannot be used', async () => {
  const stream = new PassThrough();
  const violation = { code: 1002, reason: '' };
  const violations = { 1002: violation, 1007: violation, 1008: violation, 1009: violation };
  const socket = new WireSocket(stream, Buffer.alloc(0), {
    role: 'server',
    isBorrowing: true,
    maxMessageBytes: 0,
    closeTimeoutMs: 1_000,
    violations,
  });
  const kept = await new Promise<{ data: Buffer; passage: Passage; text: string }>((resolve) => {
    socket.listen({
      message: (data, _, passage) => resolve({ data, passage: passage as Passage, text: data.toString() }),
      close: () => {},
    });
    stream.write(rawFrame({ opcode: 1, payload: Buffer.from('hello'), key: Buffer.alloc(4) }));
  });
  stream.destroy();
  expect(kept.text).toBe('hello');
  expect(kept.data).toEqual(Buffer.alloc(5, poison));
  expect(() => kept.passage.block).toThrow(TypeError);
});
