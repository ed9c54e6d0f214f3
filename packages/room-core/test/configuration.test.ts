import { afterEach, expect, it } from 'vitest';
import { settle } from '../src/testing/fake-clock.ts';
import { audioFrame, type Guest, Stage } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

let count = 0;
async function configure(guest: Guest, version: number, changes: object) {
  count += 1;
  const id = `c${count}`;
  guest.connection.receive({ type: 'request', id, action: 'configure', version, changes });
  await settle();
  return guest.port.messages.find((message) => 'id' in message && message.id === id);
}

it('CONF1 a host changes the configuration, everybody is told, and the log says who changed what', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  expect(await configure(ana, 1, { voice: 'Puck', temperature: 0.5 })).toMatchObject({
    type: 'done',
    result: {
      version: 2,
      configuration: { voice: 'Puck', temperature: 0.5, transcription: { input: true, output: true } },
    },
  });
  expect(ben.port.last('settings')).toMatchObject({
    version: 2,
    configuration: { voice: 'Puck', temperature: 0.5, floor: 'mix' },
    by: { participantId: 'ana', name: 'Ana' },
  });
  expect((await stage.entries()).find(({ kind }) => kind === 'settings')).toMatchObject({
    actor: { participantId: 'ana' },
    body: { version: 2, changes: { voice: 'Puck', temperature: 0.5 } },
  });
  const cy = await stage.join('Cy');
  expect(cy.port.last('welcome').room).toMatchObject({ configurationVersion: 2, configuration: { voice: 'Puck' } });
  expect(await stage.rooms.get(stage.roomId)).toMatchObject({ configurationVersion: 2 });
});

it('CONF2 a change for an older version is refused, unless the room is so already', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  await configure(ana, 1, { voice: 'Puck' });
  expect(await configure(ana, 1, { voice: 'Kore' })).toMatchObject({
    type: 'refused',
    code: 'ERR_ROOM_CONFLICT',
    message: expect.stringContaining('version 2'),
  });
  expect(await configure(ana, 1, { voice: 'Puck' })).toMatchObject({ type: 'done', result: { version: 2 } });
  expect(ana.port.of('settings')).toHaveLength(1);
});

it('CONF2 of two changes at the same moment one wins and the other is told', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben', { role: 'host' });
  const [one, other] = await Promise.all([configure(ana, 1, { voice: 'Puck' }), configure(ben, 1, { voice: 'Kore' })]);
  expect([one?.type, other?.type].toSorted()).toEqual(['done', 'refused']);
  expect(ana.port.of('settings')).toHaveLength(1);
});

it('CONF3 speakers and viewers are refused', async () => {
  stage = await Stage.open();
  const ben = await stage.join('Ben');
  expect(await configure(ben, 1, { voice: 'Puck' })).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
});

it.each([
  ['an unknown field', { colour: 'red' }, '"colour"'],
  ['a number out of range', { temperature: 3 }, 'configuration.temperature 3 must be a number from 0 to 2'],
  ['a wrong choice', { floor: 'loudest' }, 'configuration.floor "loudest" must be "mix" or "pick" or "floor"'],
  ['a wrong field in an object', { thinking: { budget: 1.5, level: null } }, 'configuration.thinking.budget 1.5'],
  ['an unknown field in an object', { thinking: { budget: 1, level: null, depth: 2 } }, 'configuration.thinking.depth'],
  ['half an object', { transcription: { input: true } }, 'configuration.transcription.output undefined'],
  ['a hostile key', JSON.parse('{"__proto__": {"x": 1}}') as object, '"__proto__"'],
])('CONF4 %s is refused, and the error names it', async (_, changes, words) => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const answer = await configure(ana, 1, changes);
  expect(answer).toMatchObject({ type: 'refused', code: 'ERR_ROOM_INPUT' });
  expect(answer).toMatchObject({ message: expect.stringContaining(words) });
  expect(await stage.kinds()).not.toContain('settings');
});

it('CONF5 what the model does not take is refused, also when a room is created', async () => {
  stage = await Stage.open();
  stage.model.check = (wanted) => (wanted.voice === 'Foo' ? { field: 'voice', remedy: 'Choose Puck.' } : null);
  const ana = await stage.join('Ana', { role: 'host' });
  expect(await configure(ana, 1, { voice: 'Foo' })).toMatchObject({
    code: 'ERR_ROOM_INPUT',
    message: 'configuration.voice cannot be: Choose Puck.',
  });
  await expect(stage.rooms.create({ name: 'Other', configuration: { voice: 'Foo' } })).rejects.toMatchObject({
    code: 'ERR_ROOM_INPUT',
  });
});

