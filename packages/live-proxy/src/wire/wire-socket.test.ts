import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Changes } from '../../test/support/changes.ts';
import { rawFrame } from '../../test/support/raw-frame.ts';
import type { SocketHandlers } from '../socket-port.ts';
import { WireSocket, type WireSocketOptions } from './wire-socket.ts';

const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
/** The other end, byte by byte. */
let peer: Socket;
let ours: Socket;
let answers: Buffer;
let heard: unknown[];
const changes = new Changes();

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  peer = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  [ours] = (await once(server, 'connection')) as [Socket];
  answers = Buffer.alloc(0);
  heard = [];
  peer.on('error', () => {});
  peer.on('data', (chunk: Buffer) => {
    answers = Buffer.concat([answers, chunk]);
    changes.notify();
  });
});

afterEach(async () => {
  peer.destroy();
  ours.destroy();
  server.close();
  await once(server, 'close');
});

const violation = (code: number) => ({ code, reason: `why ${code}` });

function open(
  more: Partial<WireSocketOptions> = {},
  redact?: (reason: string) => string,
  head: Buffer = Buffer.alloc(0),
) {
  const options: WireSocketOptions = {
    role: 'server',
    maxMessageBytes: 1_000_000,
    isBorrowing: false,
    closeTimeoutMs: 30_000,
    violations: { 1002: violation(1002), 1007: violation(1007), 1008: violation(1008), 1009: violation(1009) },
    ...more,
  };
  return new WireSocket(ours, head, options, redact);
}

const note = (what: unknown) => {
  heard.push(what);
  changes.notify();
};
const handlers: SocketHandlers = {
  message: (data) => note(data.toString()),
  pong: (mark) => note(['pong', mark]),
  fault: ({ kind }) => note(kind),
  close: ({ code, reason }) => note([code, reason]),
};

const key = Buffer.from([9, 8, 7, 6]);
const said = (text: string) => rawFrame({ opcode: 1, payload: Buffer.from(text), key });
const closeOf = (code: number, reason = '') =>
  Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
const until = (count: number) => changes.until(() => (heard.length >= count ? true : undefined));
const answered = (bytes: number) => changes.until(() => (answers.byteLength >= bytes ? answers : undefined));

describe('listening', () => {
  test('nothing is read before somebody listens, and what came with the handshake is first', async () => {
    const socket = open({}, undefined, said('one'));
    peer.write(said('two'));
    expect(ours.isPaused()).toBe(true);
    socket.listen(handlers);
    expect(heard).toEqual([]);
    await until(2);
    expect(heard).toEqual(['one', 'two']);
  });

  test('an end that came before is told', async () => {
    const socket = open();
    ours.destroy();
    await once(ours, 'close');
    socket.listen(handlers);
    expect(heard).toEqual([[1006, '']]);
  });

  test('it has one owner', () => {
    const socket = open();
    socket.listen(handlers);
    expect(() => socket.listen(handlers)).toThrow(/one owner/);
  });
});

describe('closing', () => {
  test('the other end’s code is answered and told once, without secrets, and nothing after it', async () => {
    const socket = open({}, (reason) => reason.replace('key', '[redacted]'));
    socket.listen(handlers);
    peer.write(Buffer.concat([rawFrame({ opcode: 8, payload: closeOf(4000, 'my key'), key }), said('late')]));
    expect((await answered(2 + 8)).toString('latin1', 4)).toBe('my key');
    peer.end();
    await until(1);
    expect(heard).toEqual([[4000, 'my [redacted]']]);
    expect(socket.isOpen).toBe(false);
  });

  test('what comes before the other half of the handshake is still told', async () => {
    const socket = open();
    socket.listen(handlers);
    socket.close(1000, 'bye');
    socket.send('not any more');
    expect((await answered(7)).equals(rawFrame({ opcode: 8, payload: closeOf(1000, 'bye') }))).toBe(true);
    peer.write(Buffer.concat([said('wait'), rawFrame({ opcode: 8, payload: closeOf(1000), key })]));
    peer.end();
    await until(2);
    expect(heard).toEqual(['wait', [1000, '']]);
    expect(answers.byteLength).toBe(7);
  });

  test('a socket that is paused closes all the same', async () => {
    const socket = open();
    socket.listen(handlers);
    socket.pause();
    socket.close(1000, '');
    peer.end(rawFrame({ opcode: 8, payload: closeOf(1000), key }));
    await until(1);
    expect(heard).toEqual([[1000, '']]);
  });

  test('who does not answer is cut off in the end', async () => {
    const socket = open({ closeTimeoutMs: 20 });
    socket.listen(handlers);
    socket.close(1000, '');
    await until(1);
    expect(heard).toEqual([[1006, '']]);
  });

  test.each([1004, 1005, 1006, 1015, 1016, 2999])('%i is never sent', async (code) => {
    const socket = open();
    socket.listen(handlers);
    socket.close(code, 'why');
    expect((await answered(7)).readUInt16BE(2)).toBe(1011);
  });

  test('reasons are cut to 123 bytes at a character', async () => {
    const socket = open();
    socket.listen(handlers);
    socket.close(1000, 'é'.repeat(100));
    expect((await answered(4 + 122)).toString('utf8', 4)).toBe('é'.repeat(61));
  });

  test('a connection that ends without a close frame ends with 1006', async () => {
    const socket = open();
    socket.listen(handlers);
    peer.end(said('one').subarray(0, 4));
    await until(1);
    expect(heard).toEqual([[1006, '']]);
  });
});

