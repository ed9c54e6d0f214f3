import { MediaCodec, MediaFlag, MediaKind, parseMediaFrame, serializeMediaFrame } from '@colloquy/live-protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeMedia } from '../../test/fake-media.ts';
import { ANA, actor, BEN, entries, entry, person, welcome } from '../../test/room-fixtures.ts';
import { ScriptedNetwork, settle } from '../../test/scripted-socket.ts';
import type { LiveClientError } from '../errors.ts';
import { RoomClient } from './room-client.ts';
import type { RoomClientOptions } from './room-client-options.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function scene(options: Partial<RoomClientOptions> = {}) {
  const network = new ScriptedNetwork();
  const media = new FakeMedia();
  const client = new RoomClient({
    url: 'ws://host/rooms/panel',
    clientId: 'tab',
    webSocket: network.WebSocket,
    media: media.factory,
    random: () => 0,
    ...options,
  });
  const events: { type: string; event: unknown }[] = [];
  for (const type of [
    'joined',
    'entryAdded',
    'participantsChanged',
    'modelChanged',
    'audioInterrupted',
    'error',
    'closed',
  ] as const) {
    client.on(type, (event) => events.push({ type, event }));
  }
  /** Connects, is welcomed, and the newest page follows. */
  const join = async (parts: Parameters<typeof welcome>[0] = {}, page = entries(1, parts.top ?? 0)) => {
    const connected = client.connect();
    await settle();
    network.socket.accept();
    network.socket.say(welcome(parts));
    if (page.length > 0) network.socket.say({ type: 'entries', entries: page });
    await connected;
  };
  /** The connection breaks and is made again. */
  const rejoin = async (parts: Parameters<typeof welcome>[0] = {}) => {
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(300);
    await settle();
    network.socket.accept();
    network.socket.say(welcome({ recovered: true, ...parts }));
  };
  const texts = () => client.getSnapshot().timeline.map(({ text, state }) => `${text} (${state})`);
  const eventsOf = (type: string) => events.filter((one) => one.type === type).map(({ event }) => event);
  return { client, network, media, events, eventsOf, join, rejoin, texts };
}

