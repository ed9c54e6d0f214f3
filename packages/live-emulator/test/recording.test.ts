import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { Behavior, GoogleGenAI, Modality } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  type Emulator,
  FakeClock,
  type MediaTreatment,
  type MessageLine,
  type Player,
  type Recorder,
  type Recording,
  type RecordingLine,
  readRecording,
  ScriptedBrain,
  startEmulator,
  startPlayer,
  startRecorder,
} from '../src/index.ts';
import { ReplayScript } from '../src/recording/replay-script.ts';
import { SdkSession } from './google-sdk.ts';
import { LiveSocket } from './live-socket.ts';
import { PATHS } from './session-harness.ts';

const KEY = 'AIzaSyExampleExampleExampleExample12345';
const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

function keep<T extends { close(): Promise<void> }>(server: T): T {
  running.push(server);
  return server;
}

async function record(
  upstream: string,
  media: MediaTreatment = 'keep',
): Promise<{ recorder: Recorder; lines: string[]; read: () => Recording }> {
  const lines: string[] = [];
  const recorder = keep(await startRecorder({ upstream, media, write: (line) => lines.push(line) }));
  return { recorder, lines, read: () => readRecording(lines.join('\n')) };
}

async function emulator(): Promise<Emulator> {
  const brain = new ScriptedBrain([
    ({ input }) =>
      input.some(({ type }) => type === 'toolResult')
        ? 'It is noted.'
        : ['One moment.', { type: 'call', calls: [{ name: 'note', args: { text: 'milk' } }] }],
    'Goodbye to all of you.',
  ]);
  return keep(await startEmulator({ timeScale: 20, brain }));
}

/** One talk through the official SDK; what came is what counts. */
async function talk(baseUrl: string): Promise<SdkSession> {
  const ai = new GoogleGenAI({ vertexai: false, apiKey: KEY, httpOptions: { baseUrl } });
  const client = await SdkSession.connect(ai, 'gemini-3.8-live', {
    responseModalities: [Modality.AUDIO],
    outputAudioTranscription: {},
    tools: [{ functionDeclarations: [{ name: 'note', behavior: Behavior.BLOCKING }] }],
  });
  client.speak(new Int16Array(16_000));
  client.session.sendClientContent({ turns: `My key is ${KEY}.` });
  const { toolCall } = await client.until((message) => message.toolCall);
  const [call] = toolCall?.functionCalls ?? [];
  client.session.sendToolResponse({
    functionResponses: [{ id: call?.id ?? '', name: 'note', response: { ok: true } }],
  });
  await client.until((message) => message.serverContent?.turnComplete);
  const from = client.messages.length;
  client.session.sendClientContent({ turns: 'Bye.' });
  await client.turnComplete(from);
  client.session.close();
  await client.untilClosed();
  return client;
}

function only<T extends 'open' | 'refused' | 'close' | 'client' | 'server'>(recording: Recording, type: T) {
  type Found = T extends 'client' | 'server' ? MessageLine : Extract<RecordingLine, { readonly type: T }>;
  return recording.lines.filter((line) => line.type === type) as unknown as Found[];
}

