import type { RoomRequest } from '@colloquy/live-protocol';
import { afterEach, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import { RoomManager } from '../src/room-manager.ts';
import { FakeClock, settle } from '../src/testing/fake-clock.ts';
import { sine } from '../src/testing/signals.ts';
import { audioFrame, type Guest, picture, Stage } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

let count = 0;
async function ask(guest: Guest, request: RoomRequest) {
  count += 1;
  const id = `p${count}`;
  guest.connection.receive({ type: 'request', id, ...request });
  await settle();
  return guest.port.messages.find((message) => 'id' in message && message.id === id);
}

/** Frames with sound in them that somebody was sent; the end of a burst has none. */
const sounds = ({ port }: Guest) => port.frames.filter(({ payload }) => payload.byteLength > 0);

const NO_MEDIA = { microphone: false, camera: false, screen: false };
const tone = sine({ frequency: 440, samples: 320 });

it('scenario 8, PRES1 two tabs of one person, one dies: nobody leaves, and the participant stays', async () => {
  stage = await Stage.open();
  const ben = await stage.join('Ben');
  const first = await stage.join('Ana', { clientId: 'one' });
  const second = await stage.join('Ana', { clientId: 'two' });
  first.connection.disconnected();
  stage.clock.advance(60_000);
  await settle();
  const people = stage.rooms.sessions()[0]?.people.map(({ name, status }) => `${name} ${status}`);
  expect(people).toEqual(['Ben present', 'Ana present']);
  expect(ben.port.of('presence').flatMap(({ removed }) => removed)).toEqual([]);
  expect(await stage.kinds()).not.toContain('participant.removed');
  second.say('Still here');
  await settle();
  expect(second.port.of('ack')).toHaveLength(1);
});

it('PRES10 of two tabs of one person the one that opened its microphone last is heard', async () => {
  stage = await Stage.open();
  const ben = await stage.join('Ben');
  const first = await stage.join('Ana', { clientId: 'one' });
  const second = await stage.join('Ana', { clientId: 'two' });
  const open = { ...NO_MEDIA, microphone: true };
  first.connection.receive({ type: 'media', media: open });
  first.connection.receiveMedia(audioFrame(0, tone));
  expect(sounds(ben)).toHaveLength(1);
  second.connection.receive({ type: 'media', media: open });
  expect(first.port.last('muted')).toMatchObject({ source: 'microphone', by: { participantId: 'ana' } });
  first.connection.receiveMedia(audioFrame(1, tone));
  second.connection.receiveMedia(audioFrame(0, tone));
  expect(sounds(ben)).toHaveLength(2);
  // The first tab obeys, and then opens its microphone again.
  first.connection.receive({ type: 'media', media: NO_MEDIA });
  first.connection.receive({ type: 'media', media: open });
  expect(second.port.last('muted')).toMatchObject({ source: 'microphone' });
  first.connection.receiveMedia(audioFrame(2, tone));
  expect(sounds(ben)).toHaveLength(3);
});

it('HOST1 a host mutes somebody in all tabs: nothing of it reaches anybody until they turn it on again', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  ben.connection.receive({ type: 'media', media: { microphone: true, camera: true, screen: false } });
  expect(await ask(ana, { action: 'mute', participantId: 'ben' })).toMatchObject({ type: 'done' });
  expect(ben.port.last('muted')).toEqual({
    type: 'muted',
    source: 'microphone',
    by: { participantId: 'ana', name: 'Ana' },
  });
  expect(ana.port.last('presence').changed).toMatchObject([{ media: { microphone: false, camera: true } }]);
  // Neither sound nor the claim to be on counts from a client that does not obey.
  ben.connection.receive({ type: 'media', media: { microphone: true, camera: true, screen: false } });
  ben.connection.receiveMedia(audioFrame(0, tone));
  expect(ana.port.frames).toHaveLength(0);
  ben.connection.receiveMedia(picture({ kind: 4 }));
  expect(ana.port.frames).toHaveLength(1);
  await ask(ana, { action: 'mute', participantId: 'ben', source: 'camera' });
  ben.connection.receiveMedia(picture({ kind: 4 }));
  expect(ana.port.frames).toHaveLength(1);
  ben.connection.receive({ type: 'media', media: NO_MEDIA });
  ben.connection.receive({ type: 'media', media: { ...NO_MEDIA, microphone: true } });
  ben.connection.receiveMedia(audioFrame(1, tone));
  expect(ana.port.frames).toHaveLength(2);
});

it('HOST1 sound without an open microphone is silenced too', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  await ask(ana, { action: 'mute', participantId: 'ben' });
  ben.connection.receiveMedia(audioFrame(0, tone));
  expect(ana.port.frames).toHaveLength(0);
});

