import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ANA, actor, BEN, entry, ROOM, welcome } from '../../test/room-fixtures.ts';
import { roomScene } from '../../test/room-scene.ts';
import { settle } from '../testing/scripted-network.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('asks for what hosts do to people, by its own name', async () => {
  const { client, network, join } = roomScene();
  await join();
  const asked = [
    client.host.mute('ben'),
    client.host.mute('ben', { source: 'screen' }),
    client.host.remove('ben', { reason: 'Too loud' }),
    client.host.letIn('ben'),
    client.host.setWaitingRoom(true),
    client.host.admit('cy'),
    client.host.refuse('dan', 'Staff only'),
    client.host.lock(),
    client.host.unlock(),
  ];
  expect(network.socket.messages('request')).toMatchObject([
    { action: 'mute', participantId: 'ben', source: 'microphone' },
    { action: 'mute', participantId: 'ben', source: 'screen' },
    { action: 'remove', participantId: 'ben', reason: 'Too loud' },
    { action: 'letIn', participantId: 'ben' },
    { action: 'waitingRoom', active: true },
    { action: 'admit', participantId: 'cy' },
    { action: 'refuse', participantId: 'dan', reason: 'Staff only' },
    { action: 'lock' },
    { action: 'unlock' },
  ]);
  for (let n = 1; n <= asked.length; n += 1) network.socket.say({ type: 'done', id: `q${n}` });
  await Promise.all(asked);
});

it('shows whether the room is locked, and that a closed room was reopened', async () => {
  const { client, network, join } = roomScene();
  await join();
  network.socket.say({ type: 'doors', locked: true, waitingRoom: true, by: actor(BEN) });
  expect(client.getSnapshot().room).toMatchObject({ locked: true, waitingRoom: true });
  const closed = entry(1, { kind: 'room.closed', body: { reason: '' } });
  network.socket.say({ type: 'entries', entries: [closed] });
  expect(client.getSnapshot().room).toMatchObject({ status: 'closed' });
  network.socket.say({ type: 'entries', entries: [entry(2, { kind: 'room.reopened', body: {} })] });
  expect(client.getSnapshot().room).toMatchObject({ status: 'open', closedAt: null });
});

it('an end that is long past does not close a room that was reopened since', async () => {
  const { client, join } = roomScene();
  const page = [entry(1, { kind: 'room.closed', body: { reason: '' } }), entry(2, { kind: 'room.reopened', body: {} })];
  await join({ top: 2, room: ROOM }, page.slice(0, 1));
  expect(client.getSnapshot().room).toMatchObject({ status: 'open' });
});

it('turns a device off when a host says so, and tells the page', async () => {
  const { client, network, join } = roomScene();
  await join();
  const muted: unknown[] = [];
  client.on('muted', ({ source, by }) => muted.push([source, by.name]));
  await client.microphone.start();
  expect(network.socket.messages('media').at(-1)).toMatchObject({ media: { microphone: true } });
  network.socket.say({ type: 'muted', source: 'microphone', by: actor(ANA) });
  expect(network.socket.messages('media').at(-1)).toMatchObject({ media: { microphone: false } });
  expect(client.getSnapshot().microphone.status).toBe('muted');
  expect(muted).toEqual([['microphone', 'Ana']]);
});

it('waits as long as it takes to be admitted, answered by the server all the time, and is in then', async () => {
  const { client, network } = roomScene();
  const positions: number[] = [];
  client.on('waitingToEnter', ({ position }) => positions.push(position));
  const connected = client.connect();
  await settle();
  network.socket.accept();
  network.socket.say({ type: 'waiting', position: 2 });
  let answered = 0;
  for (let n = 0; n < 600; n += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    const pings = network.socket.messages('ping').length;
    if (pings > answered) network.socket.say({ type: 'pong', t: 0, serverTime: 0 });
    answered = pings;
  }
  expect(answered).toBeGreaterThan(20);
  network.socket.say({ type: 'waiting', position: 1 });
  expect(network.sockets).toHaveLength(1);
  expect(positions).toEqual([2, 1]);
  expect(client.getSnapshot()).toMatchObject({ waitingPosition: 1, connection: { status: 'connecting', error: null } });
  network.socket.say(welcome());
  await connected;
  expect(client.getSnapshot()).toMatchObject({ waitingPosition: null, connection: { status: 'open' } });
  const disposed = client.dispose();
  await vi.advanceTimersByTimeAsync(1_000);
  await disposed;
  expect(vi.getTimerCount()).toBe(0);
});

it('a wait that breaks begins anew without an end; one that is refused ends with the reason', async () => {
  const { client, network } = roomScene();
  const connected = client.connect().catch((error: unknown) => error);
  for (let n = 0; n < 6; n += 1) {
    await settle();
    network.socket.accept();
    network.socket.say({ type: 'waiting', position: 1 });
    network.socket.end(1006);
    expect(client.getSnapshot()).toMatchObject({ waitingPosition: null, connection: { status: 'connecting' } });
    await vi.advanceTimersByTimeAsync(7_000);
  }
  network.socket.accept();
  network.socket.say({ type: 'waiting', position: 1 });
  network.socket.end(4403, 'Staff only');
  expect(await connected).toMatchObject({ code: 'ERR_NOT_ALLOWED', reason: 'Staff only', retryable: false });
  expect(client.getSnapshot()).toMatchObject({ waitingPosition: null, connection: { status: 'closed' } });
  expect(vi.getTimerCount()).toBe(0);
});

it('a server that falls silent while one waits is left for a new connection', async () => {
  const { client, network } = roomScene();
  client.connect().catch(() => {});
  await settle();
  network.socket.accept();
  network.socket.say({ type: 'waiting', position: 1 });
  await vi.advanceTimersByTimeAsync(19_000);
  expect(network.sockets.length).toBeGreaterThan(1);
  const disposed = client.dispose();
  await vi.advanceTimersByTimeAsync(1_000);
  await disposed;
});

it('shows a host who waits, until the connection is gone', async () => {
  const { client, network, join } = roomScene();
  await join();
  const told: number[] = [];
  client.on('waitingChanged', ({ waiting }) => told.push(waiting.length));
  const people = [{ participantId: 'cy', name: 'Cy', role: 'speaker', since: 5 }] as const;
  network.socket.say({ type: 'waitingList', people });
  expect(client.getSnapshot().waiting).toEqual(people);
  expect(told).toEqual([1]);
  network.socket.end(1006);
  expect(client.getSnapshot().waiting).toEqual([]);
});