describe('what is not WebSocket', () => {
  test.each([
    ['a frame that is not masked', rawFrame({ opcode: 1, payload: Buffer.from('a') }), 1002, 'violation'],
    ['text that is no UTF-8', rawFrame({ opcode: 1, payload: Buffer.from([0xff]), key }), 1007, 'violation'],
    [
      'a message above the limit',
      rawFrame({ opcode: 2, payload: Buffer.alloc(0), length: 1_000_001, key }),
      1009,
      'tooLarge',
    ],
  ])('%s is answered with a code and a reason, and told', async (_, frame, code, kind) => {
    const socket = open();
    socket.listen(handlers);
    peer.write(Buffer.concat([said('good'), frame, said('late')]));
    expect((await answered(4)).readUInt16BE(2)).toBe(code);
    expect(answers.toString('latin1', 4)).toBe(`why ${code}`);
    peer.end();
    await until(3);
    expect(heard).toEqual(['good', kind, [1006, '']]);
  });
});

describe('pings', () => {
  test('are answered with what they hold, and ours bring their mark back', async () => {
    const socket = open();
    socket.listen(handlers);
    peer.write(rawFrame({ opcode: 9, payload: Buffer.from('abc'), key }));
    expect((await answered(5)).equals(rawFrame({ opcode: 10, payload: Buffer.from('abc') }))).toBe(true);
    socket.ping('7');
    await answered(5 + 3);
    peer.write(rawFrame({ opcode: 10, payload: Buffer.from('7'), key }));
    await until(1);
    expect(heard).toEqual([['pong', '7']]);
  });

  test('of somebody who does not read are not answered one by one, and the last one is', async () => {
    const socket = open();
    socket.listen(handlers);
    peer.pause();
    const block = Buffer.alloc(65_536, 'x');
    // More than the kernel takes.
    while (socket.bufferedAmount < 1_000_000) socket.send(block, true);
    const before = socket.bufferedAmount;
    for (let count = 0; count < 10_000; count += 1) {
      peer.write(rawFrame({ opcode: 9, payload: Buffer.from(String(count)), key }));
    }
    peer.write(said('done'));
    await until(1);
    expect(socket.bufferedAmount).toBeLessThanOrEqual(before);
    peer.resume();
    const last = rawFrame({ opcode: 10, payload: Buffer.from('9999') });
    await changes.until(() => (answers.subarray(-last.byteLength).equals(last) ? true : undefined));
  });
});

describe('sending', () => {
  test('a frame is passed on as it is only in the direction that it was masked for', async () => {
    const frame = said('hello');
    const socket = open();
    socket.listen(handlers);
    socket.send(Buffer.from('hello'), false, {
      block: frame,
      start: 0,
      end: frame.byteLength,
      isMasked: true,
      media: null,
    });
    expect((await answered(7)).equals(rawFrame({ opcode: 1, payload: Buffer.from('hello') }))).toBe(true);
    const plain = rawFrame({ opcode: 1, payload: Buffer.from('again'), lengthBytes: 0 });
    socket.send(Buffer.from('again'), false, {
      block: plain,
      start: 0,
      end: plain.byteLength,
      isMasked: false,
      media: null,
    });
    expect((await answered(14)).subarray(7).equals(plain)).toBe(true);
  });

  test('a client masks with a key of its own for each message', async () => {
    const socket = open({ role: 'client' });
    socket.listen(handlers);
    const text = 'a'.repeat(100);
    socket.send(text);
    socket.send(text);
    const sent = await answered(2 * 106);
    const keys = [sent.subarray(2, 6), sent.subarray(108, 112)];
    expect(keys[0]).not.toEqual(keys[1]);
    for (const [index, one] of keys.entries()) {
      expect(sent.subarray(index * 106, index * 106 + 106)).toEqual(
        rawFrame({ opcode: 1, payload: Buffer.from(text), key: one }),
      );
    }
  });

  test('a socket that is not open sends nothing and closes only once', async () => {
    const socket = open();
    socket.listen(handlers);
    socket.close(1000, '');
    socket.close(1011, 'again');
    socket.send('x');
    socket.ping();
    peer.end(rawFrame({ opcode: 8, payload: closeOf(1000), key }));
    await until(1);
    expect(answers.equals(rawFrame({ opcode: 8, payload: closeOf(1000) }))).toBe(true);
  });
});
