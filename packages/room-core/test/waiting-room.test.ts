import type { ParticipantRole, RoomRequest } from '@colloquy/live-protocol';
import { afterEach, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import type { RoomConnection } from '../src/room-connection.ts';
import { RoomManager } from '../src/room-manager.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { RecordingConnection } from '../src/testing/recording-connection.ts';
import { type Guest, Stage, type StageOptions } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

/** A room with a waiting room; nobody is in it yet. */
async function openWaiting(options: StageOptions = {}): Promise<Stage> {
  const opened = await Stage.open(options);
  opened.roomId = (await opened.rooms.create({ name: 'Panel', waitingRoom: true })).id;
  return opened;
}

/** Somebody who says hello and may have to wait. */
interface Knock {
  readonly port: RecordingConnection;
  readonly gone: AbortController;
  readonly joined: Promise<RoomConnection>;
  /** `null` while there is no answer. */
  outcome: 'in' | { readonly code: string; readonly message: string } | null;
}

let knocks = 0;
async function knock(name: string, options: { role?: ParticipantRole; clientId?: string } = {}): Promise<Knock> {
  knocks += 1;
  const port = new RecordingConnection(`k${knocks}`);
  const { role = 'speaker', clientId = `knock-${knocks}` } = options;
  const identity = { participantId: name.toLowerCase(), name, role };
  const gone = new AbortController();
  const joined = stage.rooms.connect(stage.roomId, { identity, clientId }, port, { signal: gone.signal });
  const knocked: Knock = { port, gone, joined, outcome: null };
  joined.then(
    () => {
      knocked.outcome = 'in';
    },
    (error) => {
      knocked.outcome = error;
    },
  );
  await settle();
  return knocked;
}

let count = 0;
async function ask(guest: Guest, request: RoomRequest) {
  count += 1;
  const id = `w${count}`;
  guest.connection.receive({ type: 'request', id, ...request });
  await settle();
  return guest.port.messages.find((message) => 'id' in message && message.id === id);
}

/** Time in which a change is told to everybody. */
async function told(): Promise<void> {
  stage.clock.advance(100);
  await settle();
}

const namesOf = ({ port }: Guest) => port.last('waitingList').people.map(({ name }) => name);

it('WAIT1 whoever is new waits and is told nothing but their place; hosts come in', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben');
  const cy = await knock('Cy');
  await told();
  expect(ben.port.messages).toEqual([{ type: 'waiting', position: 1 }]);
  expect(cy.port.messages).toEqual([{ type: 'waiting', position: 2 }]);
  ben.gone.abort();
  await told();
  expect(cy.port.messages.at(-1)).toEqual({ type: 'waiting', position: 1 });
  ana.say('Nobody outside reads this');
  await told();
  expect(cy.port.messages.map(({ type }) => type)).toEqual(['waiting', 'waiting']);
});

it('WAIT2 hosts see who waits, whoever becomes one too; nobody else does, and nobody is present or in the log', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  await ask(ana, { action: 'waitingRoom', active: false });
  const dan = await stage.join('Dan');
  await ask(ana, { action: 'waitingRoom', active: true });
  const since = stage.clock.now();
  await knock('Ben');
  await told();
  expect(ana.port.last('waitingList').people).toEqual([{ participantId: 'ben', name: 'Ben', role: 'speaker', since }]);
  expect(dan.port.of('waitingList')).toEqual([]);
  await ask(ana, { action: 'setRole', participantId: 'dan', role: 'host' });
  expect(namesOf(dan)).toEqual(['Ben']);
  await ask(dan, { action: 'setRole', participantId: 'ana', role: 'speaker' });
  expect(ana.port.last('waitingList').people).toEqual([]);
  const eve = await stage.join('Eve', { role: 'host' });
  expect(namesOf(eve)).toEqual(['Ben']);
  const [session] = stage.rooms.sessions();
  expect(session?.people.map(({ name }) => name)).toEqual(['Ana', 'Dan', 'Eve']);
  expect(session?.waiting.map(({ name }) => name)).toEqual(['Ben']);
  expect(
    JSON.stringify([...eve.port.of('presence'), ...eve.port.of('welcome'), ...(await stage.entries())]),
  ).not.toContain('ben');
});

