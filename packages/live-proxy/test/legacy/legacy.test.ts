import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Emulator, type EmulatorOptions, ScriptedBrain, startEmulator } from '@colloquy/live-emulator';
import { memoryEngine, type RoomIdentity, RoomManager, type RoomManagerOptions } from '@colloquy/room-core';
import { amplitudeAt } from '@colloquy/room-core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { type LegacyServer, type ServeLegacyOptions, serveLegacy } from '../../src/legacy/index.ts';
import { geminiModel } from '../../src/rooms/index.ts';
import { refusalOf, TestClient } from '../support/test-client.ts';

let emulator: Emulator;
let manager: RoomManager;
let legacy: LegacyServer;
let http: Server;
const clients: TestClient[] = [];
/** Requests that anybody made at the address which clients name. */
let trap: Server;
let trapped = 0;
let mount = '';

async function start(
  options: EmulatorOptions = {},
  serve: Partial<ServeLegacyOptions> & { readonly path?: string } = {},
  rooms: Partial<RoomManagerOptions> = {},
): Promise<void> {
  const { path = '/legacy', ...serving } = serve;
  mount = path;
  emulator = await startEmulator({ timeScale: 20, voice: 'synthetic', ...options });
  const model = geminiModel({ upstream: endpoint({ url: emulator.url }), random: () => 0 });
  manager = new RoomManager({ engine: memoryEngine(), model, ...rooms });
  legacy = serveLegacy(manager, { allowUnauthenticated: true, allowedOrigins: ['https://old.example'], ...serving });
  http = createServer((_, response) => response.end('the application'));
  legacy.attach(http, { path });
  trap = createServer(() => {
    trapped += 1;
  }).on('connection', () => {
    trapped += 1;
  });
  trapped = 0;
  for (const server of [http, trap]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await legacy.close();
  await manager.shutdown();
  await emulator.close();
  for (const server of [http, trap]) {
    server.closeAllConnections();
    server.close();
  }
});

/** As `VITE_PROXY_URL` has it, without a slash at its end. */
const base = () => `127.0.0.1:${(http.address() as AddressInfo).port}${mount.replace(/\/$/, '')}`;
const ask = (path: string, init: RequestInit = {}) => fetch(`http://${base()}${path}`, init);

/** What the original front end's class makes of a frame: the first of these that is there, and nothing else of it. */
function eventOf({ error, serverContent, setupComplete, toolCall }: Heard): string {
  const { inputTranscription, interrupted, modelTurn, outputTranscription, turnComplete } = serverContent ?? {};
  if (setupComplete) return 'SETUP COMPLETE';
  if (turnComplete) return 'TURN COMPLETE';
  if (interrupted) return 'INTERRUPTED';
  if (inputTranscription) return 'INPUT_TRANSCRIPTION';
  if (outputTranscription) return 'OUTPUT_TRANSCRIPTION';
  if (toolCall) return 'TOOL_CALL';
  if (error) return 'ERROR';
  const [part] = modelTurn?.parts ?? [];
  if (part?.text) return 'TEXT';
  return part?.inlineData ? 'AUDIO' : '';
}

interface Heard {
  readonly toolCall?: object;
  readonly setupComplete?: object;
  readonly pong?: boolean;
  readonly error?: { readonly message: string };
  readonly serverContent?: {
    readonly modelTurn?: {
      readonly parts: readonly { readonly text?: string; readonly inlineData?: { readonly data: string } }[];
    };
    readonly outputTranscription?: { readonly text: string; readonly finished: boolean };
    readonly inputTranscription?: { readonly text: string; readonly finished: boolean };
    readonly turnComplete?: boolean;
    readonly interrupted?: boolean;
  };
}

/** A client with the original front end's habits: its two first frames at once, text frames only, one event a frame. */
class LegacyClient {
  readonly client: TestClient;