it('CONF6 the model begins anew with the new configuration and the history, once nobody waits for its answer', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const first = stage.model.session;
  ana.say('Hello', { toModel: true });
  await settle();
  await configure(ana, 1, { voice: 'Puck' });
  expect(first.closed).toBe(false);
  first.emit({ type: 'outputTranscript', text: 'Good day.' });
  first.emit({ type: 'turnComplete', reason: null });
  await settle();
  expect(first.closed).toBe(true);
  const second = stage.model.session;
  expect(second).not.toBe(first);
  expect(second.options.configuration.voice).toBe('Puck');
  expect(await second.options.history()).toEqual([
    { role: 'user', text: 'Ana: Hello' },
    { role: 'model', text: 'Good day.' },
  ]);
  expect(await stage.kinds()).toEqual(
    expect.arrayContaining(['session.started', 'msg.text', 'settings', 'ai.message', 'session.started']),
  );
});

it('CONF6 an answer that does not end is cut after 10 s', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const first = stage.model.session;
  first.emit({ type: 'outputTranscript', text: 'And so on' });
  await configure(ana, 1, { voice: 'Puck' });
  stage.clock.advance(9_999);
  await settle();
  expect(first.closed).toBe(false);
  stage.clock.advance(1);
  await settle();
  expect(first.closed).toBe(true);
  expect((await stage.entries()).find(({ kind }) => kind === 'ai.interrupted')).toMatchObject({
    body: { text: 'And so on', reason: 'failover' },
  });
});

it('CONF6 a session that never says that it is closed is given up after 10 s, and the new one begins without it', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  stage.model.session.close = () => new Promise(() => {});
  await configure(ana, 1, { voice: 'Puck' });
  await stage.clock.run(9_000, 1_000);
  expect(stage.model.sessions).toHaveLength(1);
  await stage.clock.run(2_000, 1_000);
  expect(stage.model.sessions).toHaveLength(2);
  expect(ana.port.last('model').model.status).toBe('listening');
  expect(stage.errors).toMatchObject([{ stage: 'model' }]);
});

it('CONF6 texts written while the model begins anew are answered by the new session', async () => {
  stage = await Stage.open({ autoReady: false });
  const ana = await stage.join('Ana', { role: 'host' });
  stage.model.session.ready();
  await configure(ana, 1, { voice: 'Puck' });
  ana.say('Still there?', { toModel: true });
  await settle();
  const second = stage.model.session;
  expect(second.texts).toEqual([]);
  second.ready();
  expect(second.texts).toEqual(['Ana: Still there?']);
});

it('CONF7 floor, barge-in and cues count at once, without a new session', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  const { session } = stage.model;
  await configure(ana, 1, { floor: 'floor', floorMode: 'queue', bargeIn: { who: 'hosts', afterMs: 100 } });
  expect(ana.port.last('floor')).toMatchObject({ floor: { policy: 'floor', mode: 'queue' } });
  stage.clock.advance(20_000);
  await settle();
  expect(stage.model.session).toBe(session);
});

it('CONF8 a room that nobody is in is configured for the next ones, and a closed one is not', async () => {
  stage = await Stage.open();
  await stage.rooms.configure(stage.roomId, { version: 1, changes: { voice: 'Puck' } });
  expect(await stage.kinds()).toEqual(['settings']);
  await stage.join('Ana', { role: 'host' });
  expect(stage.model.session.options.configuration.voice).toBe('Puck');
  await stage.rooms.close(stage.roomId);
  await expect(stage.rooms.configure(stage.roomId, { version: 2, changes: {} })).rejects.toMatchObject({
    code: 'ERR_ROOM_CLOSED',
  });
});

it('CONF9 a model that had failed is tried at once with a new configuration', async () => {
  stage = await Stage.open({ autoReady: false });
  const ana = await stage.join('Ana', { role: 'host' });
  const first = stage.model.session;
  first.emit({ type: 'failed', code: 'ERR_SETUP', reason: 'no such voice' });
  await configure(ana, 1, { voice: 'Puck' });
  expect(stage.model.session).not.toBe(first);
});

it('POL5 a host changes how the room hears while Ana talks, and nothing of her is lost or doubled', async () => {
  stage = await Stage.open();
  const ana = await stage.join('Ana', { role: 'host' });
  let index = 0;
  const talk = async (ms: number, speaks = true) => {
    for (let at = 0; at < ms; at += 20) {
      const samples = new Int16Array(320).fill(speaks ? 3_000 + index : 0);
      ana.connection.receiveMedia(audioFrame(index, samples));
      index += 1;
      await stage.clock.run(20);
    }
  };
  await talk(1_000);
  await stage.rooms.configure(stage.roomId, { version: 1, changes: { floor: 'pick' } });
  await talk(1_000);
  await talk(2_000, false);
  expect(ana.port.last('floor').floor.policy).toBe('pick');
  const heard = stage.model.sessions.flatMap(({ frames }) => frames.map(({ samples }) => samples[0] ?? 0));
  const voiced = heard.filter((sample) => sample > 0).slice(1);
  expect(voiced).toEqual(Array.from({ length: 99 }, (_, n) => 3_001 + n));
});
