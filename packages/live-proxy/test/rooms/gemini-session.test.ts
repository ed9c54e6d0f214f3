import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
import { settle } from '@colloquy/room-core/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { endpoint } from '../../src/index.ts';
import { geminiModel } from '../../src/rooms/index.ts';
import { type BenchOptions, GeminiBench, kindsSentTo, sentTo, setupOf } from './gemini-bench.ts';

let bench: GeminiBench;

async function ready(options?: BenchOptions): Promise<GeminiBench> {
  bench = await GeminiBench.ready(options);
  return bench;
}

afterEach(() => bench.stop());

const pcm = (value: number, length = 320) => new Int16Array(length).fill(value);
const audioPart = (samples: Int16Array) => ({
  inlineData: { mimeType: 'audio/pcm;rate=24000', data: Buffer.from(samples.buffer).toString('base64') },
});

test('a session is ready when the service has taken the setup of the server', async () => {
  await ready({ configuration: { voice: 'Puck', instructions: 'Talk about trees.' } });
  expect(bench.events).toEqual([{ type: 'ready', model: 'gemini-3.8-live', resumed: false }]);
  const setup = await setupOf(await bench.upstream.connection());
  expect(setup).toMatchObject({ model: 'models/gemini-3.8-live', sessionResumption: {} });
  expect(JSON.stringify(setup)).toContain('Talk about trees.');
});

test('audio goes as PCM at 16 kHz, sample for sample', async () => {
  await ready();
  const samples = Int16Array.from({ length: 320 }, (_, index) => index * 100 - 16_000);
  bench.session.sendAudio(samples);
  bench.session.sendAudioStreamEnd();
  const connection = await bench.upstream.connection();
  const { audio } = (await sentTo(connection, 1)).realtimeInput as { audio: { mimeType: string; data: string } };
  expect(audio.mimeType).toBe('audio/pcm;rate=16000');
  expect(new Int16Array(new Uint8Array(Buffer.from(audio.data, 'base64')).buffer)).toEqual(samples);
  expect(await sentTo(connection, 2)).toEqual({ realtimeInput: { audioStreamEnd: true } });
});

test('pictures, tool answers and typed turns go in the shape that this model takes', async () => {
  await ready();
  const connection = await bench.upstream.connection();
  bench.session.sendImage(new Uint8Array([1, 2, 3]), 'image/jpeg');
  bench.session.sendText('Ana: hello');
  expect(await sentTo(connection, 1)).toEqual({ realtimeInput: { video: { mimeType: 'image/jpeg', data: 'AQID' } } });
  expect(await sentTo(connection, 2)).toEqual({
    clientContent: { turns: [{ role: 'user', parts: [{ text: 'Ana: hello' }] }], turnComplete: true },
  });
  await bench.say(connection, { toolCall: { functionCalls: [{ id: 'c1', name: 'note', args: {} }] } });
  bench.session.sendToolResponse('c1', 'note', { ok: true });
  expect(await sentTo(connection, 3)).toEqual({
    toolResponse: { functionResponses: [{ id: 'c1', name: 'note', response: { ok: true } }] },
  });
});

describe('a tool that answers several times', () => {
  const tool = (blocking: boolean | null) => ({ name: 'watch', description: 'Watches.', parameters: null, blocking });
  const answer = (seen: string) => ({ id: 'c1', name: 'watch', response: { seen } });
  async function answered(options: BenchOptions) {
    await ready(options);
    const connection = await bench.upstream.connection();
    await bench.say(connection, { toolCall: { functionCalls: [{ id: 'c1', name: 'watch', args: {} }] } });
    bench.session.sendToolResponse('c1', 'watch', { seen: 'a cloud' }, null, true);
    bench.session.sendToolResponse('c1', 'watch', { seen: 'rain' });
    // The call has its last answer.
    bench.session.sendToolResponse('c1', 'watch', { seen: 'late' }, null, true);
    bench.session.sendAudioStreamEnd();
    const sent: unknown[] = [];
    for (let at = 1; ; at += 1) {
      const message = await sentTo(connection, at);
      if ('realtimeInput' in message) return sent;
      sent.push(message);
    }
  }

  test('is heard each time by a model that does not wait for it', async () => {
    expect(await answered({ declared: [tool(false)] })).toEqual([
      { toolResponse: { functionResponses: [{ ...answer('a cloud'), willContinue: true }] } },
      { toolResponse: { functionResponses: [answer('rain')] } },
    ]);
  });

  test.each([
    ['waits for it', { declared: [tool(true)] }],
    ['has no choice but to wait', { declared: [tool(null)], model: 'gemini-3.1-flash-live-preview' }],
  ])('is heard with its last answer alone by a model that %s', async (_why, options) => {
    expect(await answered(options)).toEqual([{ toolResponse: { functionResponses: [answer('rain')] } }]);
  });
});