  static async open(sessionId: string, path = '/ws'): Promise<LegacyClient> {
    const client = await TestClient.open(`ws://${base()}${path}`);
    clients.push(client);
    const { port } = trap.address() as AddressInfo;
    client.send({ service_url: `ws://127.0.0.1:${port}/ws`, session_id: sessionId, bearer_token: 'ya29.secret' });
    client.send({
      setup: {
        model: 'projects/p/locations/us-central1/publishers/google/models/gemini-live-managed-by-backend',
        generation_config: { response_modalities: ['AUDIO'], temperature: 1, enable_affective_dialog: true },
        system_instruction: { parts: [{ text: '' }] },
        tools: { function_declarations: [] },
        proactivity: { proactiveAudio: true },
        input_audio_transcription: {},
        output_audio_transcription: {},
      },
    });
    return new LegacyClient(client);
  }

  constructor(client: TestClient) {
    this.client = client;
  }

  get heard(): readonly Heard[] {
    return this.client.received.map(({ data }) => JSON.parse(data.toString()) as Heard);
  }

  until(wanted: (message: Heard) => unknown): Promise<Heard> {
    return this.client.until(() => this.heard.find(wanted));
  }

  text(words: string): void {
    this.client.send({ client_content: { turns: [{ role: 'user', parts: [{ text: words }] }], turn_complete: true } });
  }

  picture(bytes: Uint8Array): void {
    const data = Buffer.from(bytes).toString('base64');
    this.client.send({ realtime_input: { media_chunks: [{ mime_type: 'image/jpeg', data }] } });
  }

  /** Events as that front end's class tells them, repetitions left out. */
  get events(): readonly string[] {
    return this.heard.map(eventOf).filter((event, at, all) => event !== '' && event !== all[at - 1]);
  }

  sound(samples: Int16Array): void {
    const data = Buffer.from(samples.buffer).toString('base64');
    this.client.send({ realtime_input: { media_chunks: [{ mime_type: 'audio/pcm', data }] } });
  }
}

function tone(frequency: number, seconds: number): Int16Array {
  return Int16Array.from(
    { length: 16_000 * seconds },
    (_, n) => 8000 * Math.sin((2 * Math.PI * frequency * n) / 16_000),
  );
}

/** Seconds in which both tones sound at once. */
function bothSound(samples: Int16Array, sampleRate: number): number {
  const window = sampleRate / 10;
  let seconds = 0;
  for (let start = 0; start + window <= samples.length; start += window) {
    const part = samples.subarray(start, start + window);
    if ([440, 880].every((frequency) => amplitudeAt(part, frequency, sampleRate) > 500)) seconds += 0.1;
  }
  return seconds;
}