it('WAIT2 a crowd that waits is told to hosts at most ten times per second', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  for (let n = 0; n < 50; n += 1) await knock(`P${n}`);
  await told();
  expect(ana.port.of('waitingList')).toHaveLength(2);
  expect(ana.port.last('waitingList').people).toHaveLength(50);
});

it('WAIT3 whoever is admitted is welcomed in all tabs, and everybody sees it', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  ana.say('Before');
  const one = await knock('Ben', { clientId: 'one' });
  const two = await knock('Ben', { clientId: 'two' });
  expect(await ask(ana, { action: 'admit', participantId: 'ben' })).toMatchObject({ type: 'done' });
  expect([one.outcome, two.outcome]).toEqual(['in', 'in']);
  expect(one.port.last('welcome').participants.map(({ name }) => name)).toContain('Ben');
  expect(one.port.entries.map(({ kind }) => kind)).toContain('msg.text');
  await told();
  expect(ana.port.last('waitingList').people).toEqual([]);
  expect(ana.port.of('presence').flatMap(({ changed }) => changed.map(({ name }) => name))).toContain('Ben');
  // Two hosts may have said so at the same moment.
  expect(await ask(ana, { action: 'admit', participantId: 'ben' })).toMatchObject({ type: 'done' });
  expect(await ask(ana, { action: 'admit', participantId: 'ghost' })).toMatchObject({
    code: 'ERR_PARTICIPANT_NOT_FOUND',
  });
});

it('WAIT3 who was admitted comes back without asking, also after a restart, but not after they were removed', async () => {
  const engine = memoryEngine();
  stage = await openWaiting({ engine });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben');
  await ask(ana, { action: 'admit', participantId: 'ben' });
  (await ben.joined).receive({ type: 'leave' });
  await settle();
  expect((await knock('Ben')).outcome).toBe('in');
  const again = new RoomManager({ engine, model: null, clock: stage.clock });
  const identity = { participantId: 'ben', name: 'Ben', role: 'speaker' } as const;
  await again.connect(stage.roomId, { identity, clientId: 'later' }, new RecordingConnection('later'));
  await ask(ana, { action: 'remove', participantId: 'ben' });
  await ask(ana, { action: 'letIn', participantId: 'ben' });
  expect((await knock('Ben')).outcome).toBeNull();
});

it('WAIT3 whoever was in the room when the waiting room was turned on comes back without asking', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  expect(await ask(ana, { action: 'waitingRoom', active: true })).toMatchObject({ type: 'done' });
  expect(ben.port.last('doors')).toEqual({
    type: 'doors',
    locked: false,
    waitingRoom: true,
    by: { participantId: 'ana', name: 'Ana' },
  });
  ben.connection.receive({ type: 'leave' });
  await settle();
  const back = await stage.join('Ben');
  expect(back.port.last('welcome').room.waitingRoom).toBe(true);
});

it('WAIT4 whoever is refused is told why, and may ask again half a minute later', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben');
  expect(await ask(ana, { action: 'refuse', participantId: 'ben', reason: 'Staff only' })).toMatchObject({
    type: 'done',
  });
  expect(ben.outcome).toMatchObject({ code: 'ERR_NOT_ADMITTED', message: 'Staff only' });
  expect(await ask(ana, { action: 'refuse', participantId: 'ben' })).toMatchObject({ type: 'done' });
  expect(await ask(ana, { action: 'refuse', participantId: 'ghost' })).toMatchObject({
    code: 'ERR_PARTICIPANT_NOT_FOUND',
  });
  expect((await knock('Ben')).outcome).toMatchObject({ code: 'ERR_NOT_ADMITTED' });
  stage.clock.advance(30_000);
  expect((await knock('Ben')).outcome).toBeNull();
  await told();
  expect(namesOf(ana)).toEqual(['Ben']);
});

