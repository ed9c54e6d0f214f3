import {
  type Emulator,
  type EmulatorOptions,
  type FixturePhrase,
  loadFixturePhrases,
  PhraseTranscriber,
  startEmulator,
} from '@colloquy/live-emulator';
import type { EntryKind, LogEntryOf, RoomInfo } from '@colloquy/live-protocol';
import { memoryEngine, RoomManager, systemClock } from '@colloquy/room-core';
import { afterEach, expect, test } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { geminiModel } from '../../src/rooms/index.ts';
import { type RoomClient, TestRoomServer } from './room-server.ts';

// The whole way: sockets of people, a room, sockets to the service, and back.

let emulator: Emulator;
let manager: RoomManager;
let server: TestRoomServer;
let room: RoomInfo;

async function start(options: EmulatorOptions = {}): Promise<void> {
  emulator = await startEmulator({ timeScale: 20, ...options });
  const model = geminiModel({ upstream: endpoint({ url: emulator.url }), random: () => 0 });
  manager = new RoomManager({ engine: memoryEngine(), model });
  server = await TestRoomServer.start(manager);
  room = (await (await server.post('/rooms', { name: 'Panel' })).json()) as RoomInfo;
}

afterEach(async () => {
  await server.stop();
  await manager.shutdown();
  await emulator.close();
});

async function join(name = 'Ana', role = 'host'): Promise<RoomClient> {
  const client = await server.open(room.id, { ticket: `${name}.${role}` });
  client.say({ type: 'hello', v: 1, clientId: `tab-${name}` });
  await client.until('welcome');
  return client;
}

/** Joins and waits until the model listens. */
async function joinListening(name?: string): Promise<RoomClient> {
  const client = await join(name);
  await entry(client, 'session.started');
  return client;
}

function ask(client: RoomClient, n: number, text: string, toModel = true): void {
  client.say({ type: 'pub', cid: `tab-Ana:${n}`, kind: 'msg.text', body: { text, toModel } });
}

function entriesOf<K extends EntryKind>(client: RoomClient, kind: K): LogEntryOf<K>[] {
  const all = client.messages.flatMap((message) => (message.type === 'entries' ? message.entries : []));
  return all.filter((one) => one.kind === kind) as LogEntryOf<K>[];
}

/** Resolves with the entry of this kind at this place. */
async function entry<K extends EntryKind>(client: RoomClient, kind: K, index = 0): Promise<LogEntryOf<K>> {
  await client.until('entries', () => entriesOf(client, kind).length > index);
  const found = entriesOf(client, kind)[index];
  if (found === undefined) throw new Error('unreachable');
  return found;
}

const modelAudio = (client: RoomClient) => client.frames.filter(({ kind }) => kind === 2);

test('a typed question is answered to everybody, in words and in sound', async () => {
  await start();
  const ana = await joinListening();
  const ben = await join('Ben', 'speaker');
  ask(ana, 1, 'What do you think about trees?');
  expect((await ana.until('ack')).cid).toBe('tab-Ana:1');
  const { body } = await entry(ben, 'ai.message');
  expect(body.text).not.toBe('');
  expect((await entry(ben, 'msg.text')).actor).toEqual({ participantId: 'p-Ana', name: 'Ana' });
  expect(await entry(ana, 'ai.message')).toEqual(await entry(ben, 'ai.message'));
  const deltas = ben.messages.flatMap((message) => (message.type === 'delta' ? [message.text] : []));
  expect(deltas.join('').trim()).toBe(body.text);
  await ben.until('model', ({ model }) => model.status === 'listening' && model.turn === 1);
  expect(modelAudio(ben).length).toBeGreaterThan(10);
  expect(modelAudio(ana)).toEqual(modelAudio(ben));
  // The model was told who came, and by name who asked.
  const { texts } = emulator.sessions()[0]?.report().received ?? {};
  expect(texts?.last.map(({ text }) => text)).toEqual(['[Ben has joined]', 'Ana: What do you think about trees?']);
});

test('a spoken question is heard in real time, named after who spoke it, and answered', async () => {
  const phrases = await loadFixturePhrases();
  await start({ transcriber: new PhraseTranscriber({ phrases }) });
  const [phrase] = phrases;
  if (phrase === undefined) throw new Error('no phrases');
  const ana = await joinListening();
  const ben = await join('Ben', 'speaker');
  ana.say({ type: 'media', media: { microphone: true, camera: false, screen: false } });
  await speak(ana, phrase);
  const said = await entry(ben, 'speech.final');
  expect(said.body.text).toBe(phrase.text);
  expect(said.body.speakers).toEqual([{ participantId: 'p-Ana', name: 'Ana' }]);
  await entry(ben, 'ai.message');
  // Ben hears Ana's own frames, Ana does not hear herself, both hear the model.
  expect(ben.frames.filter(({ kind }) => kind === 1).length).toBeGreaterThan(100);
  expect(ana.frames.filter(({ kind }) => kind === 1)).toEqual([]);
  expect(modelAudio(ana).length).toBeGreaterThan(10);
  const heard = emulator.sessions()[0]?.heard();
  const seconds = (heard?.samples.length ?? 0) / (heard?.sampleRate ?? 1);
  expect(seconds).toBeGreaterThan(phrase.samples.length / phrase.sampleRate);
});

