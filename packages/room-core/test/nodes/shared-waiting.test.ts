import type { RoomRequest } from '@colloquy/live-protocol';
import { expect, it } from 'vitest';
import { settle } from '../../src/testing/fake-clock.ts';
import { NodeGuest, type NodeServer, NodeStage } from '../support/node-stage.ts';

const LEASE_MS = 10_000;

/** Somebody who may have to wait: `outcome` is `in`, or why they were refused. */
async function knock(server: NodeServer, roomId: string, name: string) {
  const guest = new NodeGuest(name, {});
  const knocked: { readonly guest: NodeGuest; outcome: string | null } = { guest, outcome: null };
  server.rooms.connect(roomId, guest.hello, guest.port).then(
    (connection) => {
      guest.connection = connection;
      knocked.outcome = 'in';
    },
    (error: { readonly code: string }) => {
      knocked.outcome = error.code;
    },
  );
  for (let turn = 0; turn < 20; turn += 1) await settle();
  return knocked;
}

async function ask(stage: NodeStage, host: NodeGuest, request: RoomRequest) {
  host.connection.receive({ type: 'request', id: `w-${request.action}`, ...request });
  await stage.clock.run(400, 100);
  expect(host.port.of('done').map(({ id }) => id)).toContain(`w-${request.action}`);
}

async function open() {
  const stage = await NodeStage.open();
  const [a, b] = [stage.server('a'), stage.server('b')];
  const ana = await a.join('Ana', { role: 'host' });
  await ask(stage, ana, { action: 'waitingRoom', active: true });
  return { stage, a, b, ana };
}

const waitingIn = (host: NodeGuest) =>
  host.port
    .of('waitingList')
    .at(-1)
    ?.people.map(({ name }) => name) ?? [];

it('WAIT1 WAIT2 WAIT3 whoever waits on one server is seen by a host on another one, and comes in when admitted', async () => {
  const { stage, b, ana } = await open();
  const cleo = await knock(b, stage.roomId, 'Cleo');
  await stage.clock.run(400, 100);
  expect(cleo.outcome).toBeNull();
  expect(cleo.guest.port.of('waiting')).toEqual([{ type: 'waiting', position: 1 }]);
  expect(waitingIn(ana)).toEqual(['Cleo']);
  await ask(stage, ana, { action: 'admit', participantId: 'cleo' });
  expect(cleo.outcome).toBe('in');
  expect(cleo.guest.sees).toEqual(['Ana', 'Cleo', 'Model']);
  expect(waitingIn(ana)).toEqual([]);
});

it('WAIT4 WAIT6 a host on another server refuses whoever waits, and locking sends them away, with the reason', async () => {
  const { stage, b, ana } = await open();
  const cleo = await knock(b, stage.roomId, 'Cleo');
  await ask(stage, ana, { action: 'refuse', participantId: 'cleo', reason: 'not today' });
  expect(cleo.outcome).toBe('ERR_NOT_ADMITTED');
  const dora = await knock(b, stage.roomId, 'Dora');
  await ask(stage, ana, { action: 'lock' });
  expect(dora.outcome).toBe('ERR_ROOM_LOCKED');
});

it('WAIT5 SHARE4 nobody waits for ever when the server that runs the room dies: they are refused retryably, or admitted', async () => {
  const { stage, a, b } = await open();
  const ben = await b.join('Ben', { role: 'host' });
  const cleo = await knock(b, stage.roomId, 'Cleo');
  await stage.clock.run(400, 100);
  expect(waitingIn(ben)).toEqual(['Cleo']);
  a.kill();
  await stage.clock.run(LEASE_MS + 2_000, 100);
  expect(stage.owner).toBe('b');
  // Either still waits where the host sees them, or was told to come again.
  const again = cleo.outcome === null ? cleo : await knock(b, stage.roomId, 'Cleo');
  await stage.clock.run(400, 100);
  expect(waitingIn(ben)).toEqual(['Cleo']);
  await ask(stage, ben, { action: 'admit', participantId: 'cleo' });
  expect(again.outcome).toBe('in');
});