it('WAIT4 only hosts decide', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  await ask(ana, { action: 'waitingRoom', active: false });
  const dan = await stage.join('Dan');
  await ask(ana, { action: 'waitingRoom', active: true });
  const ben = await knock('Ben');
  for (const request of [
    { action: 'admit', participantId: 'ben' },
    { action: 'refuse', participantId: 'ben' },
    { action: 'waitingRoom', active: false },
  ] as const) {
    expect(await ask(dan, request)).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
  }
  expect(ben.outcome).toBeNull();
});

it('WAIT5 at most so many wait, in so many tabs, for so long', async () => {
  stage = await openWaiting({ manager: { limits: { maxWaiting: 1, maxConnectionsPerParticipant: 2 } } });
  await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben', { clientId: 'one' });
  expect((await knock('Cy')).outcome).toMatchObject({ code: 'ERR_ROOM_FULL' });
  const second = await knock('Ben', { clientId: 'two' });
  expect((await knock('Ben', { clientId: 'three' })).outcome).toMatchObject({ code: 'ERR_ROOM_FULL' });
  // The same tab, back before its connection was missed, takes the place of the old one.
  const back = await knock('Ben', { clientId: 'two' });
  expect(second.port.closed).toMatchObject({ code: 4409 });
  expect(back.outcome).toBeNull();
  stage.clock.advance(600_000);
  await settle();
  for (const { outcome } of [ben, back]) expect(outcome).toMatchObject({ code: 'ERR_NOT_ADMITTED' });
  expect(stage.rooms.sessions()[0]?.waiting).toEqual([]);
});

it('WAIT5 whoever waits takes no seat; a room that is full admits nobody, and they wait on', async () => {
  stage = await openWaiting({ manager: { limits: { maxParticipants: 1 } } });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben');
  expect(await ask(ana, { action: 'admit', participantId: 'ben' })).toMatchObject({ code: 'ERR_ROOM_FULL' });
  expect(ben.outcome).toBeNull();
});

it('WAIT6 locking sends those who wait away, turning the waiting room off lets them in', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben');
  await ask(ana, { action: 'lock' });
  expect(ben.outcome).toMatchObject({ code: 'ERR_ROOM_LOCKED' });
  await ask(ana, { action: 'unlock' });
  const back = await knock('Ben');
  const cy = await knock('Cy');
  await ask(ana, { action: 'waitingRoom', active: false });
  expect([back.outcome, cy.outcome]).toEqual(['in', 'in']);
});

it('WAIT6 closing the room and stopping the server tell those who wait', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await knock('Ben');
  await ask(ana, { action: 'close', reason: 'Done' });
  expect(ben.outcome).toMatchObject({ code: 'ERR_ROOM_CLOSED', message: 'Done' });
  stage = await openWaiting();
  const cy = await knock('Cy');
  await stage.rooms.shutdown();
  expect(cy.outcome).toMatchObject({ code: 'ERR_SHUT_DOWN' });
  expect(stage.clock.pendingTimers).toBe(0);
});

it('WAIT7 who waits for a host who is not there keeps the room, but no model; the next host sees them', async () => {
  stage = await openWaiting();
  const ana = await stage.join('Ana', { role: 'host' });
  expect(stage.model.sessions).toHaveLength(1);
  const ben = await knock('Ben');
  ana.connection.receive({ type: 'leave' });
  stage.clock.advance(30_000);
  await settle();
  expect(stage.rooms.sessions()[0]?.model.status).toBe('off');
  expect(ben.outcome).toBeNull();
  const back = await stage.join('Ana', { role: 'host' });
  expect(namesOf(back)).toEqual(['Ben']);
  back.connection.receive({ type: 'leave' });
  ben.gone.abort();
  stage.clock.advance(31_000);
  await settle();
  expect(stage.rooms.sessions()).toEqual([]);
  expect(stage.clock.pendingTimers).toBe(0);
});