test('goAway leaves people in their room: same sockets, same session, next question answered', async () => {
  await start();
  const ana = await joinListening();
  ask(ana, 1, 'Hello!');
  await entry(ana, 'ai.message');
  await ana.until('model', ({ model }) => model.status === 'listening' && model.turn === 1);
  emulator.sessions()[0]?.goAway(5);
  await entry(ana, 'session.resumed');
  ask(ana, 2, 'And now?');
  await entry(ana, 'ai.message', 1);
  const [first, second] = emulator.sessions().map((session) => session.report());
  expect(emulator.sessions()).toHaveLength(2);
  expect([first?.violations, second?.violations]).toEqual([[], []]);
  expect(ana.raw.socket.readyState).toBe(ana.raw.socket.OPEN);
  expect(entriesOf(ana, 'ai.interrupted')).toEqual([]);
});

test('a connection that is cut comes back, and a question asked meanwhile is answered', async () => {
  await start();
  const ana = await joinListening();
  emulator.sessions()[0]?.drop();
  await ana.until('model', ({ model }) => model.status === 'reconnecting');
  ask(ana, 1, 'Are you there?');
  await entry(ana, 'ai.message');
  expect(emulator.sessions()).toHaveLength(2);
});

test('a bundled message reaches people as sound, words and the end of the turn', async () => {
  await start();
  const ana = await joinListening();
  const data = Buffer.from(new Int16Array(480).fill(1_000).buffer).toString('base64');
  emulator.sessions()[0]?.send({
    serverContent: {
      modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] },
      outputTranscription: { text: 'All at once.' },
      turnComplete: true,
    },
  });
  expect((await entry(ana, 'ai.message')).body.text).toBe('All at once.');
  expect(modelAudio(ana)[0]).toMatchObject({ codec: 2, turn: 1 });
});

test('closing a room ends it for everybody with one clear code, and for everybody who comes later', async () => {
  await start();
  const ana = await joinListening();
  const ben = await join('Ben', 'speaker');
  expect((await server.post(`/rooms/${room.id}/close`, { reason: 'See you tomorrow' })).status).toBe(200);
  for (const client of [ana, ben]) {
    expect(await client.closed).toEqual({ code: 4410, reason: expect.stringContaining('See you tomorrow') });
  }
  const late = await server.open(room.id);
  late.say({ type: 'hello', v: 1, clientId: 'tab9' });
  expect((await late.closed).code).toBe(4410);
  const history = await (await server.fetch(`/rooms/${room.id}/history`)).json();
  expect((history as { entries: { kind: string }[] }).entries.at(-1)?.kind).toBe('room.closed');
});

test('leaving is not closing, and coming back brings what was missed', async () => {
  await start();
  const ana = await joinListening();
  const ben = await join('Ben', 'speaker');
  ben.say({ type: 'leave' });
  expect((await ben.closed).code).toBe(1000);
  ask(ana, 1, 'Between us', false);
  const { seq } = await entry(ana, 'msg.text');
  const again = await server.open(room.id, { ticket: 'Ben.speaker' });
  again.say({ type: 'hello', v: 1, clientId: 'tab-Ben', resume: { epoch: 1, seq: seq - 1 } });
  expect((await again.until('welcome')).recovered).toBe(true);
  expect((await entry(again, 'msg.text')).body.text).toBe('Between us');
});

test('a key that the service refuses is told in words, and the room goes on without its model', async () => {
  await start({ apiKeys: ['the-right-one'] });
  const ana = await join();
  const { model } = await ana.until('model', ({ model }) => model.status === 'failed');
  expect(model.reason).toMatch(/API key|identity/);
  ask(ana, 1, 'Just us', false);
  await entry(ana, 'msg.text');
});

/** Sends a phrase as a microphone does, and then silence, in real time. */
async function speak(client: RoomClient, { samples, sampleRate }: FixturePhrase): Promise<void> {
  const clock = systemClock();
  const frames = Math.ceil(samples.length / 320) + 75;
  expect(sampleRate).toBe(16_000);
  const startedAt = clock.monotonic();
  for (let index = 0; index < frames; index += 1) {
    const payload = new Int16Array(320);
    payload.set(samples.subarray(index * 320, (index + 1) * 320));
    client.sendFrame({
      kind: 1,
      seq: index,
      mediaTime: index * 320,
      flags: index * 320 < samples.length ? 1 : 0,
      payload: new Uint8Array(payload.buffer),
    });
    const dueIn = startedAt + (index + 1) * 20 - clock.monotonic();
    if (dueIn > 0) await new Promise<void>((resolve) => clock.setTimer(dueIn, resolve));
  }
}
