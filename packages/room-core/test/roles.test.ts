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
  const changes = (await stage.entries()).filter(({ kind }) => kind === 'participant.role');
  expect(changes).toMatchObject([
    { actor: { participantId: 'room' }, body: { participantId: 'ben', name: 'Ben', role: 'host' } },
    { body: { participantId: 'ana', role: 'speaker' } },
  ]);
});

it('PRES8 nobody gets a role who is not there, and there are three roles', async () => {
  stage = await Stage.open();
  await stage.join('Vic', { role: 'viewer' });
  expect(stage.rooms.setRole(stage.roomId, 'ghost', 'host')).toBe(false);
  expect(stage.rooms.setRole('nowhere', 'vic', 'host')).toBe(false);
  expect(() => stage.rooms.setRole(stage.roomId, 'vic', 'king' as never)).toThrow('"king"');
});

it('PRES8 a viewer who is made a speaker writes at once, and a speaker who is made a viewer no longer', async () => {
  stage = await Stage.open();
  const vic = await stage.join('Vic', { role: 'viewer' });
  vic.say('too early');
  await settle();
  expect(vic.port.last('nack')).toMatchObject({ code: 'ERR_NOT_ALLOWED' });
  stage.rooms.setRole(stage.roomId, 'vic', 'speaker');
  vic.say('at last');
  await settle();
  expect(vic.port.of('ack')).toHaveLength(1);
  stage.rooms.setRole(stage.roomId, 'vic', 'viewer');
  vic.say('too late');
  await settle();
  expect(vic.port.of('nack')).toHaveLength(2);
});

it('PRES8 a given role outlasts reconnects and further tabs, and ends when the person leaves', async () => {
  stage = await Stage.open();
  const roleOf = (id: string) => stage.rooms.sessions()[0]?.people.find((one) => one.participantId === id)?.role;
  await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  stage.rooms.setRole(stage.roomId, 'ben', 'host');
  ben.connection.disconnected();
  const back = await stage.join('Ben', { clientId: 'other' });
  expect(roleOf('ben')).toBe('host');
  back.connection.receive({ type: 'leave' });
  await stage.join('Ben');
  expect(roleOf('ben')).toBe('speaker');
});