describe('RoomClient joining', () => {
  it('says hello on the room subprotocol and resolves at the welcome', async () => {
    const { client, network, eventsOf, join } = scene({ ticket: async () => 'abc' });
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

  it.each([
    [4410, 'ERR_ROOM_CLOSED'],
    [4404, 'ERR_ROOM_NOT_FOUND'],
    [4401, 'ERR_NOT_AUTHENTICATED'],
    [4403, 'ERR_NOT_ALLOWED'],
  ])('close %i is one clear error (%s), and no retry follows', async (closeCode, code) => {
    const { client, network, eventsOf } = scene();
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
    const { client, network, media, join } = scene();
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
    expect(() => scene({ clientId: 'a b' })).toThrow(/"clientId".*"a b"/);
    expect(() => scene({ ticket: 5 as never })).toThrow(/"ticket"/);
    expect(() => scene({ historyPageSize: 501 })).toThrow(/"historyPageSize"/);
    expect(() => scene({ connectTimeoutMs: -1 })).toThrow(/"connectTimeoutMs".*-1/);
  });

  it('rejects for a URL that is wrong, without a retry', async () => {
    const { client } = scene({ url: 'ftp://host/rooms/a' });
    await expect(client.connect()).rejects.toMatchObject({ code: 'ERR_CONNECTION_FAILED', retryable: false });
  });

  it('survives messages that it does not understand', async () => {
    const { client, network, eventsOf, join } = scene();
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

describe('RoomClient log', () => {
  it('resumes where it stopped and shows every entry once', async () => {
    const { client, network, join, rejoin } = scene();
    await join({ top: 3 });
    await rejoin({ top: 5 });
    expect(network.socket.messages('hello')).toMatchObject([{ resume: { epoch: 1, seq: 3 } }]);
    network.socket.say({ type: 'entries', entries: entries(3, 5) });
    expect(client.getSnapshot().timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it('asks for what is missing once, holds what comes after it, and then shows all in order', async () => {
    const { client, network, join } = scene();
    await join({ top: 2 });
    network.socket.say({ type: 'entries', entries: [entry(5)] });
    network.socket.say({ type: 'entries', entries: [entry(6)] });
    expect(network.socket.messages('sync')).toEqual([{ type: 'sync', from: 2 }]);
    expect(client.getSnapshot().timeline).toHaveLength(2);
    network.socket.say({ type: 'entries', entries: entries(3, 5) });
    expect(client.getSnapshot().timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('asks again for a hole that nobody filled, when the server shows that it lives', async () => {
    const { network, join } = scene();
    await join({ top: 2 });
    network.socket.say({ type: 'entries', entries: [entry(5)] });
    network.socket.say({ type: 'pong', t: 1, serverTime: 1 });
    expect(network.socket.messages('sync')).toHaveLength(2);
  });

  it('starts anew from the newest page when the server cannot bring what is missing', async () => {
    const { client, network, join, rejoin } = scene();
    await join({ top: 3 });
    await rejoin({ recovered: false, top: 900, hasOlder: true });
    network.socket.say({ type: 'entries', entries: entries(851, 900) });
    expect(client.getSnapshot().timeline).toHaveLength(50);
    expect(client.getSnapshot().hasOlder).toBe(true);
  });

  it('forgets entries that were never durable and sends its own among them again', async () => {
    const { client, network, join, rejoin, texts } = scene();
    await join({ top: 2 });
    client.sendText('mine');
    network.socket.say({ type: 'ack', cid: 'tab:1', seq: 3 });
    network.socket.say({ type: 'entries', entries: [mine(3, 'tab:1'), entry(4)] });
    await rejoin({ epoch: 2, top: 2, truncateAfter: 2 });
    expect(texts()).toEqual(['text 1 (final)', 'text 2 (final)', 'mine (sending)']);
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:1', body: { text: 'mine' } }]);
  });

  it('pages back, one page at a time', async () => {
    const { client, network, join } = scene();
    await join({ top: 100, hasOlder: true }, entries(51, 100));
    const loading = client.loadOlder();
    void client.loadOlder();
    expect(client.getSnapshot().loadingOlder).toBe(true);
    expect(network.socket.messages('history')).toEqual([{ type: 'history', id: 'h1', before: 51, limit: 50 }]);
    network.socket.say({ type: 'history', id: 'h1', entries: entries(1, 50), hasOlder: false });
    await loading;
    expect(client.getSnapshot()).toMatchObject({ loadingOlder: false, hasOlder: false });
    expect(client.getSnapshot().timeline.map(({ seq }) => seq)).toEqual(entries(1, 100).map(({ seq }) => seq));
    await client.loadOlder();
    expect(network.socket.messages('history')).toHaveLength(1);
  });

  it('tells who waits for a page that the connection broke', async () => {
    const { client, network, join } = scene();
    await join({ top: 100, hasOlder: true }, entries(51, 100));
    const loading = client.loadOlder();
    network.socket.end(1006);
    await expect(loading).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST', retryable: true });
    expect(client.getSnapshot().loadingOlder).toBe(false);
  });

  it('keeps at most as many entries as it may', async () => {
    const { client, network, join } = scene({ maxTimelineItems: 100 });
    await join();
    for (let seq = 1; seq <= 1000; seq += 10) {
      network.socket.say({ type: 'entries', entries: entries(seq, seq + 9) });
    }
    expect(client.getSnapshot().timeline).toHaveLength(100);
    expect(client.getSnapshot().timeline.at(-1)?.seq).toBe(1000);
  });

  it('grows what is being said and puts the final text in its place under the same id', async () => {
    const { client, network, join, texts } = scene();
    await join({ top: 1, inflight: [{ messageId: 'm', kind: 'ai', turn: 1, speakers: [], text: 'Wel' }] });
    const id = client.getSnapshot().timeline.at(-1)?.id;
    network.socket.say({ type: 'delta', messageId: 'm', kind: 'ai', turn: 1, speakers: [], offset: 3, text: 'come' });
    expect(texts()).toEqual(['text 1 (final)', 'Welcome (growing)']);
    const body = { messageId: 'm', turn: 1, text: 'Welcome all' };
    network.socket.say({ type: 'entries', entries: [entry(2, { kind: 'ai.message', body })] });
    expect(texts()).toEqual(['text 1 (final)', 'Welcome all (final)']);
    expect(client.getSnapshot().timeline.at(-1)?.id).toBe(id);
  });
});

describe('RoomClient outbox', () => {
  it('shows a text at once and keeps its place and id until the log has it', async () => {
    const { client, network, join, texts } = scene();
    await join();
    client.sendText('hello');
    client.sendText('quietly', { toModel: false });
    expect(texts()).toEqual(['hello (sending)', 'quietly (sending)']);
    const ids = client.getSnapshot().timeline.map(({ id }) => id);
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:1', body: { text: 'hello', toModel: true } }]);
    network.socket.say({ type: 'ack', cid: 'tab:1', seq: 1 });
    expect(texts()).toEqual(['hello (sending)', 'quietly (sending)']);
    network.socket.say({ type: 'entries', entries: [mine(1, 'tab:1', 'hello')] });
    expect(network.socket.messages('pub')[1]).toMatchObject({ cid: 'tab:2', body: { toModel: false } });
    network.socket.say({ type: 'entries', entries: [mine(2, 'tab:2', 'quietly')] });
    network.socket.say({ type: 'ack', cid: 'tab:2', seq: 2 });
    expect(texts()).toEqual(['hello (final)', 'quietly (final)']);
    expect(client.getSnapshot().timeline.map(({ id }) => id)).toEqual(ids);
    expect(client.getSnapshot().timeline.every(({ own }) => own)).toBe(true);
  });

  it('sends after a reconnect what was not acknowledged, in order and under the same numbers', async () => {
    const { client, network, join, rejoin, texts } = scene();
    await join();
    client.sendText('one');
    network.socket.end(1006);
    client.sendText('two');
    await vi.advanceTimersByTimeAsync(0);
    network.socket.accept();
    expect(network.socket.messages('pub')).toEqual([]);
    network.socket.say(welcome({ recovered: true, top: 1 }));
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:1', body: { text: 'one' } }]);
    network.socket.say({ type: 'entries', entries: [mine(1, 'tab:1', 'one')] });
    network.socket.say({ type: 'ack', cid: 'tab:1', seq: 1 });
    await rejoin({ top: 1 });
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:2', body: { text: 'two' } }]);
    expect(texts()).toEqual(['one (final)', 'two (sending)']);
  });

  it('shows a refusal at the text, tells it, and goes on with the next', async () => {
    const { client, network, join, texts, eventsOf } = scene();
    await join();
    client.sendText('bad');
    client.sendText('good');
    network.socket.say({
      type: 'nack',
      cid: 'tab:1',
      code: 'not-allowed',
      message: 'Viewers listen.',
      retryable: false,
    });
    expect(texts()).toEqual(['bad (failed)', 'good (sending)']);
    expect(client.getSnapshot().timeline[0]?.problem).toBe('Viewers listen.');
    expect(eventsOf('error')).toMatchObject([{ error: { code: 'ERR_MESSAGE_REFUSED', reason: 'Viewers listen.' } }]);
    expect(network.socket.messages('pub')[1]).toMatchObject({ cid: 'tab:2', body: { text: 'good' } });
  });

  it('tries a text again that was refused for now', async () => {
    const { client, network, join } = scene();
    await join();
    client.sendText('a');
    network.socket.say({ type: 'nack', cid: 'tab:1', code: 'busy', message: '', retryable: true });
    await vi.advanceTimersByTimeAsync(1000);
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:1' }, { cid: 'tab:1' }]);
  });

  it('takes a new client id when the server lost count and nothing can fill the gap', async () => {
    const { client, network, join } = scene();
    await join();
    client.sendText('a');
    network.socket.say({ type: 'nack', cid: 'tab:1', code: 'gap', message: '', retryable: true });
    await vi.advanceTimersByTimeAsync(0);
    network.socket.accept();
    const [hello] = network.socket.messages('hello');
    expect(hello.clientId).toMatch(/^[0-9a-f]{32}$/);
    network.socket.say(welcome());
    expect(network.socket.messages('pub')).toMatchObject([{ cid: `${hello.clientId}:1`, body: { text: 'a' } }]);
  });

  it('refuses empty and too long texts', async () => {
    const { client, join } = scene();
    await join();
    expect(() => client.sendText('')).toThrow(RangeError);
    expect(() => client.sendText('x'.repeat(1001))).toThrow(/at most 1000.*1001/);
  });

  it('keeps client id, count and waiting texts over a reload, and gives them to one client only', async () => {
    const storage = new Map<string, string>();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
      removeItem: (key: string) => storage.delete(key),
    });
    const before = scene({ clientId: undefined });
    await before.join();
    before.client.sendText('one');
    before.network.socket.say({ type: 'ack', cid: before.network.socket.messages('pub')[0].cid, seq: 1 });
    before.client.sendText('two');
    const { clientId } = before.network.socket.messages('hello')[0];
    const disposed = before.client.dispose();
    before.network.socket.end(1000);
    await disposed;

    const after = scene({ clientId: undefined });
    await after.join({ top: 1 }, [mine(1, `${clientId}:1`, 'one')]);
    expect(after.network.socket.messages('hello')).toMatchObject([{ clientId }]);
    expect(after.network.socket.messages('pub')).toMatchObject([{ cid: `${clientId}:2`, body: { text: 'two' } }]);

    const other = scene({ clientId: undefined });
    await other.join();
    expect(other.network.socket.messages('hello')[0].clientId).not.toBe(clientId);
  });
});

describe('RoomClient people and model', () => {
  it('follows presence, and connects again when a difference is missing', async () => {
    const { client, network, join } = scene();
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
    const { client, network, media, eventsOf, join } = scene();
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
    const { client, network, media, join } = scene();
    await join({ model: { status: 'speaking', turn: 3 } });
    network.socket.sayRaw(modelAudio({ turn: 3 }));
    client.interrupt();
    expect(media.speaker.sources.get('model')?.log.at(-1)).toEqual({ type: 'interrupt', turn: 3 });
    expect(network.socket.messages('interrupt')).toHaveLength(1);
  });

  it('gives the same snapshot until something changed, and keeps the parts that did not', async () => {
    const { client, network, join } = scene();
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

describe('RoomClient media', () => {
  it('sends the microphone as binary frames while the room is open, and only then', async () => {
    const { client, network, media, join, rejoin } = scene();
    media.microphone.hear();
    await join();
    await client.microphone.start();
    media.microphone.hear({ voice: true });
    media.microphone.hear({ voice: false, endOfBurst: true });
    const frames = network.socket.frames().map(parseMediaFrame);
    expect(frames).toMatchObject([
      { kind: MediaKind.personAudio, codec: MediaCodec.pcm16k, participant: 1, seq: 1, mediaTime: 320, flags: 1 },
      { seq: 2, mediaTime: 640, flags: MediaFlag.endOfBurst, turn: 0 },
    ]);
    expect(frames[0]?.payload.byteLength).toBe(640);
    expect(frames[0]?.payload[0]).toBe(7);
    network.socket.end(1006);
    media.microphone.hear();
    await rejoin();
    expect(network.socket.frames()).toEqual([]);
    media.microphone.hear();
    expect(network.socket.frames()).toHaveLength(1);
  });

  it('drops sound while the socket is full, but not the end of a burst', async () => {
    const { client, network, media, join } = scene();
    await join();
    await client.microphone.start();
    network.socket.bufferedAmount = 65 * 1024;
    media.microphone.hear();
    media.microphone.hear({ endOfBurst: true });
    expect(network.socket.frames().map(parseMediaFrame)).toMatchObject([
      { seq: 1, flags: MediaFlag.voice | MediaFlag.endOfBurst, payload: new Uint8Array(0) },
    ]);
    network.socket.bufferedAmount = 0;
    media.microphone.hear();
    expect(network.socket.frames()).toHaveLength(2);
  });

  it('ends the burst of a microphone that stops without a last frame', async () => {
    const { client, network, media, join } = scene();
    await join();
    await client.microphone.start();
    media.microphone.hear();
    client.microphone.stop();
    const last = parseMediaFrame(network.socket.frames().at(-1) ?? new Uint8Array());
    expect(last).toMatchObject({ flags: MediaFlag.endOfBurst, payload: new Uint8Array(0) });
  });

  it('tells which devices are on, again after a reconnect, and the devices run on meanwhile', async () => {
    const { client, network, media, join, rejoin } = scene();
    await client.microphone.start();
    await join();
    expect(network.socket.messages('media')).toEqual([
      { type: 'media', media: { microphone: true, camera: false, screen: false } },
    ]);
    await client.camera.start();
    client.microphone.setMuted(true);
    expect(network.socket.messages('media').at(-1)?.media).toEqual({ microphone: false, camera: true, screen: false });
    await rejoin();
    expect(network.socket.messages('media')).toEqual([
      { type: 'media', media: { microphone: false, camera: true, screen: false } },
    ]);
    expect(media.camera.state.status).toBe('on');
    expect(client.getSnapshot()).toMatchObject({ microphone: { status: 'muted' }, camera: { status: 'on' } });
  });

  it('sends pictures for the model, yields under pressure, and tells the cameras of it', async () => {
    const { client, network, media, join } = scene();
    await join();
    await client.camera.start();
    await client.screen.start();
    media.camera.see();
    media.screen.see(new Uint8Array([9, 9, 9]));
    const frames = network.socket.frames().map(parseMediaFrame);
    expect(frames).toMatchObject([
      { kind: MediaKind.modelPicture, codec: MediaCodec.jpeg, flags: 0, mediaTime: 1234 },
      { kind: MediaKind.modelPicture, flags: MediaFlag.screen, payload: new Uint8Array([9, 9, 9]) },
    ]);
    network.socket.bufferedAmount = 40_000;
    media.camera.see();
    expect(network.socket.frames()).toHaveLength(2);
    network.socket.bufferedAmount = 20_000;
    await vi.advanceTimersByTimeAsync(250);
    expect([media.camera.pressure, media.screen.pressure]).toEqual([20_000, 20_000]);
  });

  it('plays each person by a source of its own, never itself, and frees it when the person left', async () => {
    const { client, network, media, join } = scene();
    await join();
    network.socket.sayRaw(personAudio(2, MediaFlag.endOfBurst));
    network.socket.sayRaw(personAudio(1));
    network.socket.sayRaw(personAudio(77));
    expect([...media.speaker.sources.keys()]).toEqual(['ben']);
    const ben = media.speaker.sources.get('ben');
    expect(ben?.sampleRate).toBe(16_000);
    expect(ben?.log).toEqual([{ type: 'push', samples: [5], turn: undefined }, { type: 'end' }]);
    expect(client.audioLevel('ben')).toBe(0.25);
    expect(client.audioLevel('nobody')).toBe(0);
    media.microphone.level = 0.75;
    expect(client.audioLevel('ana')).toBe(0.75);
    expect(await client.playback('ben')).toEqual({ receivedSamples: 1 });
    expect(await client.playback('nobody')).toBeNull();
    network.socket.say({ type: 'presence', version: 2, changed: [], removed: ['ben'] });
    expect(ben?.disposed).toBe(true);
  });

  it('shows pictures of others as object URLs', async () => {
    const { client, network, join } = scene();
    await join({ participants: [ANA, person(2, 'Ben', { screen: true })] });
    const payload = new Uint8Array([0xff, 0xd8]);
    network.socket.sayRaw(
      serializeMediaFrame({
        kind: MediaKind.modelPicture,
        codec: MediaCodec.jpeg,
        flags: MediaFlag.screen,
        participant: 2,
        seq: 0,
        mediaTime: 0,
        turn: 0,
        payload,
      }),
    );
    const picture = client.getSnapshot().pictures.get('ben');
    expect(picture).toMatchObject({ source: 'screen', url: expect.stringMatching(/^blob:/) });
    const blob = await fetch(picture?.url ?? '').then((response) => response.blob());
    expect(blob.type).toBe('image/jpeg');
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(payload);
    network.socket.say({ type: 'presence', version: 2, changed: [], removed: ['ben'] });
    expect(client.getSnapshot().pictures.size).toBe(0);
  });
});

describe('RoomClient lifecycle', () => {
  it('reconnects when the server does not answer a ping', async () => {
    const { client, network, join } = scene();
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
    const { network, join } = scene();
    await join();
    network.socket.say({ type: 'goaway', inMs: 2000 });
    await vi.advanceTimersByTimeAsync(1999);
    expect(network.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    await settle();
    expect(network.sockets).toHaveLength(2);
  });

  it('leaves at once and can come back', async () => {
    const { client, network, media, eventsOf, join } = scene();
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
    const { client, network, media, join } = scene();
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

  it('rejects who waits for connect() when it is disposed', async () => {
    const { client, network } = scene();
    const connected = client.connect();
    await settle();
    const disposed = client.dispose();
    network.socket.end(1006);
    await expect(connected).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await disposed;
    expect(vi.getTimerCount()).toBe(0);
  });
});

function mine(seq: number, cid: string, text = 'mine') {
  return entry(seq, { actor: actor(ANA), cid, body: { text, toModel: true } });
}

function modelAudio({ turn }: { turn: number }) {
  return serializeMediaFrame({
    kind: MediaKind.modelAudio,
    codec: MediaCodec.pcm24k,
    flags: 0,
    participant: 0,
    seq: 0,
    mediaTime: 0,
    turn,
    payload: new Uint8Array(new Int16Array([1, -2]).buffer),
  });
}

function personAudio(participant: number, flags = 0) {
  return serializeMediaFrame({
    kind: MediaKind.personAudio,
    codec: MediaCodec.pcm16k,
    flags,
    participant,
    seq: 0,
    mediaTime: 0,
    turn: 0,
    payload: new Uint8Array(new Int16Array([5]).buffer),
  });
}
