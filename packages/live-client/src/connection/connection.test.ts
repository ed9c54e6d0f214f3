import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveClientError } from '../errors.ts';
import { ScriptedNetwork, settle } from '../testing/scripted-network.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { NetworkHint } from './network-hints.ts';
import type { OpenSocket, SocketHandlers } from './socket-port.ts';
import { webSocketOpener } from './web-socket.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function scene(options: Partial<ConnectionOptions> = {}) {
  const network = new ScriptedNetwork();
  const hints = new Set<(hint: NetworkHint) => void>();
  const handlers = {
    socketOpened: vi.fn(),
    messageReceived: vi.fn(),
    connectionLost: vi.fn(),
    stateChanged: vi.fn(),
    probe: vi.fn(),
  };
  const connection = new Connection({
    openSocket: webSocketOpener(network.WebSocket),
    target: async () => ({ url: 'ws://host/', protocols: ['p'] }),
    toError: ({ code, reason }) =>
      new LiveClientError('ERR_CONNECTION_LOST', `closed ${code}`, {
        closeCode: code,
        reason,
        retryable: code !== 1000 && !(code >= 4400 && code < 4500),
      }),
    handlers,
    connectTimeoutMs: 10_000,
    maxConnectAttempts: 3,
    maxReconnectAttempts: 0,
    hints: {
      subscribe: (listener) => {
        hints.add(listener);
        return () => hints.delete(listener);
      },
    },
    random: () => 0,
    ...options,
  });
  const hint = (value: NetworkHint) => {
    for (const listener of hints) listener(value);
  };
  /** Dials, accepts and is ready. */
  const open = async () => {
    const connected = connection.connect();
    await settle();
    network.socket.accept();
    connection.markReady();
    await connected;
  };
  /** The delay after which the next socket is dialled, in milliseconds. */
  const nextDialAfter = async () => {
    const dials = network.sockets.length;
    for (let ms = 0; ms <= 20_000; ms += 100) {
      await vi.advanceTimersByTimeAsync(ms === 0 ? 0 : 100);
      if (network.sockets.length > dials) return ms;
    }
    return null;
  };
  return { connection, network, handlers, hints, hint, open, nextDialAfter };
}

/** Keeps a rejection from counting as unhandled until it is looked at. */
function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
}

