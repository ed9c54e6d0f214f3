import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ClientLimits, defaultClientLimits } from '../client-limits.ts';
import type { LiveProxyError } from '../errors.ts';
import type { SocketHandlers, SocketPort } from '../socket-port.ts';
import { ClientLeg } from './client-leg.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeSocket implements SocketPort {
  isOpen = true;
  bufferedAmount = 0;
  handlers: SocketHandlers | undefined;
  readonly send = vi.fn();
  readonly ping = vi.fn();
  readonly pause = vi.fn();
  readonly resume = vi.fn();
  readonly close = vi.fn();
  readonly terminate = vi.fn();
  listen(handlers: SocketHandlers): void {
    this.handlers = handlers;
  }
}

function start(
  limits: Partial<ClientLimits> = {},
  more: { heartbeatIntervalMs?: number; mayBeRestricted?: boolean } = {},
) {
  const socket = new FakeSocket();
  const ended: LiveProxyError[] = [];
  const passed: Buffer[] = [];
  const leg = new ClientLeg({
    socket,
    limits: { ...defaultClientLimits, ...limits },
    heartbeatIntervalMs: 0,
    mayBeRestricted: false,
    onLimit: (error) => ended.push(error),
    ...more,
  });
  leg.listen({ message: (data) => passed.push(data), close: () => {} });
  const say = (message: unknown) => socket.handlers?.message(Buffer.from(JSON.stringify(message)), false);
  say({ setup: {} });
  return { leg, socket, ended, passed, say };
}

const audio = (ms: number) => ({
  realtimeInput: { audio: { data: Buffer.alloc(ms * 32).toString('base64'), mimeType: 'audio/pcm;rate=16000' } },
});
const picture = { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } };

describe('counting', () => {
  test('messages and bytes of both directions', () => {
    const { leg, socket, say } = start();
    say({ realtimeInput: { text: 'é' } });
    leg.send(Buffer.alloc(39));
    leg.send('{"é":1}', false);
    expect(leg.received).toEqual({ messages: 2, bytes: 12 + 31 });
    expect(leg.sent).toEqual({ messages: 2, bytes: 39 + 8 });
    expect(socket.send).toHaveBeenCalledTimes(2);
  });
});

describe('rates', () => {
  test('bytes pass up to the burst and not one further, and again as time goes by', () => {
    const { ended, passed, socket } = start({ bytesPerSecond: 100, burstBytes: 100 + 12 });
    socket.handlers?.message(Buffer.alloc(100, 'a'), false);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(500);
    socket.handlers?.message(Buffer.alloc(50, 'a'), false);
    expect(passed).toHaveLength(3);
    socket.handlers?.message(Buffer.alloc(1, 'a'), false);
    expect(passed).toHaveLength(3);
    expect(ended).toMatchObject([
      { code: 'ERR_TOO_FAST', message: 'More than bytesPerSecond 100 over burstBytes 112; send slower.' },
    ]);
  });

  test('sound in real time passes for ever, and faster sound only as far as the burst goes', () => {
    const { ended, say } = start({ audioSecondsPerSecond: 1, audioBurstSeconds: 2 });
    for (let second = 0; second < 120; second += 1) {
      for (let frame = 0; frame < 50; frame += 1) say(audio(20));
      vi.advanceTimersByTime(1_000);
    }
    expect(ended).toEqual([]);
    for (let frame = 0; frame < 100; frame += 1) say(audio(20));
    expect(ended).toEqual([]);
    say(audio(20));
    expect(ended).toMatchObject([
      { code: 'ERR_TOO_FAST', message: /audioSecondsPerSecond 1 over audioBurstSeconds 2/ },
    ]);
  });

  test('pictures pass up to the number per minute, and one more when its time has come', () => {
    const { ended, say } = start({ picturesPerMinute: 6 });
    for (let count = 0; count < 6; count += 1) say(picture);
    vi.advanceTimersByTime(10_000);
    say(picture);
    expect(ended).toEqual([]);
    say(picture);
    expect(ended).toMatchObject([{ code: 'ERR_TOO_FAST', message: /picturesPerMinute 6; send slower/ }]);
  });

  test('with media limits, what cannot be read is not passed on uncounted', () => {
    const { ended, socket } = start({ picturesPerMinute: 6 });
    socket.handlers?.message(Buffer.from("{'realtimeInput':{}}"), false);
    expect(ended).toMatchObject([{ code: 'ERR_MESSAGE_INVALID' }]);
  });

  test('after a limit nothing passes any more, and it is told once', () => {
    const { ended, passed, say } = start({ picturesPerMinute: 1 });
    for (let count = 0; count < 5; count += 1) say(picture);
    expect(passed).toHaveLength(2);
    expect(ended).toHaveLength(1);
  });

  test('without limits everything passes as it is', () => {
    const { ended, passed, socket } = start();
    socket.handlers?.message(Buffer.from('no json'), true);
    expect(passed[1]?.toString()).toBe('no json');
    expect(ended).toEqual([]);
  });
});

