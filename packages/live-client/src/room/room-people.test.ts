import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ANA, actor, BEN, entry, ROOM } from '../../test/room-fixtures.ts';
import { roomScene } from '../../test/room-scene.ts';

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
    client.host.lock(),
    client.host.unlock(),
  ];
  expect(network.socket.messages('request')).toMatchObject([
    { action: 'mute', participantId: 'ben', source: 'microphone' },
    { action: 'mute', participantId: 'ben', source: 'screen' },
    { action: 'remove', participantId: 'ben', reason: 'Too loud' },
    { action: 'letIn', participantId: 'ben' },
    { action: 'lock' },
    { action: 'unlock' },
  ]);
  for (let n = 1; n <= asked.length; n += 1) network.socket.say({ type: 'done', id: `q${n}` });
  await Promise.all(asked);
});

it('shows whether the room is locked, and that a closed room was reopened', async () => {
  const { client, network, join } = roomScene();
  await join();
  network.socket.say({ type: 'doors', locked: true, by: actor(BEN) });
  expect(client.getSnapshot().room).toMatchObject({ locked: true });
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