describe('the original front end', () => {
  it('is ready after its two first frames, and its pings are answered', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    await client.until(({ setupComplete }) => setupComplete);
    client.client.send({ ping: true });
    await client.until(({ pong }) => pong);
    expect(client.client.received.every(({ isBinary }) => !isBinary)).toBe(true);
  });

  it('gets sound, transcript and the end of a turn in frames of their own', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    await client.until(({ setupComplete }) => setupComplete);
    client.text('Hello, what shall we discuss?');
    await client.until(({ serverContent }) => serverContent?.turnComplete);
    for (const { serverContent } of client.heard) {
      if (serverContent !== undefined) expect(Object.keys(serverContent)).toHaveLength(1);
      for (const { inlineData } of serverContent?.modelTurn?.parts ?? []) {
        expect(Buffer.from(inlineData?.data ?? '', 'base64').length % 2).toBe(0);
      }
    }
    const contents = client.heard.flatMap(({ serverContent }) => serverContent ?? []);
    expect(contents.filter(({ modelTurn }) => modelTurn).length).toBeGreaterThan(5);
    const transcripts = contents.flatMap(({ outputTranscription }) => outputTranscription ?? []);
    expect(transcripts.at(-1)?.finished).toBe(true);
    expect(
      transcripts
        .map(({ text }) => text)
        .join('')
        .trim(),
    ).not.toBe('');
  });

  it('cannot choose the upstream: nobody connects to what it names, and its token goes nowhere', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    client.text('Hello');
    await client.until(({ serverContent }) => serverContent?.turnComplete);
    expect(trapped).toBe(0);
    const [session] = emulator.sessions();
    expect(JSON.stringify(session?.report())).not.toMatch(/ya29|managed-by-backend/);
  });

  it('gets one event a frame in its order, however Gemini bundles them', async () => {
    const bundle = { action: { type: 'bundle', seconds: 30 }, after: 'setupComplete' } as const;
    await start({ brain: new ScriptedBrain(['Good day.']), faults: [bundle] });
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    client.text('Hello');
    await client.until(({ serverContent }) => serverContent?.turnComplete);
    const events = client.events.filter((event) => event !== 'INPUT_TRANSCRIPTION');
    expect(events[0]).toBe('SETUP COMPLETE');
    expect(events.at(-1)).toBe('TURN COMPLETE');
    expect(new Set(events)).toEqual(new Set(['SETUP COMPLETE', 'AUDIO', 'OUTPUT_TRANSCRIPTION', 'TURN COMPLETE']));
    // Nothing was behind the first thing in a frame, where that front end would not have looked.
    expect(client.heard.map(({ serverContent = {} }) => Object.keys(serverContent).length)).not.toContain(2);
  });

  it('may send sound and pictures before anything was answered, and the model gets them in today’s fields', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    client.sound(tone(440, 0.256));
    const received = () => emulator.sessions()[0]?.report().received;
    // It sends one each second, whoever listens; those that come before the model does are not kept.
    const pictures = () => {
      client.picture(new Uint8Array([0xff, 0xd8, 0xff, 0xd9]));
      return received()?.pictures.count;
    };
    await expect.poll(pictures, { interval: 250, timeout: 15_000 }).toBeGreaterThan(0);
    await expect.poll(() => received()?.audio.seconds, { timeout: 10_000 }).toBeGreaterThan(0.2);
    expect(emulator.sessions()[0]?.report().violations).toEqual([]);
  });

  it('has calls of tools answered for it, exactly once, and cannot answer them itself', async () => {
    let runs = 0;
    const tools = [
      { name: 'add_note', description: 'Keeps a note.', run: () => ({ notes: ++runs }) },
    ] satisfies RoomManagerOptions['tools'];
    const call = { type: 'call', calls: [{ name: 'add_note', args: {} }] } as const;
    await start({ brain: new ScriptedBrain([call, 'It is kept.']) }, {}, { tools });
    const { id } = await manager.create({ name: 'Panel' });
    const clients = await Promise.all([LegacyClient.open(id), LegacyClient.open(id)]);
    for (const client of clients) {
      await client.until(({ setupComplete }) => setupComplete);
      client.client.send({ tool_response: { id: 'call-1', response: { notes: 'mine' } } });
    }
    clients[0].text('Please add_note.');
    for (const client of clients) await client.until(({ serverContent }) => serverContent?.turnComplete);
    const { received, violations } = emulator.sessions()[0]?.report() ?? expect.fail('The model was not called.');
    expect([runs, received.toolResponses.count, violations]).toEqual([1, 1, []]);
    for (const { events } of clients) expect(events).not.toContain('TOOL_CALL');
  });

  it('shows what somebody else wrote as a bubble of its own, with the name', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const [ana, ben] = await Promise.all([LegacyClient.open(id), LegacyClient.open(id)]);
    for (const client of [ana, ben]) await client.until(({ setupComplete }) => setupComplete);
    ana.text('Hello, Ben.');
    const told = await ben.until(({ serverContent }) => serverContent?.inputTranscription);
    expect(told.serverContent?.inputTranscription).toEqual({
      text: expect.stringMatching(/.: Hello, Ben\.$/),
      finished: true,
    });
    await ana.until(({ serverContent }) => serverContent?.turnComplete);
    expect(ana.heard.filter(({ serverContent }) => serverContent?.inputTranscription?.text)).toEqual([]);
  });

  it('is heard mixed with others in real time, and the model is heard by both', async () => {
    await start({ timeScale: 1 });
    const { id } = await manager.create({ name: 'Panel' });
    const ana = await LegacyClient.open(id);
    const ben = await LegacyClient.open(id);
    for (const client of [ana, ben]) await client.until(({ setupComplete }) => setupComplete);
    await expect.poll(() => emulator.sessions().length).toBe(1);
    ana.sound(tone(440, 1));
    ben.sound(tone(880, 1));
    const session = emulator.sessions()[0];
    const overlap = () => {
      const { samples, sampleRate } = session?.heard() ?? { samples: new Int16Array(), sampleRate: 16_000 };
      return bothSound(samples, sampleRate);
    };
    await expect.poll(overlap, { timeout: 10_000 }).toBeGreaterThan(0.3);
    expect(session?.report().violations).toEqual([]);
    ana.text('What did you hear?');
    for (const client of [ana, ben]) await client.until(({ serverContent }) => serverContent?.modelTurn);
  });

  it('works on over the same socket when Gemini drops and returns', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    await client.until(({ setupComplete }) => setupComplete);
    client.text('Hello');
    await client.until(({ serverContent }) => serverContent?.turnComplete);
    const before = client.heard.length;
    emulator.sessions()[0]?.drop();
    client.text('Are you there?');
    await client.client.until(() =>
      client.heard.slice(before).find(({ serverContent }) => serverContent?.turnComplete),
    );
    expect(client.client.socket.readyState).toBe(client.client.socket.OPEN);
  });

  it('is told of a closed room by one error, and is kept instead of coming back every second', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const inside = await LegacyClient.open(id);
    await inside.until(({ setupComplete }) => setupComplete);
    await manager.close(id, { reason: 'the day is over' });
    expect((await inside.until(({ error }) => error)).error?.message).toMatch(/the day is over/);
    const late = await LegacyClient.open(id);
    expect((await late.until(({ error }) => error)).error?.message).toMatch(/closed/);
    late.client.send({ ping: true });
    await late.until(({ pong }) => pong);
    for (const { heard, client } of [inside, late]) {
      expect(heard.filter(({ error }) => error)).toHaveLength(1);
      expect(client.socket.readyState).toBe(client.socket.OPEN);
    }
  });

  it('is told what is wrong with a room that is not there, and with a name that is none', async () => {
    await start();
    for (const id of ['no-such-room', '../../etc']) {
      const client = await LegacyClient.open(id);
      expect((await client.until(({ error }) => error)).error?.message).toMatch(/room/i);
    }
  });

  it('shares the room "default" where it names none', async () => {
    await start();
    const [ana, ben] = await Promise.all([LegacyClient.open('default', '/'), LegacyClient.open('default')]);
    for (const client of [ana, ben]) await client.until(({ setupComplete }) => setupComplete);
    expect(manager.sessions().map(({ roomId, people }) => [roomId, people.length])).toEqual([['default', 2]]);
  });

  it('survives frames that are none, and is told so', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const client = await LegacyClient.open(id);
    await client.until(({ setupComplete }) => setupComplete);
    for (const wrong of ['no json', 'null', '{"realtime_input":{}}']) client.client.socket.send(wrong);
    client.client.socket.send(Buffer.from('{}'), { binary: true });
    client.text('Hello');
    await client.until(({ serverContent }) => serverContent?.turnComplete);
    expect(client.heard.filter(({ error }) => error)).toHaveLength(4);
  });
});

