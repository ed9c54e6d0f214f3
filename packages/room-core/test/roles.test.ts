import { afterEach, expect, it } from 'vitest';
import { settle } from '../src/testing/fake-clock.ts';
import { Stage } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

it('PRES8 a host can be made and unmade while people are in the room, and everybody hears of it', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  await stage.join('Ben');
  expect(stage.rooms.setRole(stage.roomId, 'ben', 'host')).toBe(true);
  expect(stage.rooms.setRole(stage.roomId, 'ana', 'speaker')).toBe(true);
  await settle();
  expect(ana.port.last('presence').changed).toMatchObject([{ participantId: 'ana', role: 'speaker' }]);
  const roles = stage.rooms.sessions()[0]?.people.map(({ name, role }) => [name, role]);
  expect(roles).toEqual([
    ['Ana', 'speaker'],
    ['Ben', 'host'],
  ]);
  const { version } = ana.port.last('presence');
  expect(stage.rooms.setRole(stage.roomId, 'ben', 'host')).toBe(true);
  expect(ana.port.last('presence').version).toBe(version);
});

it('PRES8 viewers stay viewers, and nobody is made host who is not there', async () => {
  stage = await Stage.open();
  await stage.join('Vic', { role: 'viewer' });
  expect(stage.rooms.setRole(stage.roomId, 'vic', 'host')).toBe(false);
  expect(stage.rooms.setRole(stage.roomId, 'ghost', 'host')).toBe(false);
  expect(stage.rooms.setRole('nowhere', 'vic', 'host')).toBe(false);
  expect(() => stage.rooms.setRole(stage.roomId, 'vic', 'king' as never)).toThrow('"king"');
});
