import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoomRequest } from '@colloquy/live-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryEngine } from '../src/memory-engine.ts';
import { sqliteEngine } from '../src/sqlite/index.ts';
import { settle } from '../src/testing/fake-clock.ts';
import { delegateEngine } from './support/delegate-engine.ts';
import { type Guest, Stage } from './support/stage.ts';

let stage: Stage;
let cleanUp: () => Promise<void> = async () => {};
afterEach(async () => {
  await stage.rooms.shutdown();
  await cleanUp();
  cleanUp = async () => {};
});

let count = 0;
async function ask(guest: Guest, request: RoomRequest) {
  count += 1;
  const id = `x${count}`;
  guest.connection.receive({ type: 'request', id, ...request });
  const answer = () => guest.port.messages.find((message) => 'id' in message && message.id === id);
  // A real disk takes real time.
  while (!answer()) await new Promise((resolve) => setImmediate(resolve));
  return answer();
}

async function said(guest: Guest, text: string): Promise<number> {
  guest.say(text, { toModel: true });
  const seq = () => guest.port.entries.find((entry) => entry.kind === 'msg.text' && entry.body.text === text)?.seq;
  while (seq() === undefined) await new Promise((resolve) => setImmediate(resolve));
  return seq() ?? 0;
}

describe.each(['memory', 'sqlite'])('taking words out of a log of the %s engine', (kind) => {
  const open = async () => {
    const directory = await mkdtemp(join(tmpdir(), 'room-redact-'));
    const engine = kind === 'memory' ? memoryEngine() : sqliteEngine({ directory });
    cleanUp = () => rm(directory, { recursive: true });
    stage = await Stage.open({ engine });
    const ana = await stage.join('Ana', { role: 'host' });
    const ben = await stage.join('Ben');
    return { ana, ben, engine };
  };

  it('REDACT1 REDACT2 ENG22 what a host took out is given to nobody, found nowhere and in no file; everybody is told', async () => {
    const { ana, ben } = await open();
    const seq = await said(ben, 'my number is twelve');
    await said(ben, 'and this stays');
    expect((await stage.rooms.search(stage.roomId, { query: 'twelve' })).hits).toHaveLength(1);
    expect(await ask(ana, { action: 'redact', seq, reason: 'private' })).toMatchObject({ type: 'done' });
    expect(ben.port.entries.at(-1)).toMatchObject({
      kind: 'redact',
      actor: { name: 'Ana' },
      body: { seq, reason: 'private' },
    });
    const entry = (await stage.entries())[seq - 1];
    expect(entry).toMatchObject({ seq, kind: 'msg.text', actor: { name: 'Ben' }, body: { text: '', redacted: true } });
    const cy = await stage.join('Cy');
    expect(JSON.stringify(cy.port.messages)).not.toContain('twelve');
    expect(JSON.stringify(cy.port.messages)).toContain('this stays');
    expect((await stage.rooms.search(stage.roomId, { query: 'twelve' })).hits).toEqual([]);
    expect((await stage.rooms.search(stage.roomId, { query: 'stays' })).hits).toHaveLength(1);
    for (const format of ['json', 'markdown', 'webvtt'] as const) {
      let file = '';
      for await (const chunk of (await stage.rooms.export(stage.roomId, format)).chunks) file += chunk;
      expect(file).not.toContain('twelve');
    }
    const history = await stage.model.session.options.history();
    expect(JSON.stringify(history)).not.toContain('twelve');
    // Once more changes nothing.
    const { length } = await stage.entries();
    expect(await ask(ana, { action: 'redact', seq })).toMatchObject({ type: 'done' });
    expect(await stage.entries()).toHaveLength(length);
  });

  it('REDACT3 only hosts take words out, and only where there are any', async () => {
    const { ana, ben } = await open();
    const seq = await said(ben, 'mine');
    expect(await ask(ben, { action: 'redact', seq })).toMatchObject({ code: 'ERR_NOT_ALLOWED' });
    expect(await ask(ana, { action: 'redact', seq: 1 })).toMatchObject({ code: 'ERR_ROOM_INPUT' });
    expect(await ask(ana, { action: 'redact', seq: 999 })).toMatchObject({ code: 'ERR_ROOM_INPUT' });
    expect((await stage.entries())[seq - 1]).toMatchObject({ body: { text: 'mine' } });
  });
});

it('REDACT3 a store that cannot take anything out says so', async () => {
  const engine = delegateEngine(memoryEngine());
  stage = await Stage.open({ engine: { ...engine, redact: undefined } });
  const ana = await stage.join('Ana', { role: 'host' });
  ana.say('Anything');
  await settle();
  expect(await ask(ana, { action: 'redact', seq: 2 })).toMatchObject({ code: 'ERR_NOT_ALLOWED' });
});