describe('its HTTP side', () => {
  it('creates, lists and reads rooms as the original did', async () => {
    await start();
    const json = { 'content-type': 'application/json' };
    const created = await ask('/room', { method: 'POST', headers: json, body: '{"name":"Panel"}' });
    const room = (await created.json()) as { room_id: string };
    expect(room).toEqual({ room_id: room.room_id, name: 'Panel' });
    const [listed] = (await (await ask('/rooms')).json()) as Record<string, unknown>[];
    expect(listed).toMatchObject({ room_id: room.room_id, name: 'Panel', status: 'open', closed_at: null });
    expect(new Date(String(listed?.created_at)).getTime()).toBeGreaterThan(0);
    expect(await (await ask(`/room/${room.room_id}`)).json()).toMatchObject({ name: 'Panel' });
    const missing = await ask('/room/nothing/close', { method: 'POST' });
    expect([missing.status, await missing.json()]).toEqual([404, { detail: 'Room not found' }]);
  });

  it('answers "Leave" and keeps the room, unless it is told to close it', async () => {
    await start();
    const { id } = await manager.create({ name: 'Panel' });
    const left = await ask(`/room/${id}/close`, { method: 'POST' });
    expect([left.status, await left.json()]).toEqual([200, { message: 'Room closed' }]);
    expect((await manager.get(id)).status).toBe('open');
    await legacy.close();
    legacy = serveLegacy(manager, { allowUnauthenticated: true, leaveClosesRoom: true });
    legacy.attach(http, { path: '/legacy' });
    await ask(`/room/${id}/close`, { method: 'POST' });
    expect((await manager.get(id)).status).toBe('closed');
  });

  it('answers preflights of allowed origins, and refuses others', async () => {
    await start();
    const preflight = (origin: string) => ask('/room', { method: 'OPTIONS', headers: { origin } });
    const allowed = await preflight('https://old.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://old.example']);
    expect((await preflight('https://evil.example')).status).toBe(403);
    const foreign = await refusalOf(`ws://${base()}/ws`, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
  });

  it('may be the whole server, as the original was: sockets at / and /ws, rooms beside them', async () => {
    await start({}, { path: '/' });
    const older = await manager.create({ name: 'Older' });
    const newer = await manager.create({ name: 'Newer' });
    for (const path of ['/', '/ws', '']) {
      const client = await LegacyClient.open(newer.id, path);
      await client.until(({ setupComplete }) => setupComplete);
    }
    const listed = (await (await ask('/rooms')).json()) as { readonly room_id: string }[];
    expect(listed.map(({ room_id }) => room_id)).toEqual([newer.id, older.id]);
    expect(await (await ask('/')).text()).toBe('the application');
  });

  it('leaves the application what is not its own', async () => {
    await start();
    expect(await (await ask('')).text()).toBe('the application');
    expect(await (await ask('/elsewhere')).text()).toBe('the application');
    expect((await ask('/rooms', { method: 'DELETE' })).status).toBe(405);
  });
});

