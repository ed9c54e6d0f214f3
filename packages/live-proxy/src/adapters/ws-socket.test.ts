import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { SocketHandlers } from '../socket-port.ts';
import { WsSocket } from './ws-socket.ts';

class FakeWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly pause = vi.fn();
  readonly resume = vi.fn();
  readonly send = vi.fn();
  readonly close = vi.fn();
}

function make(redact?: (reason: string) => string) {
  const socket = new FakeWebSocket();
  const port = new WsSocket(socket as unknown as WebSocket, redact);
  const heard: unknown[] = [];
  const handlers: SocketHandlers = {
    message: (data) => heard.push(data.toString()),
    fault: ({ kind }) => heard.push(kind),
    close: ({ code, reason }) => heard.push([code, reason]),
  };
  return { socket, port, heard, handlers };
}

test('reads nothing before somebody listens', () => {
  const { socket, port, handlers } = make();
  expect(socket.pause).toHaveBeenCalled();
  expect(socket.resume).not.toHaveBeenCalled();
  port.listen(handlers);
  expect(socket.resume).toHaveBeenCalled();
});

test('keeps what came anyway, the end included, in order', () => {
  const { socket, port, handlers, heard } = make();
  socket.emit('message', Buffer.from('one'), false);
  socket.emit('error', new Error('reset'));
  socket.emit('close', 1006, Buffer.from(''));
  port.listen(handlers);
  expect(heard).toEqual(['one', 'broken', [1006, '']]);
});

test('tells the end once, and nothing after it', () => {
  const { socket, port, handlers, heard } = make();
  port.listen(handlers);
  socket.emit('close', 1000, Buffer.from('bye'));
  socket.emit('message', Buffer.from('late'), false);
  socket.emit('close', 1000, Buffer.from('again'));
  expect(heard).toEqual([[1000, 'bye']]);
});

test('has one owner', () => {
  const { port, handlers } = make();
  port.listen(handlers);
  expect(() => port.listen(handlers)).toThrow(/one owner/);
});

test.each([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'tooLarge'],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 'tooLarge'],
  ['WS_ERR_INVALID_UTF8', 'violation'],
  ['ECONNRESET', 'broken'],
])('the error %s is %s', (code, kind) => {
  const { socket, port, handlers, heard } = make();
  port.listen(handlers);
  socket.emit('error', Object.assign(new Error(), { code }));
  expect(heard).toEqual([kind]);
});

test.each([1004, 1005, 1006, 1015, 1016, 2999])('%i is never sent', (code) => {
  const { socket, port } = make();
  port.close(code, 'why');
  expect(socket.close).toHaveBeenCalledWith(1011, 'why');
});

test('reasons are cut to 123 bytes at a character', () => {
  const { socket, port } = make();
  port.close(1000, 'é'.repeat(100));
  expect(socket.close).toHaveBeenCalledWith(1000, 'é'.repeat(61));
});

test('a socket that is not open neither sends nor closes', () => {
  const { socket, port } = make();
  socket.readyState = 2;
  port.send('x');
  port.close(1000, '');
  expect(socket.send).not.toHaveBeenCalled();
  expect(socket.close).not.toHaveBeenCalled();
});
