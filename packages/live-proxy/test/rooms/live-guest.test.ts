import { once } from 'node:events';
import { RoomClient as BrowserClient, type RoomSnapshot } from '@colloquy/live-client';
import { FakeMedia } from '@colloquy/live-client/testing';
import {
  type Emulator,
  type EmulatorOptions,
  loadFixturePhrases,
  PhraseTranscriber,
  startEmulator,
} from '@colloquy/live-emulator';
import type { EntryKind, LogEntryOf, ServerMessage } from '@colloquy/live-protocol';
import { memoryEngine, RoomManager } from '@colloquy/room-core';
import { GoogleGenAI, type LiveServerMessage, Modality, type Session } from '@google/genai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { endpoint } from '../../src/index.ts';
import { geminiModel, type ServeRoomsOptions } from '../../src/rooms/index.ts';
import { Changes } from '../support/changes.ts';
import { type RoomClient, TestRoomServer } from './room-server.ts';

// Gemini's wire into a room: an unmodified Gemini client is a participant.

let emulator: Emulator;
let manager: RoomManager;
let server: TestRoomServer;
let session: Session | undefined;
let socket: WebSocket | undefined;
let browser: BrowserClient | undefined;

async function start(options: EmulatorOptions = {}, serve: Partial<ServeRoomsOptions> = {}): Promise<void> {
  emulator = await startEmulator({ timeScale: 20, ...options });
  const model = geminiModel({ upstream: endpoint({ url: emulator.url }), random: () => 0 });
  manager = new RoomManager({ engine: memoryEngine(), model });
  server = await TestRoomServer.start(manager, serve);
  await manager.create({ id: 'r1', name: 'Panel' });
}

afterEach(async () => {
  await browser?.dispose();
  browser = undefined;
  session?.close();
  session = undefined;
  socket?.terminate();
  socket = undefined;
  await server.stop();
  await manager.shutdown();
  await emulator.close();
});

/** Ben, a participant on the room wire, once the model listens. */
async function joinBen(): Promise<RoomClient> {
  const ben = await server.join('r1', { ticket: 'Ben.host' });
  await entry(ben, 'session.started');
  return ben;
}

/** Eve, with the client that pages use; only her devices are not real. */
async function joinEve(): Promise<{ readonly client: BrowserClient; readonly media: FakeMedia }> {
  const media = new FakeMedia();
  const url = `http://${server.authority}/rooms/r1`;
  browser = new BrowserClient({ url, ticket: 'Eve.speaker', media: media.factory });
  await browser.connect();
  return { client: browser, media };
}

/** Resolves with what the snapshot shows as soon as there is something. */
function shown<T>(client: BrowserClient, look: (snapshot: RoomSnapshot) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const check = () => {
      const found = look(client.getSnapshot());
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const stop = client.subscribe(check);
    check();
  });
}

async function entry<K extends EntryKind>(client: RoomClient, kind: K): Promise<LogEntryOf<K>> {
  const found = () =>
    client.messages
      .flatMap((message) => (message.type === 'entries' ? message.entries : []))
      .find((one) => one.kind === kind) as LogEntryOf<K> | undefined;
  await client.until('entries', () => found() !== undefined);
  return found() as LogEntryOf<K>;
}

/** A session of Google's SDK, whose API key is a ticket. */
class Guest {
  readonly messages: LiveServerMessage[] = [];
  readonly #changes = new Changes();
  closed: { code: number; reason: string } | undefined;

  static async join(mode: 'gemini' | 'vertex' = 'gemini', ticket = 'Sam.speaker'): Promise<Guest> {
    const guest = new Guest();
    const baseUrl = `http://${server.authority}/rooms/r1/live`;
    const ai =
      mode === 'gemini'
        ? new GoogleGenAI({ apiKey: ticket, httpOptions: { baseUrl } })
        : new GoogleGenAI({ vertexai: true, apiKey: ticket, httpOptions: { baseUrl, apiVersion: 'v1beta1' } });
    session = await ai.live.connect({
      model: 'any-model-it-likes',
      config: {
        responseModalities: [Modality.AUDIO],
        systemInstruction: 'You are a pirate.',
        inputAudioTranscription: {},
        outputAudioTranscription: {},
      },
      callbacks: {
        onmessage: (message) => {
          guest.messages.push(message);
          guest.#changes.notify();
        },
        onclose: ({ code, reason }) => {
          guest.closed = { code, reason };
          guest.#changes.notify();
        },
      },
    });
    return guest;
  }

