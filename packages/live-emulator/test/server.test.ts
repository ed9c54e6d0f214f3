import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadFixturePhrases } from '../src/fixture-phrases.ts';
import {
  type Emulator,
  type EmulatorOptions,
  PhraseTranscriber,
  readWav,
  ScriptedBrain,
  type SessionReport,
  startEmulator,
} from '../src/index.ts';
import { LiveSocket } from './live-socket.ts';
import { PATHS } from './session-harness.ts';

const phrases = await loadFixturePhrases();
const [phrase] = phrases;
const running: Emulator[] = [];
const FAST: EmulatorOptions = { timeScale: 20 };

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ ...FAST, ...options });
  running.push(emulator);
  return emulator;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

function audioMessages(samples: Int16Array): unknown[] {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return Array.from({ length: Math.ceil(bytes.length / 640) }, (_, index) => ({
    realtimeInput: {
      audio: {
        mimeType: 'audio/pcm;rate=16000',
        data: bytes.subarray(index * 640, (index + 1) * 640).toString('base64'),
      },
    },
  }));
}

async function report(emulator: Emulator): Promise<SessionReport> {
  const response = await fetch(`${emulator.url}/__emulator/sessions`);
  const { sessions } = (await response.json()) as { sessions: SessionReport[] };
  const [first] = sessions;
  if (!first) throw new Error('no session');
  return first;
}

describe('the upgrade', () => {
  it.each([
    PATHS.gemini,
    PATHS.vertex,
    `//${PATHS.gemini}`,
    `////${PATHS.vertex}?x=y`,
    `${PATHS.gemini.replace('v1beta', 'v1')}?key=k`,
    PATHS.gemini.replace('v1beta', 'v1alpha'),
    PATHS.vertex.replace('v1beta1', 'v1'),
    `${PATHS.gemini.replace('v1beta', 'v1alpha')}Constrained?access_token=auth_tokens/x`,
  ])('takes %s', async (path) => {
    const emulator = await start();
    const client = new LiveSocket(emulator.wsUrl, path);
    await client.opened();
    expect(client.socket.extensions).toBe('');
    expect(emulator.sessions()[0]?.report().backend).toBe(path.includes('aiplatform') ? 'vertex' : 'gemini');
  });

  it.each([
    '/',
    '/live',
    '/ws/google.ai.generativelanguage.v2.GenerativeService.BidiGenerateContent',
    '/ws/google.ai.generativelanguage.v1beta.GenerativeService.StreamGenerateContent',
    `${PATHS.gemini}/more`,
    '/%E0%A4%A',
  ])('refuses %s with 404', async (path) => {
    const emulator = await start();
    const client = new LiveSocket(emulator.wsUrl, path);
    await expect(client.opened()).rejects.toThrow('404');
    expect(emulator.sessions()).toEqual([]);
  });

  it('never fails for bad credentials: the socket opens and is closed with a reason', async () => {
    const emulator = await start({ apiKeys: ['right'], bearerTokens: ['token'] });
    const close = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
      const client = new LiveSocket(emulator.wsUrl, path, { headers });
      await client.opened();
      const { code, reason } = await client.untilClosed();
      return `${code} ${reason}`;
    };
    expect(await close(`${PATHS.gemini}?key=wrong`)).toBe('1007 API key not valid. Please pass a valid API key.');
    expect(await close(PATHS.gemini)).toMatch(/^1008 Method doesn't allow unregistered callers/);
    expect(await close(`${PATHS.gemini}?key=auth_tokens/x`)).toBe('1007 Missing or malformed auth token');
    expect(await close(PATHS.vertex)).toMatch(/^1008 Request had invalid authentication credentials/);
    expect(await close(PATHS.vertex, { authorization: 'Bearer nonsense' })).toMatch(/^1008 Request had invalid/);
    await new LiveSocket(emulator.wsUrl, `${PATHS.gemini}?key=right`).setup();
    await new LiveSocket(emulator.wsUrl, PATHS.gemini, { headers: { 'x-goog-api-key': 'right' } }).setup();
    await new LiveSocket(emulator.wsUrl, PATHS.vertex, { headers: { authorization: 'Bearer token' } }).setup({
      model: 'publishers/google/models/gemini-live-2.5-flash',
    });
  });

  it('of more connections than there may be is closed as by a full quota', async () => {
    const emulator = await start({ mostSessions: 2 });
    const first = await new LiveSocket(emulator.wsUrl).setup();
    await new LiveSocket(emulator.wsUrl).setup();
    const third = await new LiveSocket(emulator.wsUrl).untilClosed();
    expect(third).toEqual({ code: 1011, reason: expect.stringMatching(/^You exceeded your current quota/) });
    first.socket.close();
    await first.untilClosed();
    await expect.poll(() => emulator.sessions()[0]?.report().state).toBe('closed');
    await new LiveSocket(emulator.wsUrl).setup();
  });

  it.each([
    [false, ''],
    [true, 'permessage-deflate'],
  ])('negotiates compression: %s', async (perMessageDeflate, extensions) => {
    const emulator = await start({ perMessageDeflate });
    const client = await new LiveSocket(emulator.wsUrl).setup();
    expect(client.socket.extensions).toBe(extensions);
  });

  it('can be decided about by a function', async () => {
    const emulator = await start({
      authenticate: async ({ apiKey }) =>
        apiKey === 'spent' ? { closeCode: 1011, reason: 'Out of quota.', path: '' } : null,
    });
    const client = new LiveSocket(emulator.wsUrl, `${PATHS.gemini}?key=spent`);
    expect(await client.untilClosed()).toEqual({ code: 1011, reason: 'Out of quota.' });
    await new LiveSocket(emulator.wsUrl, `${PATHS.gemini}?key=fresh`).setup();
  });
});

