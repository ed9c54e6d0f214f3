import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Flow } from './flow.ts';
import type { SocketPort } from './socket-port.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function fakeSocket() {
  return { bufferedAmount: 0, send: vi.fn(), pause: vi.fn(), resume: vi.fn() };
}

function flowOf(limits: { maxBufferedBytes: number; stuckTimeoutMs: number }) {
  const source = fakeSocket();
  const sink = fakeSocket();
  const onStuck = vi.fn();
  const ports = { source: source as unknown as SocketPort, sink: sink as unknown as SocketPort };
  return { source, sink, onStuck, flow: new Flow({ ...ports, limits, onStuck }) };
}

const message = Buffer.from('x');

test('forwards messages as they are', () => {
  const { flow, sink } = flowOf({ maxBufferedBytes: 10_000, stuckTimeoutMs: 0 });
  flow.forward(message, true);
  expect(sink.send).toHaveBeenCalledWith(message, true, undefined);
});

test('stops reading above the mark and goes on at half of it', () => {
  const { flow, source, sink } = flowOf({ maxBufferedBytes: 10_000, stuckTimeoutMs: 0 });
  sink.bufferedAmount = 10_000;
  flow.forward(message, false);
  expect(source.pause).not.toHaveBeenCalled();
  sink.bufferedAmount = 10_001;
  flow.forward(message, false);
  flow.forward(message, false);
  expect(source.pause).toHaveBeenCalledTimes(1);
  sink.bufferedAmount = 5_001;
  flow.drained();
  expect(source.resume).not.toHaveBeenCalled();
  sink.bufferedAmount = 5_000;
  flow.drained();
  flow.drained();
  expect(source.resume).toHaveBeenCalledTimes(1);
});

test('reports a sink that stays above the mark, once', () => {
  const { flow, sink, onStuck } = flowOf({ maxBufferedBytes: 10_000, stuckTimeoutMs: 1_000 });
  sink.bufferedAmount = 10_001;
  flow.forward(message, false);
  vi.advanceTimersByTime(999);
  expect(onStuck).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(onStuck).toHaveBeenCalledTimes(1);
});

test('does not report a sink that drained in time', () => {
  const { flow, sink, onStuck } = flowOf({ maxBufferedBytes: 10_000, stuckTimeoutMs: 1_000 });
  sink.bufferedAmount = 10_001;
  flow.forward(message, false);
  sink.bufferedAmount = 0;
  flow.drained();
  vi.advanceTimersByTime(5_000);
  expect(onStuck).not.toHaveBeenCalled();
});

test('leaves no timer behind', () => {
  const { flow, sink } = flowOf({ maxBufferedBytes: 10_000, stuckTimeoutMs: 1_000 });
  sink.bufferedAmount = 10_001;
  flow.forward(message, false);
  flow.dispose();
  expect(vi.getTimerCount()).toBe(0);
});

test('a mark of 0 never stops the source', () => {
  const { flow, source, sink } = flowOf({ maxBufferedBytes: 0, stuckTimeoutMs: 1_000 });
  sink.bufferedAmount = 1e9;
  flow.forward(message, false);
  expect(source.pause).not.toHaveBeenCalled();
});