  until<T>(wanted: () => T | undefined): Promise<T> {
    return this.#changes.until(wanted);
  }

  message(wanted: (message: LiveServerMessage) => unknown): Promise<LiveServerMessage> {
    return this.until(() => this.messages.find(wanted));
  }

  textOf(field: 'inputTranscription' | 'outputTranscription'): string {
    return this.messages.map((message) => message.serverContent?.[field]?.text ?? '').join('');
  }
}

describe("Google's SDK joins a room", () => {
  test('speaks, hears the model, and its words appear with its name at the others', async () => {
    const phrases = await loadFixturePhrases();
    const [phrase] = phrases;
    if (phrase === undefined) throw new Error('no phrases');
    await start({ transcriber: new PhraseTranscriber({ phrases }) });
    const ben = await joinBen();
    const eve = await joinEve();
    const guest = await Guest.join();
    await ben.until('presence', ({ changed }) =>
      changed.some(({ name, status }) => name === 'Sam' && status === 'present'),
    );
    // All at once, as a client does that reads a recording; the room hears it in real time.
    const samples = new Int16Array(phrase.samples.length + 16_000 * 1.5);
    samples.set(phrase.samples);
    const data = Buffer.from(samples.buffer).toString('base64');
    session?.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${phrase.sampleRate}` } });
    const said = await entry(ben, 'speech.final');
    expect(said.body).toMatchObject({ text: phrase.text, speakers: [{ participantId: 'p-Sam', name: 'Sam' }] });
    const answer = await entry(ben, 'ai.message');
    await guest.message(({ serverContent }) => serverContent?.turnComplete);
    expect(guest.textOf('inputTranscription')).toBe(phrase.text);
    expect(guest.textOf('outputTranscription').trim()).toBe(answer.body.text);
    const sound = guest.messages.flatMap(({ data: base64 }) => (base64 === undefined ? [] : [base64]));
    expect(sound.length).toBeGreaterThan(10);
    // A page shows both, with names, and plays both.
    const own = await shown(eve.client, ({ timeline }) => timeline.find(({ kind }) => kind === 'speech'));
    expect(own).toMatchObject({ text: phrase.text, state: 'final', own: false });
    expect(own.speakers).toEqual([{ participantId: 'p-Sam', name: 'Sam' }]);
    const reply = await shown(eve.client, ({ timeline }) =>
      timeline.find(({ kind, state }) => kind === 'ai' && state === 'final'),
    );
    expect(reply.text).toBe(answer.body.text);
    expect(eve.client.getSnapshot().participants.map(({ name }) => name)).toEqual(['Model', 'Ben', 'Eve', 'Sam']);
    const played = [...eve.media.speaker.sources].filter(([, { log }]) => log.some(({ type }) => type === 'push'));
    expect(played).toHaveLength(2);
    // People hear each other; its setup has configured nothing.
    expect(ben.frames.filter(({ kind }) => kind === 1).length).toBeGreaterThan(50);
    const { configuration } = await manager.get('r1');
    expect([configuration.model, configuration.instructions]).toEqual([null, '']);
  });

  test('in its Vertex mode too', async () => {
    await start();
    const ben = await joinBen();
    const guest = await Guest.join('vertex');
    session?.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'What about trees?' }] }] });
    expect(await entry(ben, 'msg.text')).toMatchObject({ actor: { name: 'Sam' }, body: { toModel: true } });
    await guest.message(({ serverContent }) => serverContent?.turnComplete);
    const answer = await entry(ben, 'ai.message');
    expect(guest.textOf('outputTranscription').trim()).toBe(answer.body.text);
  });
});

test('what it types is a text of that person, which the model answers only when it is asked to', async () => {
  await start();
  const ben = await joinBen();
  const guest = await Guest.join();
  session?.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'Good morning' }] }], turnComplete: false });
  expect(await entry(ben, 'msg.text')).toMatchObject({
    actor: { name: 'Sam' },
    body: { text: 'Good morning', toModel: false },
  });
  session?.sendRealtimeInput({ text: 'What about trees?' });
  await entry(ben, 'ai.message');
  await guest.message(({ serverContent }) => serverContent?.turnComplete);
  const order = guest.messages.flatMap(({ serverContent: one }) =>
    one?.generationComplete ? ['generationComplete'] : one?.turnComplete ? ['turnComplete'] : [],
  );
  expect(order).toEqual(['generationComplete', 'turnComplete']);
});

test('an interruption reaches it in the words of Gemini', async () => {
  await start({ timeScale: 1 });
  const ben = await joinBen();
  const guest = await Guest.join();
  session?.sendRealtimeInput({ text: 'Tell me a long story.' });
  await guest.message(({ data }) => data !== undefined);
  ben.say({ type: 'interrupt' });
  await guest.message(({ serverContent }) => serverContent?.interrupted);
});

test('leaves at once when it closes, and is told when the room is closed', async () => {
  await start();
  const ben = await joinBen();
  await Guest.join();
  session?.close();
  await ben.until('presence', ({ removed }) => removed.includes('p-Sam'));
  const guest = await Guest.join();
  await manager.close('r1', { reason: 'lunch' });
  expect(await guest.until(() => guest.closed)).toEqual({ code: 4410, reason: 'lunch' });
});

test('PRES1 a Gemini client of somebody who is in the room already is another tab of that person', async () => {
  await start();
  const ben = await joinBen();
  const guest = await Guest.join('gemini', 'Ben.host');
  const people = () => manager.sessions()[0]?.people ?? [];
  expect(people()).toMatchObject([{ participantId: 'p-Ben', status: 'present', connections: [{}, {}] }]);
  // Either writes in Ben's name, and the model answers both tabs.
  session?.sendClientContent({ turns: 'What is a fjord?', turnComplete: true });
  const text = await entry(ben, 'msg.text');
  expect(text).toMatchObject({ actor: { participantId: 'p-Ben', name: 'Ben' }, body: { toModel: true } });
  await guest.message(({ serverContent }) => serverContent?.turnComplete);
  // One tab goes: Ben has not left, and nobody was told that he came twice.
  session?.close();
  await guest.until(() => guest.closed);
  await vi.waitFor(() => expect(people()[0]?.connections).toHaveLength(1), 10_000);
  expect(people()).toMatchObject([{ participantId: 'p-Ben', status: 'present' }]);
  const kinds = (await manager.history('r1', { from: 1 })).entries.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'participant.added')).toHaveLength(1);
  expect(kinds).not.toContain('participant.removed');
});

/** A client without any SDK. */
async function dial(path: string, ticket = 'Raw.speaker') {
  const url = `ws://${server.authority}/rooms/${path}${path.includes('?') ? '&' : '?'}key=${ticket}`;
  const raw = new WebSocket(url);
  socket = raw;
  const received: ServerMessage[] = [];
  const changes = new Changes();
  raw.on('message', (data: Buffer) => {
    received.push(JSON.parse(data.toString()) as ServerMessage);
    changes.notify();
  });
  const closed = once(raw, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  await once(raw, 'open');
  const say = (message: unknown) => raw.send(JSON.stringify(message));
  return { closed, received, say, until: <T>(wanted: () => T | undefined) => changes.until(wanted) };
}

test('a plain WebSocket at the mount path itself is a participant too, heard with its pictures', async () => {
  await start();
  const ben = await joinBen();
  const raw = await dial('r1/live');
  raw.say({ setup: { model: 'models/x' } });
  expect(await raw.until(() => raw.received[0])).toEqual({ setupComplete: {} });
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xd9]).toString('base64');
  raw.say({ realtime_input: { video: { mime_type: 'image/jpeg', data: jpeg } } });
  await ben.until('presence', ({ changed }) => changed.some(({ name, media }) => name === 'Raw' && media.camera));
  const audio = { mimeType: 'audio/pcm;rate=48000', data: Buffer.alloc(9_600).toString('base64') };
  raw.say({ realtimeInput: { audio } });
  await ben.until('presence', ({ changed }) => changed.some(({ name, media }) => name === 'Raw' && media.microphone));
  raw.say({ realtimeInput: { audioStreamEnd: true } });
  await ben.until('presence', ({ changed }) =>
    changed.some(({ name, media }) => name === 'Raw' && !media.microphone && media.camera),
  );
});

test('sound of a rate that nothing has is ignored, and the client goes on', async () => {
  await start();
  const ben = await joinBen();
  const raw = await dial('r1/live');
  raw.say({ setup: { model: 'models/x' } });
  await raw.until(() => raw.received[0]);
  raw.say({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=1', data: Buffer.alloc(1_024).toString('base64') } } });
  raw.say({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'Still here.' }] }] } });
  expect(await entry(ben, 'msg.text')).toMatchObject({ body: { text: 'Still here.' } });
  const presences = ben.messages.filter((message) => message.type === 'presence');
  expect(
    presences.flatMap(({ changed }) => changed).some(({ name, media }) => name === 'Raw' && media.microphone),
  ).toBe(false);
});

