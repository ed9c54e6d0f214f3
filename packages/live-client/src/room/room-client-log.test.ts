import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { entries, entry, welcome } from '../../test/room-fixtures.ts';
import { mine, roomScene } from '../../test/room-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('RoomClient log', () => {
  it('resumes where it stopped and shows every entry once', async () => {
    const { client, network, join, rejoin } = roomScene();
    await join({ top: 3 });
    await rejoin({ top: 5 });
    expect(network.socket.messages('hello')).toMatchObject([{ resume: { epoch: 1, seq: 3 } }]);
    network.socket.say({ type: 'entries', entries: entries(3, 5) });
    expect(client.getSnapshot().timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it('asks for what is missing once, holds what comes after it, and then shows all in order', async () => {
    const { client, network, join } = roomScene();
    await join({ top: 2 });
    network.socket.say({ type: 'entries', entries: [entry(5)] });
    network.socket.say({ type: 'entries', entries: [entry(6)] });
    expect(network.socket.messages('sync')).toEqual([{ type: 'sync', from: 2 }]);
    expect(client.getSnapshot().timeline).toHaveLength(2);
    network.socket.say({ type: 'entries', entries: entries(3, 5) });
    expect(client.getSnapshot().timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('asks again for a hole that nobody filled, when the server shows that it lives', async () => {
    const { network, join } = roomScene();
    await join({ top: 2 });
    network.socket.say({ type: 'entries', entries: [entry(5)] });
    network.socket.say({ type: 'pong', t: 1, serverTime: 1 });
    expect(network.socket.messages('sync')).toHaveLength(2);
  });

  it('starts anew from the newest page when the server cannot bring what is missing', async () => {
    const { client, network, join, rejoin } = roomScene();
    await join({ top: 3 });
    await rejoin({ recovered: false, top: 900, hasOlder: true });
    network.socket.say({ type: 'entries', entries: entries(851, 900) });
    expect(client.getSnapshot().timeline).toHaveLength(50);
    expect(client.getSnapshot().hasOlder).toBe(true);
  });

  it('forgets entries that were never durable and sends its own among them again', async () => {
    const { client, network, join, rejoin, texts } = roomScene();
    await join({ top: 2 });
    client.sendText('mine');
    network.socket.say({ type: 'ack', cid: 'tab:1', seq: 3 });
    network.socket.say({ type: 'entries', entries: [mine(3, 'tab:1'), entry(4)] });
    await rejoin({ epoch: 2, top: 2, truncateAfter: 2 });
    expect(texts()).toEqual(['text 1 (final)', 'text 2 (final)', 'mine (sending)']);
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:1', body: { text: 'mine' } }]);
  });

  it('takes back what never was when a new epoch begins while connected, and sends its own of it again', async () => {
    const { client, network, join, texts } = roomScene();
    await join({ top: 2 });
    client.sendText('mine');
    network.socket.say({ type: 'ack', cid: 'tab:1', seq: 3 });
    network.socket.say({ type: 'entries', entries: [mine(3, 'tab:1'), entry(4)] });
    network.socket.say({ type: 'epoch', epoch: 2, truncateAfter: 2 });
    expect(texts()).toEqual(['text 1 (final)', 'text 2 (final)', 'mine (sending)']);
    expect(network.socket.messages('pub').at(-1)).toMatchObject({ cid: 'tab:1', body: { text: 'mine' } });
    network.socket.say({ type: 'entries', entries: [entry(3, { epoch: 2 })] });
    expect(client.getSnapshot().timeline.map(({ seq }) => seq)).toEqual([1, 2, 3, null]);
  });

  it('pages back, one page at a time', async () => {
    const { client, network, join } = roomScene();
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

  it('searches the log, page by page, and says what cannot be looked for', async () => {
    const { client, network, join } = roomScene();
    await join({ top: 3 });
    const searching = client.search('river', { limit: 5, before: 9 });
    expect(network.socket.messages('search')).toEqual([
      { type: 'search', id: 'h1', query: 'river', limit: 5, before: 9 },
    ]);
    const hits = [{ entry: entry(2), snippet: { text: 'a river', marks: [{ start: 2, end: 7 }] } }];
    network.socket.say({ type: 'found', id: 'h1', hits, before: 2 });
    expect(await searching).toEqual({ hits, before: 2 });
    const refused = client.search('?');
    network.socket.say({ type: 'found', id: 'h2', hits: [], before: null, problem: 'There is no word in it.' });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_MESSAGE_REFUSED', reason: 'There is no word in it.' });
    await expect(client.search('x', { limit: 101 })).rejects.toThrow(RangeError);
    const lost = client.search('x');
    network.socket.end(1006);
    await expect(lost).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    await expect(client.search('x')).rejects.toMatchObject({ code: 'ERR_NOT_CONNECTED' });
  });

  it('tells who waits for a page that the connection broke', async () => {
    const { client, network, join } = roomScene();
    await join({ top: 100, hasOlder: true }, entries(51, 100));
    const loading = client.loadOlder();
    network.socket.end(1006);
    await expect(loading).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST', retryable: true });
    expect(client.getSnapshot().loadingOlder).toBe(false);
  });

  it('waits for no page for ever', async () => {
    const { client, network, join } = roomScene({ requestTimeoutMs: 3_000 });
    await join({ top: 100, hasOlder: true }, entries(51, 100));
    const loading = client.loadOlder().catch((error: unknown) => error);
    const timers = vi.getTimerCount();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await loading).toMatchObject({ code: 'ERR_REQUEST_TIMEOUT', retryable: true });
    expect(vi.getTimerCount()).toBe(timers - 1);
    expect(client.getSnapshot().loadingOlder).toBe(false);
    // What comes late is nobody's.
    network.socket.say({ type: 'history', id: 'h1', entries: entries(1, 50), hasOlder: false });
    expect(client.getSnapshot().hasOlder).toBe(true);
  });

  it('keeps at most as many entries as it may', async () => {
    const { client, network, join } = roomScene({ maxTimelineItems: 100 });
    await join();
    for (let seq = 1; seq <= 1000; seq += 10) {
      network.socket.say({ type: 'entries', entries: entries(seq, seq + 9) });
    }
    expect(client.getSnapshot().timeline).toHaveLength(100);
    expect(client.getSnapshot().timeline.at(-1)?.seq).toBe(1000);
  });

  it('grows what is being said and puts the final text in its place under the same id', async () => {
    const { client, network, join, texts } = roomScene();
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
    const { client, network, join, texts } = roomScene();
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
    const { client, network, join, rejoin, texts } = roomScene();
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
    const { client, network, join, texts, eventsOf } = roomScene();
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
    const { client, network, join } = roomScene();
    await join();
    client.sendText('a');
    network.socket.say({ type: 'nack', cid: 'tab:1', code: 'busy', message: '', retryable: true });
    await vi.advanceTimersByTimeAsync(1000);
    expect(network.socket.messages('pub')).toMatchObject([{ cid: 'tab:1' }, { cid: 'tab:1' }]);
  });

  it('takes a new client id when the server lost count and nothing can fill the gap', async () => {
    const { client, network, join } = roomScene();
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
    const { client, join } = roomScene();
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
    const before = roomScene({ clientId: undefined });
    await before.join();
    before.client.sendText('one');
    before.network.socket.say({ type: 'ack', cid: before.network.socket.messages('pub')[0].cid, seq: 1 });
    before.client.sendText('two');
    const { clientId } = before.network.socket.messages('hello')[0];
    const disposed = before.client.dispose();
    before.network.socket.end(1000);
    await disposed;

    const after = roomScene({ clientId: undefined });
    await after.join({ top: 1 }, [mine(1, `${clientId}:1`, 'one')]);
    expect(after.network.socket.messages('hello')).toMatchObject([{ clientId }]);
    expect(after.network.socket.messages('pub')).toMatchObject([{ cid: `${clientId}:2`, body: { text: 'two' } }]);

    const other = roomScene({ clientId: undefined });
    await other.join();
    expect(other.network.socket.messages('hello')[0].clientId).not.toBe(clientId);
  });
});
