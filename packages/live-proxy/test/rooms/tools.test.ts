import { type Emulator, FakeClock, ScriptedBrain, type ScriptedReply, startEmulator } from '@colloquy/live-emulator';
import type { LogEntry, RoomInfo } from '@colloquy/live-protocol';
import { defineRoomTool, memoryEngine, RoomManager } from '@colloquy/room-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { geminiModel } from '../../src/rooms/index.ts';
import { type RoomClient, TestRoomServer } from './room-server.ts';

// Three people in a room, over sockets, with a model that calls what it is told to.

let emulator: Emulator;
let clock: FakeClock;
let manager: RoomManager;
let server: TestRoomServer;
const aborted: string[] = [];
const ran = vi.fn();

const slow = defineRoomTool({
  name: 'look_up',
  description: 'Looks something up, which takes long.',
  blocking: true,
  run: (_args, { callId, signal }) =>
    new Promise((_resolve, reject) => {
      ran(callId);
      signal.addEventListener('abort', () => {
        aborted.push(callId);
        reject(signal.reason);
      });
    }),
});

beforeEach(async () => {
  clock = new FakeClock();
  ran.mockClear();
  aborted.length = 0;
  const brain = new ScriptedBrain([
    ({ input }): ScriptedReply => {
      if (input.some(({ type }) => type === 'toolResult')) return 'It is done.';
      const text = input.map((item) => (item.type === 'text' ? item.text : '')).join(' ');
      if (text.includes('look it up')) return { type: 'call', calls: [{ name: 'look_up', args: {} }] };
      if (text.includes('show page')) return { type: 'call', calls: [{ name: 'show_page', args: { page: 2 } }] };
      return 'I see.';
    },
  ]);
  emulator = await startEmulator({ clock, brain });
  manager = new RoomManager({
    engine: memoryEngine(),
    model: geminiModel({ upstream: endpoint({ url: emulator.url }), model: 'gemini-3.8-live' }),
    tools: [
      slow,
      { name: 'show_page', description: 'Shows a page to whoever asked.', runsIn: 'requester', blocking: true },
    ],
    clock,
  });
  server = await TestRoomServer.start(manager);
});
afterEach(async () => {
  await server.stop();
  await manager.shutdown();
  await emulator.close();
});

async function open(): Promise<readonly [RoomClient, RoomClient, RoomClient]> {
  const room = (await (await server.post('/rooms', { name: 'Panel' })).json()) as RoomInfo;
  const join = async (name: string) => {
    const client = await server.open(room.id, { ticket: `${name}.${name === 'Ana' ? 'host' : 'speaker'}` });
    client.say({ type: 'hello', v: 1, clientId: `tab-${name}` });
    await client.until('welcome');
    client.say({ type: 'tools', names: ['show_page'] });
    return client;
  };
  const clients = [await join('Ana'), await join('Ben'), await join('Cy')] as const;
  await until(() => entriesOf(clients[0], 'session.started').length > 0, clients);
  return clients;
}

function entriesOf<K extends LogEntry['kind']>(client: RoomClient, kind: K): Extract<LogEntry, { kind: K }>[] {
  const entries = client.messages.flatMap((message) => (message.type === 'entries' ? message.entries : []));
  return entries.filter((entry): entry is Extract<LogEntry, { kind: K }> => entry.kind === kind);
}

/** Time goes on, 20 ms at a time, when everything that was sent has arrived. */
async function until(condition: () => boolean, clients: readonly RoomClient[]): Promise<void> {
  while (!condition()) {
    await Promise.all(clients.map((client) => client.settled()));
    await clock.advance(20);
  }
}

function ask(client: RoomClient, name: string, text: string): void {
  client.say({ type: 'pub', cid: `tab-${name}:1`, kind: 'msg.text', body: { text, toModel: true } });
}

test('a call runs once, in the browser of the one of three who asked, and the model has its answer once', async () => {
  const clients = await open();
  const [ana, ben] = clients;
  ask(ben, 'Ben', 'Please show page 2.');
  await until(() => clients.some((client) => client.messages.some(({ type }) => type === 'toolCall')), clients);
  const { callId, args } = await ben.until('toolCall');
  expect(args).toEqual({ page: 2 });
  for (const response of [{ shown: 2 }, { shown: 'again' }]) ben.say({ type: 'toolResult', callId, response });
  await until(() => entriesOf(ana, 'ai.message').length > 0, clients);
  const calls = clients.map((client) => client.messages.filter(({ type }) => type === 'toolCall').length);
  expect(calls).toEqual([0, 1, 0]);
  expect(entriesOf(ana, 'tool.call')).toMatchObject([{ body: { callId, requestedBy: [{ name: 'Ben' }] } }]);
  expect(entriesOf(ana, 'tool.result')).toMatchObject([
    { body: { callId, outcome: 'answered', response: { shown: 2 }, by: { name: 'Ben' } } },
  ]);
  expect(entriesOf(ana, 'ai.message')[0]?.body.text).toBe('It is done.');
  const [report] = emulator.sessions().map((session) => session.report());
  expect(report?.received.toolResponses).toMatchObject({ count: 1, last: [{ matched: true, response: { shown: 2 } }] });
  expect(report?.violations).toEqual([]);
});

test('what the model cancels, because somebody goes on, aborts the handler and is not answered', async () => {
  const clients = await open();
  const [ana, , cy] = clients;
  ask(cy, 'Cy', 'Please look it up.');
  await until(() => ran.mock.calls.length > 0, clients);
  ask(ana, 'Ana', 'Never mind.');
  await until(() => entriesOf(ana, 'ai.message').length > 0, clients);
  expect(ran).toHaveBeenCalledOnce();
  expect(aborted).toEqual(ran.mock.calls[0]);
  expect(entriesOf(ana, 'tool.result').map(({ body }) => body.outcome)).toEqual(['cancelled']);
  const [report] = emulator.sessions().map((session) => session.report());
  expect(report?.received.toolResponses.count).toBe(0);
  expect(report?.violations).toEqual([]);
});