describe('a recorder', () => {
  it('passes everything on and writes it down in order, with times and without keys', async () => {
    const upstream = await emulator();
    const { recorder, lines, read } = await record(upstream.url);
    const client = await talk(recorder.url);
    await expect.poll(() => lines.at(-1)).toContain('"close"');
    const recording = read();
    expect(recording.header).toMatchObject({ version: 1, upstream: `ws://127.0.0.1:${upstream.port}/`, media: 'keep' });
    expect(only(recording, 'open')).toMatchObject([{ connection: 1, path: expect.stringContaining('key=REDACTED') }]);
    const server = only(recording, 'server');
    // What came behind the client's close was still recorded.
    const seen = server.slice(0, client.messages.length).map(({ message }) => message);
    expect(seen).toEqual(JSON.parse(JSON.stringify(client.messages)));
    expect(server.every(({ frame }) => frame === 'binary')).toBe(true);
    const sent = only(recording, 'client');
    expect(sent.every(({ frame }) => frame === 'text')).toBe(true);
    expect(sent[0]?.message).toHaveProperty('setup.model', 'models/gemini-3.8-live');
    expect(sent.at(-1)?.message).toHaveProperty('clientContent');
    expect(lines.join('')).not.toContain(KEY);
    expect(lines.join('')).toContain('My key is REDACTED.');
    const times = recording.lines.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // The upstream got the key all the same.
    expect(upstream.sessions()[0]?.report().received.texts.last[0]?.text).toContain(KEY);
    expect(only(recording, 'close')).toMatchObject([{ by: 'client' }]);
  });

  it('writes fingerprints in place of media', async () => {
    const upstream = await emulator();
    const { recorder, lines, read } = await record(upstream.wsUrl, 'fingerprint');
    const client = await new LiveSocket(recorder.wsUrl).setup();
    const picture = Buffer.from([0xff, 0xd8, 0xff, 0xdb, 1, 2, 3]);
    client.send({ realtimeInput: { video: { mime_type: 'image/jpeg', data: picture.toString('base64') } } });
    client.send({ clientContent: { turns: [{ parts: [{ text: 'Hello.' }] }], turnComplete: true } });
    await client.until(({ events }) => events.some(({ type }) => type === 'toolCall'));
    client.socket.close(1000);
    await client.untilClosed();
    await expect.poll(() => lines.at(-1)).toContain('"close"');
    const recording = read();
    const sha256 = createHash('sha256').update(picture).digest('hex');
    expect(only(recording, 'client')[1]?.message).toHaveProperty('realtimeInput.video.data', { sha256, bytes: 7 });
    const spoken = recording.lines.flatMap((line) => JSON.stringify(line).match(/"bytes":\d+/g) ?? []);
    expect(spoken.length).toBeGreaterThan(5);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_000);
  });

  it('tells of refusals and of upstreams that are not there', async () => {
    const upstream = await emulator();
    const { recorder, read } = await record(upstream.url);
    await expect(new LiveSocket(recorder.wsUrl, '/nothing?access_token=secret').opened()).rejects.toThrow('404');
    await upstream.close();
    await expect(new LiveSocket(recorder.wsUrl).opened()).rejects.toThrow('502');
    expect(only(read(), 'refused')).toMatchObject([
      { connection: 1, path: '/nothing?access_token=REDACTED', status: 404 },
      { connection: 2, status: null },
    ]);
  });

  it('lets an SDK make an ephemeral token and use it, and writes neither down', async () => {
    const upstream = await emulator();
    const { recorder, lines, read } = await record(upstream.url);
    const httpOptions = { baseUrl: recorder.url, apiVersion: 'v1alpha' };
    const keys = new GoogleGenAI({ vertexai: false, apiKey: KEY, httpOptions });
    const { name: token = '' } = await keys.authTokens.create({ config: { uses: 1 } });
    expect(token).toMatch(/^auth_tokens\//);
    const ai = new GoogleGenAI({ vertexai: false, apiKey: token, httpOptions });
    const client = await SdkSession.connect(ai, 'gemini-3.8-live');
    client.session.close();
    await client.untilClosed();
    await expect.poll(() => lines.at(-1)).toContain('"close"');
    expect(read().lines[0]).toMatchObject({ type: 'token', path: '/v1alpha/auth_tokens', status: 200 });
    expect(only(read(), 'open')).toMatchObject([
      { path: expect.stringContaining('Constrained?access_token=REDACTED') },
    ]);
    expect(lines.join('')).not.toContain(KEY);
    expect(lines.join('')).not.toContain(token);
    // A player makes tokens for whoever asks.
    const player = await startPlayer({ recording: read() });
    running.push(player);
    const again = new GoogleGenAI({
      vertexai: false,
      apiKey: 'any',
      httpOptions: { ...httpOptions, baseUrl: player.url },
    });
    expect((await again.authTokens.create({ config: {} })).name).toBe('auth_tokens/replay');
  });

  it('passes no other request, and tells when the upstream makes no token', async () => {
    const upstream = await emulator();
    const { recorder, read } = await record(upstream.url);
    const post = (path: string, body = '{}'): Promise<Response> =>
      fetch(`${recorder.url}${path}`, { method: 'POST', body });
    expect((await post('/v1beta/models')).status).toBe(404);
    expect((await fetch(`${recorder.url}/v1beta/auth_tokens`)).status).toBe(404);
    expect((await post('/v1beta/auth_tokens', '{"nonsense":1}')).status).toBe(400);
    expect((await post('/v1beta/auth_tokens', `"${'x'.repeat(2 ** 21)}"`)).status).toBe(413);
    await upstream.close();
    expect((await post('/v1beta/auth_tokens?key=secret')).status).toBe(502);
    await expect
      .poll(() => read().lines.map((line) => line.type === 'token' && [line.path, line.status]))
      .toEqual([
        ['/v1beta/auth_tokens', 400],
        ['/v1beta/auth_tokens', null],
        ['/v1beta/auth_tokens?key=REDACTED', null],
      ]);
  });

  it('passes closes and resets of the upstream', async () => {
    const upstream = await emulator();
    const { recorder, lines, read } = await record(upstream.url);
    const clients = [await new LiveSocket(recorder.wsUrl).setup(), await new LiveSocket(recorder.wsUrl).setup()];
    upstream.sessions()[0]?.inject({ type: 'closeLike', name: 'quota' });
    upstream.sessions()[1]?.drop();
    expect(await clients[0]?.untilClosed()).toMatchObject({ code: 1011, reason: expect.stringContaining('quota') });
    expect(await clients[1]?.untilClosed()).toMatchObject({ code: 1006 });
    await expect.poll(() => lines.filter((line) => line.includes('"close"')).length).toBe(2);
    const ends = only(read(), 'close').map(({ by, code }) => [by, code]);
    expect(ends).toEqual(
      expect.arrayContaining([
        ['server', 1011],
        ['server', 1006],
      ]),
    );
  });

  it('passes sub-protocols, binary rubbish and text that is no JSON', async () => {
    const http = createServer();
    const echo = new WebSocketServer({ server: http, handleProtocols: () => 'second' });
    echo.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = http.address();
    const { recorder, read } = await record(
      `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/base/`,
    );
    const { WebSocket } = await import('ws');
    const client = new WebSocket(`${recorder.wsUrl}/x`, ['first', 'second']);
    await new Promise((resolve) => client.once('open', resolve));
    expect(client.protocol).toBe('second');
    for (const data of [Buffer.from([0xff, 0xfe]), 'no JSON']) {
      client.send(data);
      await new Promise((resolve) => client.once('message', resolve));
    }
    client.terminate();
    for (const socket of echo.clients) socket.terminate();
    echo.close();
    await new Promise((resolve) => http.close(resolve));
    expect(only(read(), 'server')).toMatchObject([
      { frame: 'binary', base64: '//4=' },
      { frame: 'text', text: 'no JSON' },
    ]);
  });

  it('has written how every connection ended when it is closed, and writes nothing afterwards', async () => {
    const upstream = await emulator();
    const { recorder, lines, read } = await record(upstream.wsUrl);
    const [one, other] = [new LiveSocket(recorder.wsUrl), new LiveSocket(recorder.wsUrl)];
    await Promise.all([one.opened(), other.opened()]);
    one.socket.close(1000);
    await recorder.close();
    const written = [...lines];
    expect(
      only(read(), 'close')
        .map(({ connection }) => connection)
        .sort(),
    ).toEqual([1, 2]);
    await Promise.all([one.untilClosed(), other.untilClosed()]);
    await upstream.close();
    expect(lines).toEqual(written);
  });

  it('needs a WebSocket upstream', async () => {
    await expect(startRecorder({ upstream: 'ftp://x', write: () => {} })).rejects.toThrow(
      'upstream is "ftp://x"; give',
    );
    await expect(startRecorder({ upstream: 'here', write: () => {} })).rejects.toThrow('upstream is "here"');
  });
});