test('texts that come too fast are in the log all the same, each once and in order', async () => {
  await start();
  const ben = await joinBen();
  const raw = await dial('r1/live');
  raw.say({ setup: { model: 'models/x' } });
  await raw.until(() => raw.received[0]);
  const texts = Array.from({ length: 30 }, (_, n) => `text ${n}`);
  for (const text of texts) raw.say({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }] } });
  const written = () =>
    ben.messages.flatMap((message) =>
      message.type === 'entries'
        ? message.entries.flatMap((one) => (one.kind === 'msg.text' && one.actor?.name === 'Raw' ? one.body.text : []))
        : [],
    );
  await expect.poll(() => written().length).toBe(30);
  expect(written()).toEqual(texts);
});

test.each([
  ['no JSON', 'hello', 1007, /Invalid JSON/],
  ['something before setup', '{"realtimeInput":{"text":"Hi"}}', 1007, /setup must be the first/],
  ['an unknown field', '{"setup":{"modle":"x"}}', 1007, /modle/],
])('%s closes it as Gemini would', async (_, text, code, words) => {
  await start();
  const raw = await dial('r1/live/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent');
  socket?.send(text);
  expect(await raw.closed).toEqual({ code, reason: expect.stringMatching(words) });
});

test('a second setup, and activity markers it did not ask for, close it as Gemini would', async () => {
  await start();
  for (const message of [{ setup: { model: 'x' } }, { realtimeInput: { activityStart: {} } }]) {
    const raw = await dial('r1/live');
    raw.say({ setup: { model: 'models/x' } });
    await raw.until(() => raw.received[0]);
    raw.say(message);
    expect((await raw.closed).code).toBe(1007);
  }
});

