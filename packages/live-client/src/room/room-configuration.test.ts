import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ANA, actor, ROOM } from '../../test/room-fixtures.ts';
import { roomScene } from '../../test/room-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('shows the effective configuration and follows its changes', async () => {
  const { client, network, join } = roomScene();
  const changes: unknown[] = [];
  client.on('configurationChanged', ({ version, by }) => changes.push([version, by.name]));
  await join({ effective: { model: 'models/x' } });
  expect(client.getSnapshot()).toMatchObject({ room: ROOM, effectiveSetup: { model: 'models/x' } });
  const configuration = { ...ROOM.configuration, voice: 'Puck' };
  const settings = {
    type: 'settings',
    version: 2,
    configuration,
    effective: { model: 'models/y' },
    by: actor(ANA),
  } as const;
  network.socket.say(settings);
  network.socket.say(settings);
  expect(client.getSnapshot()).toMatchObject({
    room: { configurationVersion: 2, configuration: { voice: 'Puck' } },
    effectiveSetup: { model: 'models/y' },
  });
  expect(changes).toEqual([[2, 'Ana']]);
});

it('changes the configuration from the version it shows, or from the one that a form was opened with', async () => {
  const { client, network, join } = roomScene();
  await join({ room: { ...ROOM, configurationVersion: 4 } });
  const done = client.host.configure({ voice: 'Puck' });
  client.host.configure({ voice: 'Kore' }, { version: 3 }).catch(() => {});
  expect(network.socket.messages('request')).toMatchObject([
    { action: 'configure', version: 4, changes: { voice: 'Puck' } },
    { action: 'configure', version: 3, changes: { voice: 'Kore' } },
  ]);
  const result = { version: 5, configuration: { ...ROOM.configuration, voice: 'Puck' } };
  network.socket.say({ type: 'done', id: 'q1', result });
  expect(await done).toEqual(result);
});
