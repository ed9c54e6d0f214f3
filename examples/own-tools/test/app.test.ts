import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { RoomClient, type RoomSnapshot } from '@colloquy/live-client';
import { FakeMedia } from '@colloquy/live-client/testing';
import { type Emulator, ScriptedBrain, type ScriptedReply, startEmulator } from '@colloquy/live-emulator';
import { endpoint } from '@colloquy/live-proxy';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, createApp } from '../src/app.ts';

let emulator: Emulator;
let app: App;
let base: string;
let room: RoomClient;

beforeEach(async () => {
  emulator = await startEmulator({ port: 0, timeScale: 20, brain: new ScriptedBrain([answer]) });
  app = await createApp(endpoint({ url: emulator.url }), (_, response) => void response.end('The page.'));
  app.server.listen(0, '127.0.0.1');
  await once(app.server, 'listening');
  base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  room = new RoomClient({ url: `${base}/rooms/table?name=Ana`, media: new FakeMedia().factory });
  await room.connect();
});
afterEach(async () => {
  await room.dispose();
  await app.close();
  await emulator.close();
});

/** The model calls the tool whose name comes up. */
function answer({ input }: { readonly input: readonly { readonly type: string }[] }): ScriptedReply {
  const said = JSON.stringify(input);
  if (said.includes('toolResult')) return 'Done.';
  const calls = { add_note: { text: 'Bring cake.' }, show_slide: { number: 2 }, clear_notes: {} };
  const name = (Object.keys(calls) as (keyof typeof calls)[]).find((tool) => said.includes(tool));
  return name ? { type: 'call', calls: [{ name, args: calls[name] }] } : 'Good morning.';
}

function until<T>(find: (snapshot: RoomSnapshot) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = find(room.getSnapshot());
      if (found === undefined) return;
      undo();
      resolve(found);
    };
    const undo = room.subscribe(look);
    queueMicrotask(look);
  });
}

/** What the log says of the first call once it has ended. */
async function outcome(): Promise<unknown> {
  for await (const { entry } of room.iterate('entryAdded')) if (entry.kind === 'tool.result') return entry.body;
  throw new Error('The room ended before the call did.');
}

test('a tool of the server keeps a note, with the name of who asked for it', async () => {
  const ended = outcome();
  room.sendText('Please add_note.');
  expect(await ended).toMatchObject({ outcome: 'answered', response: { notes: 1 } });
  expect(await (await fetch(`${base}/notes`)).json()).toEqual(['Bring cake. (Ana)']);
});

test('a tool of the page runs in the page', async () => {
  const shown: unknown[] = [];
  room.registerTool({ name: 'show_slide', run: ({ number }) => ({ shown: shown.push(number) }) });
  const ended = outcome();
  room.sendText('Please show_slide.');
  expect(await ended).toMatchObject({ outcome: 'answered', response: { shown: 1 } });
  expect(shown).toEqual([2]);
});

test('a tool that asks first runs only when a host has allowed it', async () => {
  const ended = outcome();
  room.sendText('Please clear_notes.');
  const approval = await until(({ toolApprovals }) => toolApprovals[0]);
  expect(approval).toMatchObject({ name: 'clear_notes', requestedBy: [{ name: 'Ana' }] });
  room.decideTool(approval.callId, false);
  expect(await ended).toMatchObject({ outcome: 'failed' });
});

test('what is not the room’s is the application’s', async () => {
  expect(await (await fetch(base)).text()).toBe('The page.');
});