describe('a player', () => {
  async function play(recording: Recording, timeScale = 20): Promise<Player> {
    return keep(await startPlayer({ recording, timeScale }));
  }

  it.each(['keep', 'fingerprint'] as const)(
    'gives the official SDK the same session again (media: %s)',
    async (media) => {
      const { recorder, read, lines } = await record((await emulator()).url, media);
      const first = await talk(recorder.url);
      await expect.poll(() => lines.at(-1)).toContain('"close"');
      const player = await play(read());
      const count = first.messages.length;
      for (let round = 0; round < 2; round += 1) {
        const second: SdkSession = await talk(player.url);
        const comparable = Math.min(count, second.messages.length);
        expect(second.transcript).toBe(first.transcript);
        expect(second.audioBytes).toBe(first.audioBytes);
        if (media === 'keep') expect(second.messages.slice(0, comparable)).toEqual(first.messages.slice(0, comparable));
      }
    },
  );

  it('refuses a recording of nothing', async () => {
    const recording = readRecording(
      '{"type":"header","format":"gemini-live-recording","version":1,"startedAt":"","upstream":"","media":"keep"}',
    );
    await expect(startPlayer({ recording })).rejects.toMatchObject({ code: 'ERR_EMULATOR_RECORDING' });
  });

  it('closes as the upstream closed', async () => {
    const upstream = await emulator();
    const { recorder, read, lines } = await record(upstream.url);
    const client = await new LiveSocket(recorder.wsUrl, `${PATHS.gemini}?key=${KEY}`).setup();
    upstream.sessions()[0]?.inject({ type: 'closeLike', name: 'deadline' });
    await client.untilClosed();
    await expect.poll(() => lines.at(-1)).toContain('"close"');
    const player = await play(read());
    const again = await new LiveSocket(player.wsUrl).setup();
    expect(await again.untilClosed()).toEqual(client.closed);
  });
});