describe('who may', () => {
  it('is never an open relay by accident', async () => {
    await start();
    expect(() => serveLegacy(manager, {})).toThrow(/authenticate is missing/);
  });

  it('creates the room of those who name none only for whoever may create rooms', async () => {
    const identity: RoomIdentity = { participantId: 'vic', name: 'Vic', role: 'viewer' };
    await start({}, { allowUnauthenticated: false, authenticate: () => identity });
    const client = await LegacyClient.open('default');
    expect((await client.until(({ error }) => error)).error?.message).toMatch(/not allowed/);
    expect((await manager.list()).rooms).toEqual([]);
  });

  it('refuses before the upgrade who is not known, so that the client stops trying', async () => {
    const identity: RoomIdentity = { participantId: 'ana', name: 'Ana', role: 'speaker' };
    const authenticate: ServeLegacyOptions['authenticate'] = ({ headers }) =>
      headers.get('cookie') === 'session=ana' ? identity : null;
    await start({}, { allowUnauthenticated: false, authenticate });
    expect((await refusalOf(`ws://${base()}/ws`)).status).toBe(401);
    expect((await ask('/rooms')).status).toBe(401);
    const { id } = await manager.create({ name: 'Panel' });
    const client = await TestClient.open(`ws://${base()}/ws`, { headers: { cookie: 'session=ana' } });
    clients.push(client);
    client.send({ session_id: id });
    client.send({ setup: {} });
    await client.message(0);
    expect(manager.sessions()[0]?.people.map(({ name }) => name)).toEqual(['Ana']);
  });
});