test('a model that takes typed text live gets it so, and its echo is not taken for speech', async () => {
  await ready({ model: 'gemini-3.1-flash-live-preview' });
  const connection = await bench.upstream.connection();
  bench.session.sendContext('[Ben has joined]');
  bench.session.sendText('Ana: hello');
  expect(await sentTo(connection, 1)).toEqual({ realtimeInput: { text: '[Ben has joined]\nAna: hello' } });
  const heard = (text: string) => ({ serverContent: { inputTranscription: { text } } });
  await bench.say(connection, heard('[Ben has joined] Ana: hello'), heard('And what do you think?'));
  expect(bench.ofType('inputTranscript').map(({ text }) => text)).toEqual(['And what do you think?']);
});

test('notes wait until the model is quiet, for they would cut it off', async () => {
  await ready();
  const connection = await bench.upstream.connection();
  bench.session.sendContext('[Ben has joined]');
  expect(await sentTo(connection, 1)).toEqual({
    clientContent: { turns: [{ role: 'user', parts: [{ text: '[Ben has joined]' }] }], turnComplete: false },
  });
  await bench.say(connection, { serverContent: { modelTurn: { parts: [audioPart(pcm(1))] } } });
  bench.session.sendContext('[Cleo has joined]');
  bench.session.sendContext('[Ben has left]');
  bench.session.sendAudioStreamEnd();
  await bench.say(connection, { serverContent: { turnComplete: true } });
  expect(await sentTo(connection, 3)).toMatchObject({
    clientContent: { turns: [{ parts: [{ text: '[Cleo has joined]\n[Ben has left]' }] }], turnComplete: false },
  });
  expect(kindsSentTo(connection)).toEqual(['clientContent', 'realtimeInput.audioStreamEnd', 'clientContent']);
});

const pick = { floor: 'pick' } as const;

test('where one speaks at a time the room begins and ends turns, with the name of who speaks in the same turn', async () => {
  await ready({ configuration: pick });
  const connection = await bench.upstream.connection();
  expect((await setupOf(connection)).realtimeInputConfig).toEqual({
    activityHandling: 'NO_INTERRUPTION',
    automaticActivityDetection: { disabled: true },
    turnCoverage: 'TURN_INCLUDES_ONLY_ACTIVITY',
  });
  expect(bench.session.activity).toBe('manual');
  bench.session.sendActivityStart();
  bench.session.sendSpeakers(['Ana'], 'auto');
  bench.session.sendAudio(pcm(1));
  bench.session.sendSpeakers(['Ben', 'Cleo'], 'auto');
  bench.session.sendActivityEnd();
  expect(await sentTo(connection, 5)).toEqual({ realtimeInput: { activityEnd: {} } });
  expect(await sentTo(connection, 1)).toEqual({ realtimeInput: { activityStart: {} } });
  expect(await sentTo(connection, 2)).toEqual({ realtimeInput: { text: 'Ana:' } });
  expect(await sentTo(connection, 4)).toEqual({ realtimeInput: { text: 'Ben and Cleo:' } });
  // What some models send back of it is nobody's speech.
  await bench.say(connection, { serverContent: { inputTranscription: { text: 'Ana:' } } });
  expect(bench.ofType('inputTranscript')).toEqual([]);
});

test('a turn that the room has begun goes on over a new connection', async () => {
  await ready({ configuration: { ...pick, speakerCues: 'none' } });
  const connection = await bench.upstream.connection();
  bench.session.sendActivityStart();
  bench.session.sendSpeakers(['Ana'], 'none');
  bench.session.sendAudio(pcm(1));
  await connection.message(2);
  connection.socket.terminate();
  await bench.until('reconnecting');
  bench.session.sendAudio(pcm(2));
  bench.clock.advance(60_000);
  const next = await bench.upstream.connection(1);
  await next.message(2);
  expect(kindsSentTo(next)).toEqual(['realtimeInput.activityStart', 'realtimeInput.audio']);
});

