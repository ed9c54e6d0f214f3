import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GeminiLiveOptions } from './gemini/live-options.ts';
import { GeminiLiveAPI } from './gemini-live-api.ts';
import { FakeMedia } from './testing/fake-media.ts';
import { ScriptedNetwork, settle } from './testing/scripted-network.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function scene(options: Partial<GeminiLiveOptions> = {}) {
  const network = new ScriptedNetwork();
  const media = new FakeMedia();
  const live = new GeminiLiveAPI({
    url: 'ws://host/live',
    setup: { model: 'models/gemini-3.8-live' },
    webSocket: network.WebSocket,
    media: media.factory,
    random: () => 0,
    ...options,
  });
  const connected = live.connect();
  await settle();
  network.socket.accept();
  network.socket.say({ setupComplete: {} });
  network.socket.say({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
  await connected;
  const [socket] = network.sockets;
  const pings = () => socket?.messages().filter(({ colloquy }) => colloquy?.ping !== undefined).length;
  const pong = () => network.sockets[0]?.say({ colloquy: { pong: 1 } });
  const status = () => live.getSnapshot().connection.status;
  return { live, network, pings, pong, status };
}

describe('the heartbeat of a conversation', () => {
  it('gives up a proxy that answered and falls silent, and continues the session on a new connection', async () => {
    const { live, network, pings, pong, status } = await scene();
    expect(pings()).toBe(1);
    pong();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(pings()).toBe(2);
    await vi.advanceTimersByTimeAsync(7_999);
    expect(status()).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(live.getSnapshot().connection).toMatchObject({
      status: 'reconnecting',
      error: { code: 'ERR_CONNECTION_LOST', retryable: true },
    });
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    network.socket.accept();
    expect(network.socket.messages()[0].setup.sessionResumption).toEqual({ handle: 'h1' });
  });

  it('takes whatever comes for a sign of life', async () => {
    const { network, pings, pong, status } = await scene();
    pong();
    for (let n = 0; n < 10; n++) {
      await vi.advanceTimersByTimeAsync(8_000);
      network.socket.say({ serverContent: { outputTranscription: { text: 'word ' } } });
    }
    expect(pings()).toBe(1);
    expect(status()).toBe('open');
  });

  it('asks at once when the page comes back into sight', async () => {
    const view = new EventTarget();
    vi.stubGlobal('document', Object.assign(view, { visibilityState: 'visible' }));
    const { pings, pong } = await scene();
    pong();
    view.dispatchEvent(new Event('visibilitychange'));
    expect(pings()).toBe(2);
  });

  it('does not hold a server to answers that it never gave', async () => {
    const { pings, status } = await scene();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(pings()).toBe(1);
    expect(status()).toBe('open');
  });

  it.each([
    ['wire: gemini', { wire: 'gemini' as const }, []],
    ['heartbeatIntervalMs: 0', { heartbeatIntervalMs: 0 }, ['colloquy.live.v1']],
  ])('says nothing of its own with %s', async (_what, options, protocols) => {
    const { network, pings } = await scene(options);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(pings()).toBe(0);
    expect(network.socket.protocols).toEqual(protocols);
  });

  it('refuses a wire that there is not', () => {
    const options = { url: '/live', setup: {}, wire: 'grpc' as 'gemini' };
    expect(() => new GeminiLiveAPI(options)).toThrow('"wire" is "colloquy" or "gemini"; got "grpc".');
  });
});

it('tells notices of the proxy, and takes what a newer one says for no error', async () => {
  const { live, network } = await scene();
  const told: unknown[] = [];
  live.on('noticeReceived', (notice) => told.push(notice));
  live.on('error', (error) => told.push(error));
  network.socket.say({ colloquy: { notice: { code: 'budgetLow', message: 'Few tokens are left.' } } });
  network.socket.say({ colloquy: { weather: 'fine' } });
  expect(told).toEqual([{ code: 'budgetLow', message: 'Few tokens are left.' }]);
});