describe('frames', () => {
  it('are binary from the server, text or binary from the client', async () => {
    const emulator = await start({ brain: new ScriptedBrain(['Yes.']) });
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.socket.send(Buffer.from(JSON.stringify({ clientContent: { turnComplete: true } })), { binary: true });
    await client.until(({ events }) => events.some(({ type }) => type === 'turnComplete'));
    expect(client.allBinary).toBe(true);
  });

  it('that are too large close with 1009, and nothing else suffers', async () => {
    const emulator = await start({ maxMessageBytes: 100_000 });
    const client = await new LiveSocket(emulator.wsUrl).setup();
    const other = await new LiveSocket(emulator.wsUrl).setup();
    client.send({ realtimeInput: { text: 'x'.repeat(200_000) } });
    expect((await client.untilClosed()).code).toBe(1009);
    other.send({ clientContent: { turnComplete: true } });
    await other.until(({ events }) => events.some(({ type }) => type === 'turnComplete'));
  });

  it('that break the WebSocket protocol end only their own connection', async () => {
    const emulator = await start();
    const raw = connect(emulator.port, '127.0.0.1');
    raw.write(
      `GET ${PATHS.gemini} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    raw.once('data', () => raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])));
    await new Promise((resolve) => raw.once('close', resolve));
    await new LiveSocket(emulator.wsUrl).setup();
    expect(emulator.sessions()[0]?.report().notes.length).toBeGreaterThan(0);
  });

  it.each([
    [undefined, 1000, 1005],
    [1000, 1000, 1000],
    [4001, 4001, 4001],
  ])('that close with %s are answered with %i', async (code, answered, recorded) => {
    const emulator = await start();
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.socket.close(code);
    expect((await client.untilClosed()).code).toBe(answered);
    await expect.poll(() => emulator.sessions()[0]?.report().close).toMatchObject({ code: recorded, by: 'client' });
  });

  it('that nobody reads do not pile up: the connection is cut', async () => {
    const emulator = await start();
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.socket.pause();
    const [session] = emulator.sessions();
    const text = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 80; count += 1) session?.send({ serverContent: { modelTurn: { parts: [{ text }] } } });
    await expect.poll(() => session?.report().close).toMatchObject({ code: 1006 });
    client.socket.terminate();
  });

  it('of a peer that vanishes in the middle of a turn stop that turn', async () => {
    const emulator = await start({ timeScale: 1 });
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.send({ clientContent: { turns: [{ parts: [{ text: 'Count to thirty.' }] }], turnComplete: true } });
    await client.until(({ events }) => events.some(({ type }) => type === 'audio'));
    client.socket.terminate();
    const session = emulator.sessions()[0];
    await expect.poll(() => session?.report().state).toBe('closed');
    expect(session?.report().close).toMatchObject({ code: 1006, by: 'client' });
  });
});

describe('faults', () => {
  it('by hand: goAway, close, drop, and any message', async () => {
    const emulator = await start({ timeScale: 100 });
    const clients = await Promise.all([1, 2, 3].map(() => new LiveSocket(emulator.wsUrl).setup()));
    const [first, second, third] = emulator.sessions();
    first?.goAway(10);
    second?.close(4321, 'x'.repeat(200));
    third?.send({ serverContent: { turnCompleteReason: 'RESPONSE_REJECTED', turnComplete: true } });
    await clients[2]?.until(({ events }) => events.some(({ type }) => type === 'turnComplete'));
    third?.drop();
    expect(await clients[0]?.untilClosed()).toMatchObject({ code: 1011 });
    expect(clients[0]?.messages.some((message) => message.goAway?.timeLeft === '10s')).toBe(true);
    expect(await clients[1]?.untilClosed()).toEqual({ code: 4321, reason: 'x'.repeat(123) });
    expect(await clients[2]?.untilClosed()).toMatchObject({ code: 1006 });
    expect(third?.report().close).toMatchObject({ code: 1006, by: 'emulator' });
  });

  it('by hand with a code that no close can have change nothing', async () => {
    const emulator = await start();
    const client = await new LiveSocket(emulator.wsUrl).setup();
    const [session] = emulator.sessions();
    for (const code of [0, 1005, 1006, 1015, 2999, 5000]) {
      expect(() => session?.close(code, 'x')).toThrow(`code is ${code}; give a close code that may be sent`);
    }
    expect([session?.report().state, client.closed]).toEqual(['ready', null]);
  });

  it('of whoever decides about credentials close with an internal error', async () => {
    const emulator = await start({ authenticate: () => ({ closeCode: 1006, reason: 'no', path: '' }) });
    const client = new LiveSocket(emulator.wsUrl);
    expect(await client.untilClosed()).toEqual({ code: 1011, reason: 'Internal error encountered.' });
  });

  it('by plan: on one connection or all of them', async () => {
    const emulator = await start({
      timeScale: 100,
      faults: [
        { connection: 1, afterSeconds: 5, action: { type: 'closeLike', name: 'quota' } },
        { connection: 2, afterSeconds: 5, action: { type: 'drop' } },
        { afterSeconds: 20, action: { type: 'close', code: 1011, reason: 'Internal error encountered.' } },
      ],
    });
    const clients = [];
    for (let count = 0; count < 3; count += 1) clients.push(await new LiveSocket(emulator.wsUrl).setup());
    expect((await clients[0]?.untilClosed())?.reason).toMatch(/^You exceeded your current quota.*: h$/);
    expect(await clients[1]?.untilClosed()).toMatchObject({ code: 1006 });
    expect(await clients[2]?.untilClosed()).toEqual({ code: 1011, reason: 'Internal error encountered.' });
  });

  it('of the brain close with an internal error, which the log explains', async () => {
    const errors: string[] = [];
    const emulator = await start({
      brain: { respond: () => Promise.reject(new Error('no idea')) },
      logger: { error: (message, cause) => errors.push(`${message} ${String(cause)}`) },
    });
    const client = await new LiveSocket(emulator.wsUrl).setup();
    client.send({ clientContent: { turnComplete: true } });
    expect(await client.untilClosed()).toEqual({ code: 1011, reason: 'Internal error encountered.' });
    expect(errors[0]).toContain('no idea');
  });
});

describe('inspection', () => {
  it('shows what was received, heard and sent', async () => {
    const emulator = await start({ transcriber: new PhraseTranscriber({ phrases }) });
    const client = await new LiveSocket(emulator.wsUrl).setup({
      tools: [{ functionDeclarations: [{ name: 'add_note' }] }],
    });
    client.send({ realtimeInput: { video: { mimeType: 'image/jpeg', data: '/9j/2w==' } } });
    for (const message of audioMessages(phrase?.samples ?? new Int16Array(0))) client.send(message);
    client.send({ realtimeInput: { audioStreamEnd: true } });
    client.send({ realtimeInput: { text: 'Ana: Note this.' } });
    await client.until(({ events }) => events.some(({ type }) => type === 'toolCall'));
    client.send({
      toolResponse: { functionResponses: [{ id: 'fc_0', name: 'add_note', response: { output: 'ok' } }] },
    });
    client.send({ nonsense: 1 });
    await client.untilClosed();
    await expect.poll(async () => (await report(emulator)).state).toBe('closed');
    const session = await report(emulator);
    expect(session).toMatchObject({
      id: 'session-1',
      path: PATHS.gemini,
      backend: 'gemini',
      apiVersion: 'v1beta',
      profile: '3.8',
      model: 'models/gemini-3.8-live',
      close: { code: 1007, by: 'emulator' },
      received: {
        pictures: { count: 1, bytes: 4 },
        texts: { count: 1, last: [{ via: 'realtimeInput', text: 'Ana: Note this.' }] },
        toolResponses: { count: 1, last: [{ id: 'fc_0', matched: false }] },
        audioStreamEnds: 1,
      },
      heard: { utterances: [{ text: phrase?.text }] },
      violations: [
        {
          path: 'nonsense',
          reason: 'Invalid JSON payload received. Unknown name "nonsense": Cannot find field.',
          closeCode: 1007,
        },
      ],
    });
    expect(session.received.audio.seconds).toBeCloseTo((phrase?.samples.length ?? 0) / 16_000, 5);
    expect(session.sent.toolCalls).toBe(1);
  });

  it('gives back the audio sample by sample, and the last picture', async () => {
    const emulator = await start();
    const client = await new LiveSocket(emulator.wsUrl).setup();
    for (const message of audioMessages(phrase?.samples ?? new Int16Array(0))) client.send(message);
    for (const data of ['/9j/2w==', '/9j/3w=='])
      client.send({ realtimeInput: { video: { mimeType: 'image/jpeg', data } } });
    await expect.poll(async () => (await report(emulator)).received.pictures.count).toBe(2);
    const wav = await fetch(`${emulator.url}/__emulator/sessions/session-1/audio.wav`);
    expect(wav.headers.get('content-type')).toBe('audio/wav');
    const heard = readWav(new Uint8Array(await wav.arrayBuffer()));
    expect(heard.sampleRate).toBe(16_000);
    expect(Buffer.from(heard.samples.buffer).equals(Buffer.from(phrase?.samples.buffer ?? new ArrayBuffer(0)))).toBe(
      true,
    );
    const picture = await fetch(`${emulator.url}/__emulator/sessions/session-1/pictures/last.jpg`);
    expect([...new Uint8Array(await picture.arrayBuffer())]).toEqual([0xff, 0xd8, 0xff, 0xdf]);
  });

  it('says what is wrong with a request', async () => {
    const emulator = await start();
    const ask = async (path: string, method = 'GET'): Promise<[number, string]> => {
      const response = await fetch(`${emulator.url}${path}`, { method });
      const { error } = (await response.json()) as { error: { message: string } };
      return [response.status, error.message];
    };
    expect(await ask('/')).toEqual([404, expect.stringContaining('try /__emulator/sessions')]);
    expect(await ask('/__emulator/sessions/session-9')).toEqual([404, expect.stringContaining('There is no session')]);
    expect(await ask('/__emulator/sessions/%E0%A4%A/audio.wav')).toEqual([404, expect.stringContaining('There is no')]);
    expect(await ask('/__emulator/sessions', 'DELETE')).toEqual([405, expect.stringContaining('takes GET')]);
    const client = await new LiveSocket(emulator.wsUrl).setup();
    expect(await ask('/__emulator/sessions/session-1/pictures/last.jpg')).toEqual([
      404,
      'Session session-1 has not sent a picture.',
    ]);
    client.socket.close();
  });

  it('remembers only so many closed sessions, and so much audio of each', async () => {
    const emulator = await start({ keepClosedSessions: 2, keepAudioSeconds: 1 });
    for (let count = 0; count < 4; count += 1) {
      const client = await new LiveSocket(emulator.wsUrl).setup();
      for (const message of audioMessages(new Int16Array(32_000))) client.send(message);
      client.socket.close();
      await client.untilClosed();
    }
    await expect.poll(() => emulator.sessions().map(({ id }) => id)).toEqual(['session-3', 'session-4']);
    const session = emulator.sessions()[0];
    expect(session?.heard().samples).toHaveLength(16_000);
    expect(session?.report().received.audio.seconds).toBeCloseTo(2, 9);
  });
});

describe('starting', () => {
  it('on a port that is taken fails with the remedy', async () => {
    const { port } = await start();
    await expect(startEmulator({ port })).rejects.toMatchObject({
      name: 'LiveEmulatorError',
      code: 'ERR_EMULATOR_PORT_IN_USE',
      message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
    });
  });

  it('on an address of another machine fails with the remedy', async () => {
    await expect(startEmulator({ host: '203.0.113.1' })).rejects.toMatchObject({ code: 'ERR_EMULATOR_LISTEN' });
  });

  it.each([
    [{ port: 70_000 }, 'port is 70000; give a whole number from 0 to 65535.'],
    [{ profile: '9' }, 'profile is "9"; give one of 2.5-native, 3.1, 3.8, 3.8-et, vertex-2.5-flash.'],
    [{ seed: 1.5 }, 'seed is 1.5;'],
    [{ voice: 'loud' }, 'voice is "loud"; give one of synthetic, espeak-ng, auto.'],
    [{ timeScale: 0 }, 'timeScale is 0;'],
    [{ maxConnectionSeconds: -1 }, 'maxConnectionSeconds is -1;'],
    [{ goAwayNoticeSeconds: Number.NaN }, 'goAwayNoticeSeconds is NaN;'],
    [{ pacing: { chunkMs: 5 } }, 'pacing.chunkMs is 5;'],
    [
      { faults: [{ afterSeconds: 1, action: { type: 'closeLike', name: 'boredom' } }] },
      'faults: name is "boredom"; give one of',
    ],
    [{ faults: [{ afterSeconds: 1, action: { type: 'close', code: 1006, reason: '' } }] }, 'faults: code is 1006;'],
    [{ faults: [{ afterSeconds: -1, action: { type: 'drop' } }] }, 'faults: afterSeconds is -1;'],
    [
      { closes: { contextFull: { closeCode: 1005, reason: '' } } },
      'closes.contextFull.closeCode is 1005; give a close',
    ],
    [{ voiceActivity: { thresholdDbfs: 'loud' } }, 'voiceActivity.thresholdDbfs is loud; give a number of at least'],
    [{ voiceActivity: { silenceDurationMs: Number.NaN } }, 'voiceActivity.silenceDurationMs is NaN;'],
  ])('with %j fails and says why', async (options, message) => {
    await expect(startEmulator(options as EmulatorOptions)).rejects.toThrow(message);
  });
});

describe('stopping', () => {
  it('closes every connection and is the same twice', async () => {
    const emulator = await startEmulator(FAST);
    const client = await new LiveSocket(emulator.wsUrl).setup();
    const stopping = emulator.close();
    expect(emulator.close()).toBe(stopping);
    expect((await client.untilClosed()).code).toBe(1001);
    await stopping;
    await expect(fetch(emulator.url)).rejects.toThrow();
  });

  it.each([
    ['half a request', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab'],
    ['half of its headers', 'GET / HTTP/1.1\r\nHo'],
    [
      'a refused upgrade and an open end',
      'GET /nope HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
  ])('does not wait for a client with %s', async (_, bytes) => {
    const emulator = await startEmulator(FAST);
    const client = connect({ port: emulator.port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => {});
    await once(client, 'connect');
    client.write(bytes);
    // An answer to somebody else: by then the server has read what came before.
    await fetch(`${emulator.url}/__emulator/sessions`);
    await emulator.close();
    client.destroy();
  });
});
