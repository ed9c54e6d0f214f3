import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANA, BEN, entry, person } from '../../test/room-fixtures.ts';
import { modelAudio, personAudio, roomScene } from '../../test/room-scene.ts';
import type { LiveClientError } from '../errors.ts';
import { settle } from '../testing/scripted-network.ts';
import { RoomClient } from './room-client.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('RoomClient joining', () => {
  it('says hello on the room subprotocol and resolves at the welcome', async () => {
    const { client, network, eventsOf, join } = roomScene({ ticket: async () => 'abc' });
    await join({ top: 3 });
    expect(network.socket.protocols).toEqual(['colloquy.room.v1', 'ticket.abc']);
    expect(network.socket.messages('hello')).toEqual([{ type: 'hello', v: 1, clientId: 'tab' }]);
    expect(client.getSnapshot()).toMatchObject({
      connection: { status: 'open' },
      room: { id: 'panel' },
      self: { participantId: 'ana', index: 1 },
      participants: [ANA, BEN],
      model: { status: 'listening' },
    });
    expect(eventsOf('joined')).toMatchObject([{ self: { participantId: 'ana', index: 1 } }]);
    expect(eventsOf('entryAdded')).toMatchObject([{ isNew: false }, { isNew: false }, { isNew: false }]);
  });

  it('asks for a fresh ticket before each dial', async () => {
    let issued = 0;
    const { network, join, rejoin } = roomScene({ ticket: () => `t${++issued}` });
    await join();
    await rejoin();
    await rejoin();
    expect(network.sockets.map(({ protocols }) => protocols[1])).toEqual(['ticket.t1', 'ticket.t2', 'ticket.t3']);
  });

  it.each([
    [4410, 'ERR_ROOM_CLOSED'],
    [4404, 'ERR_ROOM_NOT_FOUND'],
    [4401, 'ERR_NOT_AUTHENTICATED'],
    [4403, 'ERR_NOT_ALLOWED'],
  ])('close %i is one clear error (%s), and no retry follows', async (closeCode, code) => {
    const { client, network, eventsOf } = roomScene();
    const connected = client.connect().then(
      () => null,
      (error: LiveClientError) => error,
    );
    await settle();
    network.socket.accept();
    network.socket.end(closeCode, 'said by the server');
    const error = await connected;
    expect(error).toMatchObject({ name: 'LiveClientError', code, closeCode, reason: 'said by the server' });
    expect(error?.retryable).toBe(false);
    expect(error?.hint).not.toBe('');
    expect(error?.message).toContain('said by the server');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(network.sockets).toHaveLength(1);
    expect(client.getSnapshot().connection).toEqual({ status: 'closed', attempt: 0, retryAtMs: null, error });
    expect(eventsOf('error')).toEqual([{ error }]);
    expect(eventsOf('closed')).toEqual([{ error }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends without a retry when the room is closed while one is in it, and stops the devices', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    await client.microphone.start();
    network.socket.say({ type: 'entries', entries: [entry(1, { kind: 'room.closed', body: { reason: 'done' } })] });
    network.socket.end(4410, 'done');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sockets).toHaveLength(1);
    expect(client.getSnapshot()).toMatchObject({
      connection: { status: 'closed', error: { code: 'ERR_ROOM_CLOSED' } },
      room: { status: 'closed' },
    });
    expect(media.microphone.state.status).toBe('off');
    expect(() => client.sendText('late')).toThrow(expect.objectContaining({ code: 'ERR_NOT_CONNECTED' }));
  });

  it('refuses wrong options by name', () => {
    expect(() => new RoomClient({ url: '' })).toThrow(/"url"/);
    expect(() => new RoomClient(undefined as never)).toThrow(/"url"/);
    expect(() => roomScene({ clientId: 'a b' })).toThrow(/"clientId".*"a b"/);
    expect(() => roomScene({ ticket: 5 as never })).toThrow(/"ticket"/);
    expect(() => roomScene({ historyPageSize: 501 })).toThrow(/"historyPageSize"/);
    expect(() => roomScene({ connectTimeoutMs: -1 })).toThrow(/"connectTimeoutMs".*-1/);
  });

  it('rejects for a URL that is wrong, without a retry', async () => {
    const { client } = roomScene({ url: 'ftp://host/rooms/a' });
    await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_CONNECTION_FAILED', retryable: false });
  });

  it('survives messages that it does not understand', async () => {
    const { client, network, eventsOf, join } = roomScene();
    await join();
    network.socket.say({ type: 'of-the-future' });
    network.socket.sayRaw('not json');
    network.socket.sayRaw(new Uint8Array([9, 9]));
    expect(eventsOf('error')).toMatchObject([
      { error: { code: 'ERR_BAD_SERVER_MESSAGE' } },
      { error: { code: 'ERR_BAD_SERVER_MESSAGE' } },
    ]);
    expect(client.getSnapshot().connection.status).toBe('open');
  });
});

