import type { AppData, RoomRequest, RoomServerMessage, StandardSchema } from '@colloquy/live-protocol';
import { afterEach, expect, it } from 'vitest';
import { settle } from '../src/testing/fake-clock.ts';
import { type Guest, Stage } from './support/stage.ts';

let stage: Stage;
afterEach(() => stage.rooms.shutdown());

/** Takes objects with a text, and keeps only that. */
const card: StandardSchema<AppData> = {
  '~standard': {
    validate: (value) => {
      const { text } = value as { text?: unknown };
      return typeof text === 'string'
        ? { value: { text } }
        : { issues: [{ message: 'must be a string', path: ['text'] }] };
    },
  },
};

async function open(): Promise<{ ana: Guest; ben: Guest }> {
  stage = await Stage.open({ manager: { topics: { board: { input: card }, stamps: { roles: ['host'] } } } });
  return { ana: await stage.join('Ana', { role: 'host' }), ben: await stage.join('Ben') };
}

let count = 0;

async function ask(guest: Guest, request: RoomRequest): Promise<RoomServerMessage | undefined> {
  count += 1;
  const id = `q${count}`;
  guest.connection.receive({ type: 'request', id, ...request });
  await settle();
  await settle();
  return guest.port.messages.find((message) => 'id' in message && message.id === id);
}

const publish = (topic: string, data: AppData): RoomRequest => ({ action: 'publish', topic, data });

it('APP1 what is published is checked, kept in the log in the name of who published it, and told to everybody', async () => {
  const { ana, ben } = await open();
  expect(await ask(ben, publish('board', { text: 'A claim', more: 1 }))).toMatchObject({ type: 'done' });
  const told = ana.port.messages.flatMap((message) => (message.type === 'entries' ? message.entries : []));
  expect(told.at(-1)).toMatchObject({
    kind: 'app',
    actor: { participantId: 'ben', name: 'Ben' },
    body: { topic: 'board', data: { text: 'A claim' } },
  });
  expect((await stage.kinds()).at(-1)).toBe('app');
});

it('APP2 a topic that is not known, data that is wrong and data above the limit are refused by name', async () => {
  const { ben } = await open();
  const refusals = [
    [publish('bord', {}), /bord.*board, stamps/],
    [publish('board', { text: 1 }), /text: must be a string/],
    [publish('board', { text: 'x'.repeat(17_000) }), /16384/],
  ] as const;
  for (const [request, words] of refusals) {
    const refused = await ask(ben, request);
    expect(refused).toMatchObject({ type: 'refused', code: 'ERR_ROOM_INPUT', message: expect.stringMatching(words) });
  }
});

it('APP3 who may publish depends on the topic: viewers may not unless it says so', async () => {
  const { ana, ben } = await open();
  const cleo = await stage.join('Cleo', { role: 'viewer' });
  expect(await ask(ben, publish('stamps', {}))).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
  expect(await ask(ana, publish('stamps', {}))).toMatchObject({ type: 'done' });
  expect(await ask(cleo, publish('board', { text: 'no' }))).toMatchObject({ type: 'refused', code: 'ERR_NOT_ALLOWED' });
});

it('APP4 the entries of one topic are read in pages, whatever stands between them; also of a closed room', async () => {
  const { ben } = await open();
  for (const text of ['one', 'two', 'three']) {
    ben.say(`about ${text}`);
    await ask(ben, publish('board', { text }));
  }
  const first = await ask(ben, { action: 'appEntries', topic: 'board', after: 0, limit: 2 });
  if (first?.type !== 'done') throw new Error('refused');
  const page = first.result as Awaited<ReturnType<typeof stage.rooms.appEntries>>;
  expect(page.entries.map(({ body }) => body.data.text)).toEqual(['one', 'two']);
  expect(page.hasMore).toBe(true);
  await stage.rooms.close(stage.roomId);
  const rest = await stage.rooms.appEntries(stage.roomId, { topic: 'board', after: page.readUpTo });
  expect(rest.entries.map(({ body }) => body.data.text)).toEqual(['three']);
  expect(rest.hasMore).toBe(false);
});

it('APP5 the server publishes too, in an open room, whether people are in it or not', async () => {
  const { ana } = await open();
  const by = { participantId: 'model', name: 'Model' };
  await stage.rooms.publish(stage.roomId, { topic: 'board', data: { text: 'filed' }, by });
  expect(ana.port.messages.at(-1)).toMatchObject({ type: 'entries', entries: [{ kind: 'app', actor: by }] });
  const empty = await stage.rooms.create({ name: 'Empty' });
  await stage.rooms.publish(empty.id, { topic: 'board', data: { text: 'filed' } });
  expect((await stage.rooms.appEntries(empty.id, { topic: 'board' })).entries).toHaveLength(1);
  await stage.rooms.close(empty.id);
  const late = stage.rooms.publish(empty.id, { topic: 'board', data: { text: 'late' } });
  await expect(late).rejects.toMatchObject({ code: 'ERR_ROOM_CLOSED' });
});
