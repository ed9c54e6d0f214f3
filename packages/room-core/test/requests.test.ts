import type { RoomRequest, RoomServerMessage } from '@colloquy/live-protocol';
import { afterEach, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { type Guest, Stage } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

let count = 0;

/** Asks, and resolves with the answer. */
async function ask(guest: Guest, request: RoomRequest): Promise<RoomServerMessage | undefined> {
  count += 1;
  const id = `q${count}`;
  guest.connection.receive({ type: 'request', id, ...request });
  await settle();
  return guest.port.messages.find((message) => 'id' in message && message.id === id);
}

it('REQ1 every request is answered once, with its id', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  await stage.join('Ben');
  ana.connection.receive({ type: 'request', id: 'a', action: 'setRole', participantId: 'ben', role: 'viewer' });
  ana.connection.receive({ type: 'request', id: 'b', action: 'setRole', participantId: 'ghost', role: 'viewer' });
  await settle();
  expect(ana.port.of('done')).toEqual([{ type: 'done', id: 'a' }]);
  expect(ana.port.of('refused')).toMatchObject([{ id: 'b', code: 'ERR_PARTICIPANT_NOT_FOUND', retryable: false }]);
});

it('REQ2 only those whose role allows it at this moment are granted a request', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  const promote = { action: 'setRole', participantId: 'ben', role: 'host' } as const;
  expect(await ask(ben, promote)).toMatchObject({
    type: 'refused',
    code: 'ERR_NOT_ALLOWED',
    message: expect.stringContaining('hosts'),
  });
  expect(await ask(ana, promote)).toMatchObject({ type: 'done' });
  expect(await ask(ben, { action: 'setRole', participantId: 'ana', role: 'speaker' })).toMatchObject({ type: 'done' });
  expect(await ask(ana, promote)).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
});

it('REQ3 a request for what is so already is done, and changes nothing', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  await stage.join('Ben');
  const before = (await stage.kinds()).length;
  expect(await ask(ana, { action: 'setRole', participantId: 'ben', role: 'speaker' })).toMatchObject({ type: 'done' });
  expect(await stage.kinds()).toHaveLength(before);
});

it('REQ4 a request that takes longer than 10 s is refused, retryably', async () => {
  const engine = memoryEngine();
  stage = await Stage.open({ engine });
  const ana = await stage.join('Ana', { role: 'host' });
  let free = (): void => {};
  const { update } = engine.rooms;
  engine.rooms.update = async (record) => {
    await new Promise<void>((resolve) => {
      free = resolve;
    });
    return update.call(engine.rooms, record);
  };
  expect(await ask(ana, { action: 'close' })).toBeUndefined();
  stage.clock.advance(10_000);
  await settle();
  expect(ana.port.last('refused')).toMatchObject({ code: 'ERR_REQUEST_TIMEOUT', retryable: true });
  free();
  await settle();
  expect(ana.port.closed).toMatchObject({ code: 4410 });
});

it('REQ5 a failure of the server says nothing of its cause, and is reported', async () => {
  const engine = memoryEngine();
  stage = await Stage.open({ engine });
  const ana = await stage.join('Ana', { role: 'host' });
  engine.rooms.update = () => Promise.reject(new Error('disk at /srv/secret'));
  expect(await ask(ana, { action: 'close' })).toEqual({
    type: 'refused',
    id: expect.any(String),
    code: 'ERR_INTERNAL',
    message: 'The server failed to do it; ask again later.',
    retryable: true,
  });
  expect(stage.errors).toMatchObject([{ stage: 'connection', error: { message: 'disk at /srv/secret' } }]);
});

it('REQ6 at most 32 requests of a connection wait at once', async () => {
  const engine = memoryEngine();
  stage = await Stage.open({ engine });
  const ana = await stage.join('Ana', { role: 'host' });
  engine.rooms.update = () => new Promise(() => {});
  for (let n = 0; n < 33; n += 1) ana.connection.receive({ type: 'request', id: `w${n}`, action: 'close' });
  await settle();
  expect(ana.port.of('refused')).toMatchObject([{ id: 'w32', code: 'ERR_TOO_FAST', retryable: true }]);
  stage.clock.advance(10_000);
  await settle();
  expect(ana.port.of('refused')).toHaveLength(33);
});

it('REQ7 a host closes the room for everybody, with a reason', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  ana.connection.receive({ type: 'request', id: 'c', action: 'close', reason: 'lunch' });
  await settle();
  expect(ana.port.closed).toEqual({ code: 4410, reason: 'lunch' });
  expect(ben.port.closed).toEqual({ code: 4410, reason: 'lunch' });
  const last = (await stage.entries()).at(-1);
  expect(last).toMatchObject({ kind: 'room.closed', actor: { participantId: 'ana' }, body: { reason: 'lunch' } });
});