test.each([
  ['gemini-3.8-live', 'auto', ['clientContent']],
  ['gemini-3.1-flash-live-preview', 'auto', []],
  ['gemini-3.8-live', 'text', ['realtimeInput.text']],
  ['gemini-3.8-live', 'none', []],
] as const)('in the mix %s is told who speaks by cues "%s" as %j', async (model, speakerCues, kinds) => {
  await ready({ model });
  const connection = await bench.upstream.connection();
  bench.session.sendSpeakers(['Ana'], speakerCues);
  bench.session.sendAudioStreamEnd();
  await connection.message(kinds.length + 1);
  expect(kindsSentTo(connection)).toEqual([...kinds, 'realtimeInput.audioStreamEnd']);
  if (kinds[0] === 'clientContent') {
    expect(await sentTo(connection, 1)).toMatchObject({
      clientContent: { turns: [{ parts: [{ text: '[Ana is speaking]' }] }], turnComplete: false },
    });
  }
});

test('a bundled message yields audio, transcript and the end of the turn', async () => {
  await ready();
  await bench.say(await bench.upstream.connection(), {
    serverContent: {
      modelTurn: { parts: [audioPart(pcm(7, 480)), audioPart(pcm(8, 480))] },
      outputTranscription: { text: ' Yes.' },
      turnComplete: true,
    },
  });
  expect(bench.types).toEqual(['ready', 'audio', 'audio', 'outputTranscript', 'turnComplete']);
});

test('what a turn took is told once, at its end or after it, or when its connection is lost', async () => {
  await ready();
  const connection = await bench.upstream.connection();
  const counts = (promptTokenCount: number, responseTokenCount: number) => ({
    usageMetadata: {
      ...{ promptTokenCount, responseTokenCount, totalTokenCount: promptTokenCount + responseTokenCount },
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: promptTokenCount }],
    },
  });
  const end = { serverContent: { turnComplete: true } };
  await bench.say(connection, counts(10, 2), counts(10, 5));
  expect(bench.ofType('usage')).toEqual([]);
  await bench.say(connection, end, end, counts(20, 1), counts(7, 0));
  const told = () => bench.ofType('usage').map(({ usage }) => [usage.totalTokens, usage.prompt.audio]);
  expect(told()).toEqual([
    [15, 10],
    [21, 20],
  ]);
  connection.socket.terminate();
  await bench.until('reconnecting');
  expect(told().at(-1)).toEqual([7, 7]);
});

test('what is beside setupComplete counts, too', async () => {
  bench = await GeminiBench.start();
  const connection = await bench.upstream.connection();
  await bench.until('ready');
  await bench.stop();
  bench = await GeminiBench.start();
  bench.upstream.onSetup = ({ socket }) =>
    socket.send(
      JSON.stringify({
        setupComplete: {},
        serverContent: { turnComplete: true },
        usageMetadata: { totalTokenCount: 3 },
      }),
    );
  await bench.until('usage');
  expect(bench.types).toEqual(['ready', 'turnComplete', 'usage']);
  expect(connection.messages).toHaveLength(1);
});

test('bytes that are no message are skipped, and the next message is read', async () => {
  await ready();
  const connection = await bench.upstream.connection();
  connection.socket.send('not JSON');
  connection.socket.send('[]');
  connection.socket.send('{}');
  await bench.say(connection, { serverContent: { interrupted: true } });
  expect(bench.types).toEqual(['ready', 'interrupted']);
  expect(bench.logged).toHaveLength(2);
});

test('a room that cannot take an event does not end the session', async () => {
  await ready();
  const connection = await bench.upstream.connection();
  const push = bench.events.push.bind(bench.events);
  bench.events.push = (event) => {
    if (event.type === 'interrupted') throw new Error('room bug');
    return push(event);
  };
  await bench.say(connection, { serverContent: { interrupted: true } });
  expect(bench.types).toEqual(['ready']);
  expect(bench.logged).toEqual([expect.stringContaining('failed to take an event')]);
});

test('input that comes before the session is ready is kept: all words, the newest two seconds of audio', async () => {
  bench = await GeminiBench.start();
  let release = () => {};
  bench.upstream.onSetup = ({ socket }) => {
    release = () => socket.send('{"setupComplete":{}}');
  };
  bench.session.sendText('Ana: first');
  const frame = new Int16Array(320);
  for (let index = 1; index <= 150; index += 1) {
    frame.fill(index); // the mixer uses its buffer again
    bench.session.sendAudio(frame);
  }
  const connection = await bench.upstream.connection();
  await connection.message(0);
  expect(connection.messages).toHaveLength(1);
  release();
  await bench.until('ready');
  await connection.message(101);
  expect(kindsSentTo(connection)).toEqual(['clientContent', ...Array(100).fill('realtimeInput.audio')]);
  const { audio } = (await sentTo(connection, 2)).realtimeInput as { audio: { data: string } };
  expect(Buffer.from(audio.data, 'base64').readInt16LE()).toBe(51);
});