describe('permissions', () => {
  test('only what is allowed passes, in either spelling', () => {
    const { leg, ended, passed, say } = start({}, { mayBeRestricted: true });
    leg.allowOnly(['realtimeInput']);
    say({ realtime_input: { text: 'hello' } });
    expect(passed).toHaveLength(2);
    say({ realtimeInput: {}, context_update: {} });
    expect(passed).toHaveLength(2);
    expect(ended).toMatchObject([
      { code: 'ERR_NOT_ALLOWED', message: 'The message contextUpdate is not allowed here; send realtimeInput.' },
    ]);
  });

  test('a kind that is not known is not allowed', () => {
    const { leg, ended, say } = start({}, { mayBeRestricted: true });
    leg.allowOnly(['realtimeInput']);
    say({ futureUpdate: {} });
    expect(ended).toMatchObject([{ code: 'ERR_NOT_ALLOWED', message: /of a kind that is not known/ }]);
  });

  test.each([
    ['{"contextUpdate":{}}', 'ERR_NOT_ALLOWED'],
    ['{"surprise":{}}', 'ERR_NOT_ALLOWED'],
    ["{'contextUpdate':{}}", 'ERR_MESSAGE_INVALID'],
  ])('what came before the decision is judged by it: %s', (text, code) => {
    const { leg, socket } = start({}, { mayBeRestricted: true });
    socket.handlers?.message(Buffer.from(text), false);
    expect(() => leg.allowOnly(['realtimeInput'])).toThrow(expect.objectContaining({ code }));
  });

  test('a decision without permissions allows all', () => {
    const { leg, ended, passed, say } = start({}, { mayBeRestricted: true });
    say({ contextUpdate: {} });
    leg.allowOnly(null);
    say({ contextUpdate: {} });
    expect(passed).toHaveLength(3);
    expect(ended).toEqual([]);
  });
});

describe('time', () => {
  test('a session ends when it has lasted long enough, however busy', () => {
    const { ended, say } = start({ sessionDurationMs: 5_000 });
    vi.advanceTimersByTime(4_999);
    say(audio(20));
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toMatchObject([{ code: 'ERR_SESSION_TOO_LONG' }]);
  });

  test('a session is idle when neither side says anything', () => {
    const { leg, ended, say } = start({ idleTimeoutMs: 1_000 });
    vi.advanceTimersByTime(900);
    say(audio(20));
    vi.advanceTimersByTime(900);
    leg.send('{}');
    vi.advanceTimersByTime(999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toMatchObject([{ code: 'ERR_IDLE' }]);
  });

  test('no timer outlives the socket', () => {
    const limits = { idleTimeoutMs: 1_000, sessionDurationMs: 1_000 };
    for (const end of ['close', 'terminate', 'closed'] as const) {
      const { leg, socket, ended } = start(limits, { heartbeatIntervalMs: 100 });
      if (end === 'close') leg.close(1000, '');
      else if (end === 'terminate') leg.terminate();
      else socket.handlers?.close({ code: 1000, reason: '', error: null });
      expect(vi.getTimerCount()).toBe(0);
      expect(ended).toEqual([]);
    }
  });
});

describe('heartbeat', () => {
  test('a client that answers stays, one that misses two pings is gone', () => {
    const { socket, ended } = start({}, { heartbeatIntervalMs: 1_000 });
    for (let beat = 0; beat < 10; beat += 1) {
      vi.advanceTimersByTime(1_000);
      socket.handlers?.pong?.('');
    }
    expect(socket.ping).toHaveBeenCalledTimes(10);
    vi.advanceTimersByTime(2_000);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(ended).toMatchObject([{ code: 'ERR_CLIENT_SILENT' }]);
    expect(socket.terminate).toHaveBeenCalledOnce();
  });

  test('a client that is not read is not judged', () => {
    const { leg, ended } = start({}, { heartbeatIntervalMs: 1_000 });
    vi.advanceTimersByTime(2_000);
    leg.pause();
    vi.advanceTimersByTime(60_000);
    leg.resume();
    vi.advanceTimersByTime(2_000);
    expect(ended).toEqual([]);
  });

  test('without an interval there are no pings', () => {
    const { socket } = start();
    vi.advanceTimersByTime(600_000);
    expect(socket.ping).not.toHaveBeenCalled();
  });
});