describe('Connection', () => {
  it('says that nothing was sent when the socket is not open, before and while it closes', async () => {
    const { connection, network, open } = scene();
    expect(connection.send('before')).toBe(false);
    const opened = open();
    await settle();
    await opened;
    expect(connection.send('open')).toBe(true);
    // What a browser does when the other end begins to close: the close event comes later.
    network.socket.readyState = 2;
    expect(connection.send('closing')).toBe(false);
    expect(network.socket.sent).toEqual(['open']);
  });

  it('resolves connect() when the owner says that it is ready, and not before', async () => {
    const { connection, network, handlers } = scene();
    const resolved = vi.fn();
    connection.connect().then(resolved);
    await settle();
    network.socket.accept();
    await settle();
    expect(handlers.socketOpened).toHaveBeenCalledTimes(1);
    expect(connection.snapshot).toMatchObject({ status: 'connecting', attempt: 1 });
    expect(resolved).not.toHaveBeenCalled();
    connection.markReady();
    await settle();
    expect(resolved).toHaveBeenCalled();
    expect(connection.snapshot).toEqual({ status: 'open', attempt: 0, retryAtMs: null, error: null });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shares one dial between callers that connect at the same time', async () => {
    const { connection, network } = scene();
    const both = Promise.all([connection.connect(), connection.connect()]);
    await settle();
    network.socket.accept();
    connection.markReady();
    await both;
    await connection.connect();
    expect(network.sockets).toHaveLength(1);
  });

  it.each([1000, 4400, 4401, 4403, 4404, 4410])(
    'close %i rejects connect() once and is never retried',
    async (code) => {
      const { connection, network } = scene();
      const connected = outcome(connection.connect());
      await settle();
      network.socket.accept();
      network.socket.end(code, 'because');
      expect(await connected).toMatchObject({ name: 'LiveClientError', closeCode: code, reason: 'because' });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(network.sockets).toHaveLength(1);
      expect(connection.snapshot).toMatchObject({ status: 'closed', error: { closeCode: code, retryable: false } });
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('gives up the first connect() after the attempts allowed, and says that trying again may help', async () => {
    const { connection, network } = scene();
    const connected = outcome(connection.connect());
    for (const delay of [0, 0, 300]) {
      await vi.advanceTimersByTimeAsync(delay);
      network.socket.end(1006);
    }
    expect(await connected).toMatchObject({ closeCode: 1006, retryable: true });
    expect(network.sockets).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sockets).toHaveLength(3);
    expect(connection.snapshot.status).toBe('closed');
  });

  it('dials a lost connection again after 0, 300, 1200, 2700, 4800, 7000, 7000 ms without end', async () => {
    const { network, open, nextDialAfter, connection } = scene();
    await open();
    const delays: (number | null)[] = [];
    for (let i = 0; i < 7; i += 1) {
      network.socket.end(i % 2 === 0 ? 1006 : 4500);
      expect(connection.snapshot).toMatchObject({ status: 'reconnecting', attempt: i + 1 });
      delays.push(await nextDialAfter());
    }
    expect(delays).toEqual([0, 300, 1200, 2700, 4800, 7000, 7000]);
  });

  it('starts again from the first delay only after a connection that lasted five seconds', async () => {
    const { connection, network, open, nextDialAfter } = scene();
    await open();
    await vi.advanceTimersByTimeAsync(4000);
    network.socket.end(1006);
    expect(await nextDialAfter()).toBe(0);
    network.socket.accept();
    connection.markReady();
    await vi.advanceTimersByTimeAsync(4000);
    network.socket.end(1006);
    expect(await nextDialAfter()).toBe(300);
    network.socket.accept();
    connection.markReady();
    await vi.advanceTimersByTimeAsync(5000);
    network.socket.end(1006);
    expect(connection.snapshot.attempt).toBe(1);
    expect(await nextDialAfter()).toBe(0);
  });

  it('gives up a lost connection after a limit, if there is one', async () => {
    const { connection, network, open, nextDialAfter } = scene({ maxReconnectAttempts: 2 });
    await open();
    network.socket.end(1006);
    await nextDialAfter();
    network.socket.end(1006);
    expect(connection.snapshot).toMatchObject({ status: 'closed', error: { retryable: true } });
    expect(await nextDialAfter()).toBeNull();
  });

  it('ignores everything that an abandoned socket still says', async () => {
    const { connection, network, handlers, open, nextDialAfter } = scene();
    await open();
    const [old] = network.sockets;
    connection.fail(new LiveClientError('ERR_CONNECTION_LOST', 'silent', { retryable: true }));
    expect(handlers.connectionLost).toHaveBeenCalledTimes(1);
    expect(old?.closedByClient).not.toBeNull();
    await nextDialAfter();
    network.socket.accept();
    connection.markReady();
    old?.accept();
    old?.say({ type: 'late' });
    old?.end(4410, 'late');
    expect(handlers.messageReceived).not.toHaveBeenCalled();
    expect(connection.snapshot.status).toBe('open');
    expect(network.sockets).toHaveLength(2);
  });

  it('knows late callbacks by their socket, also from a port that keeps talking after it was abandoned', async () => {
    const ports: SocketHandlers[] = [];
    const openSocket: OpenSocket = (_url, _protocols, handlers) => {
      ports.push(handlers);
      return { bufferedAmount: 0, send: () => true, close: () => {}, abandon: () => {} };
    };
    const { connection, handlers, nextDialAfter } = scene({ openSocket });
    void connection.connect();
    await settle();
    connection.markReady();
    connection.fail(new LiveClientError('ERR_CONNECTION_LOST', 'silent', { retryable: true }));
    await vi.advanceTimersByTimeAsync(1);
    expect(ports).toHaveLength(2);
    ports[0]?.onOpen();
    ports[0]?.onMessage('late');
    ports[0]?.onClose({ code: 4410, reason: 'late' });
    expect(handlers.socketOpened).not.toHaveBeenCalled();
    expect(handlers.messageReceived).not.toHaveBeenCalled();
    expect(connection.snapshot).toMatchObject({ status: 'reconnecting', retryAtMs: null });
    ports[1]?.onMessage('now');
    expect(handlers.messageReceived).toHaveBeenCalledWith('now');
    connection.dispose();
    expect(await nextDialAfter()).toBeNull();
  });

  it('does not dial when it was closed while the ticket was fetched', async () => {
    let give = (_: { url: string; protocols: string[] }) => {};
    const target = () => new Promise<{ url: string; protocols: string[] }>((resolve) => (give = resolve));
    const { connection, network } = scene({ target });
    const connected = outcome(connection.connect());
    await connection.close();
    give({ url: 'ws://host/', protocols: [] });
    expect(await connected).toMatchObject({ code: 'ERR_ABORTED' });
    await settle();
    expect(network.sockets).toHaveLength(0);
    expect(connection.snapshot.status).toBe('closed');
  });

  it('asks for the target before each dial, and tries again when it cannot be had', async () => {
    const target = vi.fn(async () => ({ url: 'ws://host/', protocols: ['p'] }));
    target.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    const { connection, network } = scene({ target });
    const connected = connection.connect();
    await vi.advanceTimersByTimeAsync(0);
    network.socket.accept();
    connection.markReady();
    await connected;
    expect(target).toHaveBeenCalledTimes(2);
  });

  it('does not try again when the ticket function says that it is of no use', async () => {
    const refused = new LiveClientError('ERR_NOT_AUTHENTICATED', 'Signed out.');
    const { connection, network } = scene({ target: () => Promise.reject(refused) });
    expect(await outcome(connection.connect())).toBe(refused);
    expect(network.sockets).toHaveLength(0);
  });

  it('counts a dial without an answer as failed after the deadline', async () => {
    const { connection, network } = scene({ maxConnectAttempts: 1 });
    const connected = outcome(connection.connect());
    await settle();
    network.socket.accept();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await connected).toMatchObject({ code: 'ERR_CONNECT_TIMEOUT', retryable: true });
    expect(network.socket.closedByClient).not.toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects at once for a signal that has fired, and gives up when one fires', async () => {
    const { connection, network } = scene();
    expect(await outcome(connection.connect(AbortSignal.abort('no')))).toMatchObject({ code: 'ERR_ABORTED' });
    expect(network.sockets).toHaveLength(0);
    const controller = new AbortController();
    const connected = outcome(connection.connect(controller.signal));
    await settle();
    controller.abort('changed my mind');
    expect(await connected).toMatchObject({ code: 'ERR_ABORTED', cause: 'changed my mind' });
    expect(network.socket.closedByClient).not.toBeNull();
    expect(connection.snapshot.status).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets the others go on when only one of several callers gives up', async () => {
    const { connection, network } = scene();
    const controller = new AbortController();
    const first = outcome(connection.connect(controller.signal));
    const second = outcome(connection.connect());
    await settle();
    controller.abort();
    network.socket.accept();
    connection.markReady();
    expect(await first).toMatchObject({ code: 'ERR_ABORTED' });
    expect(await second).toBe('resolved');
  });

  it('dials again at the moment that goaway names, also when the server closes before', async () => {
    const { connection, network, open, nextDialAfter } = scene();
    await open();
    connection.goAwayIn(3000);
    await vi.advanceTimersByTimeAsync(1000);
    network.socket.end(4503);
    expect(await nextDialAfter()).toBe(2000);
    network.socket.accept();
    connection.markReady();
    connection.goAwayIn(3000);
    expect(await nextDialAfter()).toBeGreaterThanOrEqual(3000);
    expect(network.sockets[1]?.closedByClient).not.toBeNull();
  });

  it('hurries when the network or the page comes back, but not before a server that went away', async () => {
    const { connection, network, open, hint } = scene();
    await open();
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(0);
    network.socket.end(1006);
    expect(network.sockets).toHaveLength(2);
    hint('offline');
    await settle();
    expect(network.sockets).toHaveLength(2);
    hint('online');
    await settle();
    expect(network.sockets).toHaveLength(3);
    network.socket.accept();
    connection.markReady();
    connection.goAwayIn(5000);
    network.socket.end(4503);
    hint('visible');
    await settle();
    expect(network.sockets).toHaveLength(3);
  });

  it('asks its owner to look after an open connection when the page comes back', async () => {
    const { handlers, open, hint, hints, connection } = scene();
    await open();
    hint('visible');
    expect(handlers.probe).toHaveBeenCalledTimes(1);
    await Promise.all([connection.close(), vi.advanceTimersByTimeAsync(1000)]);
    expect(hints.size).toBe(0);
  });

  it('says farewell, closes politely, and does not wait for ever', async () => {
    const { connection, network, handlers, open } = scene();
    await open();
    const closed = vi.fn();
    connection.close('bye').then(closed);
    expect(network.socket.sent).toEqual(['bye']);
    expect(network.socket.closedByClient?.code).toBe(1000);
    expect(handlers.connectionLost).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalled();
    expect(connection.snapshot).toMatchObject({ status: 'closed', error: null });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not leave who waits for close() waiting when it connects again at once', async () => {
    const { connection, network, open } = scene();
    await open();
    const closed = connection.close();
    await open();
    await closed;
    expect(network.sockets).toHaveLength(2);
    network.sockets[0]?.end(1000);
    expect(connection.snapshot.status).toBe('open');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says no farewell to a server that has not welcomed it', async () => {
    const { connection, network } = scene();
    const connected = outcome(connection.connect());
    await settle();
    network.socket.accept();
    void connection.close('bye');
    network.socket.end(1000);
    expect(await connected).toMatchObject({ code: 'ERR_ABORTED' });
    expect(network.socket.sent).toEqual([]);
  });

  it('connects again after it was closed', async () => {
    const { connection, network, open } = scene();
    await open();
    const closed = connection.close();
    network.socket.end(1000);
    await closed;
    await open();
    expect(network.sockets).toHaveLength(2);
    expect(connection.snapshot.status).toBe('open');
  });

  it('frees timers and hints in every state when it is disposed', async () => {
    for (const reach of ['idle', 'dialling', 'waiting', 'open', 'closing'] as const) {
      const { connection, network, open, hints } = scene();
      let connected: Promise<unknown> = Promise.resolve();
      if (reach === 'dialling') connected = outcome(connection.connect());
      if (reach === 'waiting' || reach === 'open' || reach === 'closing') await open();
      if (reach === 'waiting') network.socket.end(1006);
      if (reach === 'closing') void connection.close();
      await settle();
      connection.dispose();
      connection.dispose();
      await connected;
      expect(vi.getTimerCount(), reach).toBe(0);
      expect(hints.size, reach).toBe(0);
    }
  });
});