test('a fresh session knows what was said before', async () => {
  const history = async () => [
    { role: 'user', text: 'Ana: hello' } as const,
    { role: 'model', text: 'Hello Ana.' } as const,
  ];
  await ready({ history });
  expect(await sentTo(await bench.upstream.connection(), 1)).toEqual({
    clientContent: {
      turns: [
        { role: 'user', parts: [{ text: 'Ana: hello' }] },
        { role: 'model', parts: [{ text: 'Hello Ana.' }] },
      ],
      turnComplete: false,
    },
  });
  await bench.stop();
  await ready({ history, model: 'gemini-3.1-flash-live-preview' });
  const connection = await bench.upstream.connection();
  expect((await setupOf(connection)).historyConfig).toEqual({ initialHistoryInClientContent: true });
  expect(await sentTo(connection, 1)).toMatchObject({ clientContent: { turnComplete: true } });
});

test('a history that takes too long is not waited for', async () => {
  bench = await GeminiBench.start({ history: () => new Promise(() => {}) });
  await settle();
  bench.clock.advance(9_999);
  await settle();
  expect(bench.logged).toEqual([]);
  bench.clock.advance(1);
  await bench.until('ready');
  expect(bench.logged).toEqual([expect.stringContaining('without its history')]);
});

test('a history that cannot be read is no reason to stay silent', async () => {
  await ready({ history: async () => Promise.reject(new Error('disk')) });
  expect(bench.logged).toEqual([expect.stringContaining('without its history')]);
});

test('close resolves when the service is left, and nothing is told afterwards', async () => {
  await ready();
  const connection = await bench.upstream.connection();
  let isLeft = false;
  connection.closed.then(() => {
    isLeft = true;
  });
  await bench.session.close();
  await bench.session.close();
  expect((await connection.closed).code).toBe(1000);
  expect(isLeft).toBe(true);
  bench.session.sendText('too late');
  bench.session.sendAudio(pcm(1));
  bench.session.sendToolResponse('c', 'n', {});
  expect(bench.types).toEqual(['ready']);
  expect(bench.clock.pendingTimers).toBe(0);
});

test('aborting ends the session in every state', async () => {
  await ready();
  bench.abort.abort();
  expect((await (await bench.upstream.connection()).closed).code).toBe(1000);
  await bench.stop();

  bench = await GeminiBench.start();
  bench.upstream.mute = true;
  await bench.upstream.dialled();
  bench.abort.abort();
  await bench.upstream.deserted();
  await bench.session.close();
  expect(bench.events).toEqual([]);
  expect(bench.clock.pendingTimers).toBe(0);
});

test('a session that was aborted before it began never dials', async () => {
  bench = await GeminiBench.start();
  bench.abort.abort();
  await bench.session.close();
  expect(bench.upstream.tcpConnections).toBe(0);
});

test('what the model would refuse is refused before dialling, with what to change', async () => {
  bench = await GeminiBench.start({ configuration: { voice: 'Nobody' } });
  const { code, reason } = await bench.until('failed');
  expect(code).toBe('ERR_SETUP_INVALID');
  expect(reason).toMatch(/voiceName.*Nobody/);
  expect(bench.upstream.tcpConnections).toBe(0);
  await bench.stop();

  bench = await GeminiBench.start({ configuration: { model: '../../etc' } });
  expect(await bench.until('failed')).toMatchObject({
    code: 'ERR_SETUP_INVALID',
    reason: expect.stringMatching(/etc/),
  });
});

test('a hook that breaks fails the session without telling why', async () => {
  bench = await GeminiBench.start({
    setup: () => {
      throw new Error('token sk-123');
    },
  });
  const { code, reason } = await bench.until('failed');
  expect(code).toBe('ERR_SETUP_HOOK_FAILED');
  expect(reason).not.toContain('sk-123');
});

test('options that cannot work are refused at once', async () => {
  bench = await GeminiBench.start();
  expect(() => geminiModel({} as never)).toThrow(/upstream is missing/);
  const upstream = endpoint({ url: bench.upstream.url });
  expect(() => geminiModel({ upstream, model: 'no model' })).toThrow(/"no model" is not a model/);
  expect(() => geminiModel({ upstream, limits: { maxAttempts: -1 } })).toThrow(/limits\.maxAttempts is -1/);
  const model = geminiModel({ upstream, model: 'gemini-3.1-flash-live-preview' });
  const configuration = DEFAULT_ROOM_CONFIGURATION;
  expect(model.modelName({ ...configuration, model: null })).toBe('gemini-3.1-flash-live-preview');
  expect(model.modelName({ ...configuration, model: 'gemini-3.8-live' })).toBe('gemini-3.8-live');
});