it('HOST2 a host removes somebody, with a reason: they are gone at once, and stay out until they are let in', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const one = await stage.join('Ben', { clientId: 'one' });
  const two = await stage.join('Ben', { clientId: 'two' });
  expect(await ask(ana, { action: 'remove', participantId: 'ben', reason: 'Too loud' })).toMatchObject({
    type: 'done',
  });
  expect([one.port.closed, two.port.closed]).toEqual([
    { code: 4403, reason: 'Too loud' },
    { code: 4403, reason: 'Too loud' },
  ]);
  expect(ana.port.last('presence').removed).toEqual(['ben']);
  expect((await stage.entries()).at(-1)).toMatchObject({ kind: 'participant.removed', body: { reason: 'removed' } });
  await expect(stage.join('Ben')).rejects.toMatchObject({ code: 'ERR_REMOVED' });
  await ask(ana, { action: 'letIn', participantId: 'ben' });
  await stage.join('Ben');
});

it('HOST2 who was removed stays out after a restart, also as a host', async () => {
  const clock = new FakeClock();
  const engine = memoryEngine({ now: () => clock.now() });
  stage = await Stage.open({ engine });
  const ana = await stage.join('Ana', { role: 'host' });
  await stage.join('Ben');
  await ask(ana, { action: 'remove', participantId: 'ben' });
  const again = new RoomManager({ engine, model: null, clock });
  const identity = { participantId: 'ben', name: 'Ben', role: 'host' } as const;
  await expect(again.connect(stage.roomId, { identity, clientId: 'x' }, ana.port)).rejects.toMatchObject({
    code: 'ERR_REMOVED',
  });
});

it('HOST2 nobody removes themselves, or somebody who is not there', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  expect(await ask(ana, { action: 'remove', participantId: 'ana' })).toMatchObject({ code: 'ERR_ROOM_INPUT' });
  expect(await ask(ana, { action: 'remove', participantId: 'ghost' })).toMatchObject({
    code: 'ERR_PARTICIPANT_NOT_FOUND',
  });
});

it('HOST3 a locked room takes nobody new but hosts; whoever is in it may come back', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben', { clientId: 'ben' });
  await ask(ana, { action: 'lock' });
  await ask(ana, { action: 'lock' });
  expect(ben.port.of('doors')).toMatchObject([{ locked: true, by: { name: 'Ana' } }]);
  await expect(stage.join('Cy')).rejects.toMatchObject({ code: 'ERR_ROOM_LOCKED' });
  ben.connection.disconnected();
  const back = await stage.join('Ben', { clientId: 'ben' });
  expect(back.port.last('welcome').room.locked).toBe(true);
  await stage.join('Dan', { role: 'host' });
  await ask(ana, { action: 'unlock' });
  await stage.join('Cy');
  expect((await stage.kinds()).filter((kind) => kind.startsWith('room.'))).toEqual(['room.locked', 'room.unlocked']);
});

it('HOST4 whoever is made a viewer is silenced at once', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  ben.connection.receive({ type: 'media', media: { ...NO_MEDIA, microphone: true } });
  await ask(ana, { action: 'setRole', participantId: 'ben', role: 'viewer' });
  const shown = stage.rooms.sessions()[0]?.people.find(({ name }) => name === 'Ben');
  expect(shown).toMatchObject({ role: 'viewer', connections: [{ media: NO_MEDIA }] });
  ben.connection.receiveMedia(audioFrame(0, tone));
  expect(ana.port.frames).toHaveLength(0);
});

it('LIFE14 a closed room is reopened and its log goes on', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  await ask(ana, { action: 'close' });
  expect(await stage.rooms.reopen(stage.roomId)).toMatchObject({ status: 'open', closedAt: null });
  await stage.rooms.reopen(stage.roomId);
  const back = await stage.join('Ana', { role: 'host' });
  back.say('Once more');
  await settle();
  const kinds = await stage.kinds();
  expect(kinds.filter((kind) => kind.startsWith('room.'))).toEqual(['room.closed', 'room.reopened']);
  expect(kinds.at(-1)).toBe('msg.text');
});

it('LIFE15 a deleted room is gone with its log, and its people are told', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  await stage.rooms.delete(stage.roomId);
  expect(ana.port.closed).toEqual({ code: 4410, reason: 'the room was deleted' });
  await expect(stage.rooms.get(stage.roomId)).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
  await expect(stage.rooms.history(stage.roomId)).rejects.toMatchObject({ code: 'ERR_ROOM_NOT_FOUND' });
});

it('LIFE16 rooms that nobody used for long expire, others do not', async () => {
  stage = await Stage.open({ manager: { expireAfterDays: 1 } });
  const used = await stage.rooms.create({ name: 'Used' });
  const first = stage.roomId;
  stage.roomId = used.id;
  await stage.join('Ana');
  const deleted: string[] = [];
  stage.rooms.on('roomDeleted', ({ room }) => deleted.push(room.id));
  for (let hour = 0; hour < 26; hour += 1) {
    stage.clock.advance(3_600_000);
    await settle();
  }
  expect(deleted).toEqual([first]);
  await stage.rooms.get(used.id);
});