describe('a script in time', () => {
  const at = (atMs: number, type: 'client' | 'server', message: unknown) =>
    ({ type, atMs, connection: 1, frame: 'text', message }) as const;
  const lines = [
    at(1_000, 'client', { setup: {} }),
    at(1_150, 'server', { setupComplete: {} }),
    at(2_000, 'client', { realtime_input: { audio: {} } }),
    at(9_000, 'client', { client_content: {} }),
    at(9_400, 'server', { a: 1 }),
    at(9_500, 'server', { a: 2 }),
    { type: 'close', atMs: 9_600, connection: 1, by: 'server', code: 1005, reason: '' },
  ] as const;

  it('waits for what the client has to say first, and keeps the recorded pace behind it', async () => {
    const clock = new FakeClock();
    const events: string[] = [];
    const log = (text: string): void => void events.push(`${clock.monotonic()} ${text}`);
    const script = new ReplayScript({
      lines,
      clock,
      peer: {
        send: (bytes) => log(Buffer.from(bytes).toString()),
        close: (code) => log(`close ${code}`),
        terminate: () => log('terminate'),
      },
      onSurprise: log,
    });
    await clock.advance(5_000);
    expect(events).toEqual([]);
    script.receive('{"setup":{"model":"other"}}');
    await clock.advance(60_000);
    script.receive('{"realtimeInput":{"audio":{}}}');
    script.receive('{"toolResponse":{}}');
    script.receive('nonsense');
    script.receive('{"clientContent":{}}');
    await clock.advance(1_000);
    expect(events).toEqual([
      '5150 {"setupComplete":{}}',
      '65000 The client sent toolResponse, which the recording does not have here; it was ignored.',
      '65400 {"a":1}',
      '65500 {"a":2}',
      '65600 close 1000',
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops when the client goes', async () => {
    const clock = new FakeClock();
    const sent: unknown[] = [];
    const peer = { send: (bytes: Uint8Array) => sent.push(bytes), close: () => {}, terminate: () => {} };
    const script = new ReplayScript({ lines, clock, peer, onSurprise: () => {} });
    script.receive('{"setup":{}}');
    script.close();
    await clock.advance(10_000);
    expect(sent).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('reading a recording', () => {
  const header =
    '{"type":"header","format":"gemini-live-recording","version":1,"startedAt":"x","upstream":"ws://x/","media":"keep"}';

  it.each([
    ['', 'Line 1 of the recording cannot be read: it is no header.'],
    ['{"type":"open","atMs":1,"connection":1,"path":"/"}', 'Line 1 of the recording cannot be read: it is no header.'],
    [header.replace('"version":1', '"version":2'), 'version 2'],
    [`${header}\n{\n${header}`, 'Line 2 of the recording cannot be read: it is no JSON.'],
    [`${header}\n{"type":"toString"}`, 'Line 2 of the recording cannot be read: its type is "toString".'],
    [`${header}\n{"type":"open","atMs":"1"}`, 'Line 2 of the recording cannot be read: its atMs is "1".'],
    [`${header}\n\n${header}`, 'it is a second header'],
  ])('%j fails', (text, message) => {
    expect(() => readRecording(text)).toThrow(message);
  });

  it('leaves out a last line that was cut', () => {
    const text = `${header}\n{"type":"open","atMs":1,"connection":1,"path":"/"}\n{"type":"cli`;
    expect(readRecording(text).lines).toHaveLength(1);
  });
});
