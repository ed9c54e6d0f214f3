import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { entry } from '../../test/room-fixtures.ts';
import { roomScene } from '../../test/room-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('scenario 43: entries of kinds of a newer server count in the log and are not shown; its messages are skipped', async () => {
  const { client, network, join, texts, eventsOf } = roomScene();
  await join();
  const hologram = { ...entry(2), kind: 'hologram.shown', body: { anything: [1] } };
  network.socket.say({ type: 'entries', entries: [entry(1)] });
  network.socket.say({ type: 'entries', entries: [hologram as never] });
  network.socket.say({ type: 'teleport', to: 'x' } as never);
  network.socket.say({ type: 'entries', entries: [entry(3)] });
  expect(texts()).toEqual(['text 1 (final)', 'text 3 (final)']);
  expect(network.socket.messages('sync')).toEqual([]);
  expect(eventsOf('error')).toEqual([]);
  expect(client.getSnapshot().connection.status).toBe('open');
});