describe('RoomClient people and model', () => {
  it('follows presence, and connects again when a difference is missing', async () => {
    const { client, network, join } = roomScene();
    await join();
    const cleo = person(3, 'Cleo');
    network.socket.say({ type: 'presence', version: 2, changed: [cleo], removed: ['ben'] });
    expect(client.getSnapshot().participants).toEqual([ANA, cleo]);
    network.socket.say({ type: 'presence', version: 4, changed: [], removed: ['cleo'] });
    expect(client.getSnapshot().connection.status).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(network.sockets).toHaveLength(2);
  });

  it('shows what the model does and stops its sound when it is interrupted', async () => {
    const { client, network, media, eventsOf, join } = roomScene();
    await join();
    network.socket.say({ type: 'model', model: { status: 'speaking', turn: 2 } });
    network.socket.sayRaw(modelAudio({ turn: 2 }));
    network.socket.say({ type: 'interrupted', turn: 2 });
    expect(client.getSnapshot().model).toEqual({ status: 'speaking', turn: 2 });
    expect(media.speaker.sources.get('model')?.log).toEqual([
      { type: 'push', samples: [1, -2], turn: 2 },
      { type: 'interrupt', turn: 2 },
    ]);
    expect(eventsOf('audioInterrupted')).toEqual([{ turn: 2 }]);
  });

  it('silences the model here at once when this person interrupts', async () => {
    const { client, network, media, join } = roomScene();
    await join({ model: { status: 'speaking', turn: 3 } });
    network.socket.sayRaw(modelAudio({ turn: 3 }));
    client.interrupt();
    expect(media.speaker.sources.get('model')?.log.at(-1)).toEqual({ type: 'interrupt', turn: 3 });
    expect(network.socket.messages('interrupt')).toHaveLength(1);
  });

  it('gives the same snapshot until something changed, and keeps the parts that did not', async () => {
    const { client, network, join } = roomScene();
    await join({ top: 2 });
    const before = client.getSnapshot();
    const listener = vi.fn();
    const stop = client.subscribe(listener);
    network.socket.say({ type: 'pong', t: 1, serverTime: 1 });
    expect(client.getSnapshot()).toBe(before);
    expect(listener).not.toHaveBeenCalled();
    network.socket.say({ type: 'model', model: { status: 'thinking', turn: 1 } });
    expect(listener).toHaveBeenCalledTimes(1);
    expect(client.getSnapshot()).not.toBe(before);
    expect(client.getSnapshot().timeline).toBe(before.timeline);
    expect(client.getSnapshot().participants).toBe(before.participants);
    stop();
    network.socket.say({ type: 'model', model: { status: 'listening', turn: 1 } });
    expect(listener).toHaveBeenCalledTimes(1);
    const items = client.getSnapshot().timeline;
    network.socket.say({ type: 'entries', entries: [entry(3)] });
    expect(client.getSnapshot().timeline[0]).toBe(items[0]);
  });
});

describe('RoomClient lifecycle', () => {
  it('reconnects when the server does not answer a ping', async () => {
    const { client, network, join } = roomScene();
    await join();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(network.socket.messages('ping')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(8000);
    expect(client.getSnapshot().connection).toMatchObject({ status: 'reconnecting' });
    expect(network.sockets[0]?.closedByClient).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(network.sockets).toHaveLength(2);
  });

  it('connects again when the server announced that it goes away', async () => {
    const { network, join } = roomScene();
    await join();
    network.socket.say({ type: 'goaway', inMs: 2000 });
    await vi.advanceTimersByTimeAsync(1999);
    expect(network.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    await settle();
    expect(network.sockets).toHaveLength(2);
  });

  it('leaves at once and can come back', async () => {
    const { client, network, media, eventsOf, join } = roomScene();
    await join();
    await client.microphone.start();
    const left = client.leave();
    expect(network.socket.messages('leave')).toHaveLength(1);
    expect(media.microphone.state.status).toBe('off');
    network.socket.end(1000);
    await left;
    expect(eventsOf('closed')).toEqual([{ error: null }]);
    expect(client.getSnapshot().connection).toMatchObject({ status: 'closed', error: null });
    await join();
    expect(client.getSnapshot().connection.status).toBe('open');
  });

  it('frees everything when it is disposed, in the middle of anything', async () => {
    const { client, network, media, join } = roomScene();
    await join();
    await client.microphone.start();
    await client.camera.start();
    network.socket.sayRaw(personAudio(2));
    const disposed = client.dispose();
    await vi.advanceTimersByTimeAsync(1000);
    await disposed;
    await client.dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(media.microphone.disposed && media.camera.disposed && media.screen.disposed).toBe(true);
    expect(media.speaker.disposed).toBe(true);
    expect(media.speaker.sources.get('ben')?.disposed).toBe(true);
    expect(media.microphone.listenerCount).toBe(0);
    await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect(() => client.sendText('x')).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }));
  });

  it('ends with the block that uses it, and so do the loops over its events', async () => {
    const { client, network, media, join } = roomScene();
    await join({ top: 3 });
    const texts: unknown[] = [];
    const reading = (async () => {
      for await (const { entry: added } of client.iterate('entryAdded')) texts.push(added.seq);
    })();
    network.socket.say({ type: 'entries', entries: [entry(4)] });
    await settle();
    const used = (async () => {
      await using _room = client;
    })();
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all([used, reading]);
    expect(texts).toEqual([4]);
    expect(media.speaker.disposed).toBe(true);
  });

  it('rejects who waits for connect() when it is disposed', async () => {
    const { client, network } = roomScene();
    const connected = client.connect();
    await settle();
    const disposed = client.dispose();
    network.socket.end(1006);
    await expect(connected).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await disposed;
    expect(vi.getTimerCount()).toBe(0);
  });
});