test('activity markers ask for the floor and give it back', async () => {
  await start();
  await manager.configure('r1', { version: 1, changes: { floor: 'floor' } });
  const ben = await joinBen();
  const raw = await dial('r1/live');
  raw.say({ setup: { model: 'x', realtimeInputConfig: { automaticActivityDetection: { disabled: true } } } });
  await raw.until(() => raw.received[0]);
  raw.say({ realtimeInput: { activityStart: {} } });
  await ben.until('floor', ({ floor }) => floor.holder === 'p-Raw');
  raw.say({ realtimeInput: { activityEnd: {} } });
  await ben.until('floor', ({ floor }) => floor.holder === null);
});

test('everybody else is heard of by name where the server wants it', async () => {
  const phrases = await loadFixturePhrases();
  await start({ transcriber: new PhraseTranscriber({ phrases }) }, { guestTranscripts: 'everybody' });
  await joinBen();
  const raw = await dial('r1/live');
  raw.say({ setup: { model: 'x', inputAudioTranscription: {} } });
  await raw.until(() => raw.received[0]);
  emulator.sessions()[0]?.send({ serverContent: { inputTranscription: { text: 'Somebody spoke.', finished: true } } });
  emulator.sessions()[0]?.send({ serverContent: { turnComplete: true } });
  const heard = await raw.until(() => raw.received.find((one) => one.serverContent?.inputTranscription));
  expect(heard.serverContent?.inputTranscription?.text).toContain('Somebody spoke.');
});

test('without a good ticket it is closed with a reason, and other paths below are nothing', async () => {
  await start();
  const raw = await dial('r1/live', 'banned');
  expect(await raw.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('suspended') });
  const wrong = new WebSocket(`ws://${server.authority}/rooms/r1/live/elsewhere`);
  const [error] = (await once(wrong, 'error')) as [Error];
  expect(error.message).toContain('404');
  expect((await server.fetch('/rooms/r1/live')).status).toBe(404);
});
