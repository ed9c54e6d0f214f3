import { encodeBase64 } from '@colloquy/live-protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveClientError } from './errors.ts';
import type { GeminiLiveOptions } from './gemini/live-options.ts';
import type { LiveEvents } from './gemini/live-snapshot.ts';
import { GeminiLiveAPI } from './gemini-live-api.ts';
import { FakeMedia } from './testing/fake-media.ts';
import { ScriptedNetwork, settle } from './testing/scripted-network.ts';

beforeAll(async () => {
  await import('@colloquy/live-protocol/describe-close');
});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const OLD_MODEL = 'models/gemini-2.5-flash-native-audio-preview-12-2025';

function scene(options: Partial<GeminiLiveOptions> = {}) {
  const network = new ScriptedNetwork();
  const media = new FakeMedia();
  const live = new GeminiLiveAPI({
    url: 'ws://host/live',
    setup: { model: OLD_MODEL },
    webSocket: network.WebSocket,
    media: media.factory,
    random: () => 0,
    heartbeatIntervalMs: 0,
    ...options,
  });
  const events: [keyof LiveEvents, unknown][] = [];
  for (const type of [
    'opened',
    'transcriptUpdated',
    'textReceived',
    'audioReceived',
    'interrupted',
    'turnCompleted',
    'toolCalled',
    'toolCallsCancelled',
    'usageReported',
    'error',
    'closed',
  ] as const) {
    live.on(type, (event) => events.push([type, event]));
  }
  const open = async () => {
    const connected = live.connect();
    await settle();
    network.socket.accept();
    network.socket.say({ setupComplete: {} });
    await connected;
  };
  const redial = async () => {
    await vi.advanceTimersByTimeAsync(1);
    await settle();
  };
  const eventsOf = (type: keyof LiveEvents) => events.filter(([name]) => name === type).map(([, event]) => event);
  return { live, network, media, events, eventsOf, open, redial };
}

function audio(...samples: number[]) {
  return { inlineData: { mimeType: 'audio/pcm;rate=24000', data: encodeBase64(bytes(samples)) } };
}

function bytes(samples: number[]) {
  return new Uint8Array(new Int16Array(samples).buffer);
}

describe('GeminiLiveAPI connecting', () => {
  it('sends the setup first and resolves at setupComplete', async () => {
    const { live, network, eventsOf } = scene();
    const resolved = vi.fn();
    live.connect().then(resolved);
    await settle();
    expect(network.socket.protocols).toEqual(['colloquy.live.v1']);
    network.socket.accept();
    expect(network.socket.messages()).toEqual([{ setup: { model: OLD_MODEL, sessionResumption: {} } }]);
    await settle();
    expect(resolved).not.toHaveBeenCalled();
    // As Google's servers do: JSON in a binary frame.
    network.socket.sayRaw(new TextEncoder().encode('{"setupComplete":{"sessionId":"s-1"}}'));
    await settle();
    expect(resolved).toHaveBeenCalled();
    expect(live.getSnapshot()).toMatchObject({ connection: { status: 'open' }, sessionId: 's-1', model: 'listening' });
    expect(eventsOf('opened')).toEqual([{ sessionId: 's-1', resumed: false }]);
  });

  it('sends a ticket as a subprotocol, and the declarations of its tools', async () => {
    const tool = { name: 'note', description: 'Writes a note.', run: () => ({}) };
    const { network, open } = scene({ ticket: 'abc', tools: [tool] });
    await open();
    expect(network.socket.protocols).toEqual(['colloquy.live.v1', 'ticket.abc']);
    expect(network.socket.messages()[0].setup.tools).toEqual([
      { functionDeclarations: [{ name: 'note', description: 'Writes a note.' }] },
    ]);
  });

  it('asks for a fresh ticket before each dial, and when that of an open session is about to end', async () => {
    let issued = 0;
    let failing = 0;
    const ticket = async () => {
      if (failing-- > 0) throw new Error('The server of tickets is away.');
      issued += 1;
      return `t${issued}`;
    };
    const ending = { colloquy: { notice: { code: 'ticketEnding', message: 'In a minute.' } } };
    const { network, open, eventsOf, redial } = scene({ ticket });
    await open();
    expect(network.socket.protocols).toContain('ticket.t1');
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } });
    const before = network.socket.messages().length;
    // Said twice, one ticket is fetched; and a server of tickets that is away for a moment is asked again.
    failing = 2;
    network.socket.say(ending);
    network.socket.say(ending);
    await settle();
    expect(network.socket.messages().slice(before)).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(network.socket.messages().slice(before)).toEqual([{ colloquy: { ticket: 't2' } }]);
    expect(eventsOf('error')).toEqual([]);

    network.socket.end(1006);
    await redial();
    expect(network.socket.protocols).toContain('ticket.t3');
    network.socket.accept();
    network.socket.say({ setupComplete: {} });
    failing = 3;
    network.socket.say(ending);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(eventsOf('error')).toMatchObject([
      { error: { code: 'ERR_CONNECTION_LOST' } },
      { error: { code: 'ERR_NOT_AUTHENTICATED', message: expect.stringMatching(/server of tickets is away/) } },
    ]);

    // A connection that is gone needs no ticket any more: the next one has its own.
    failing = 1;
    network.socket.say(ending);
    await settle();
    network.socket.end(1006);
    await redial();
    network.socket.accept();
    network.socket.say({ setupComplete: {} });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(network.socket.protocols).toContain('ticket.t4');
    expect(network.socket.messages().some((message) => 'colloquy' in message)).toBe(false);
    expect(issued).toBe(4);
  });

  it('asks again for a ticket when the function never answers, and leaves no timer behind', async () => {
    let asked = 0;
    const ticket = () => {
      asked += 1;
      if (asked === 1) return 't1';
      return asked < 4 ? new Promise<string>(() => {}) : `t${asked}`;
    };
    const ending = { colloquy: { notice: { code: 'ticketEnding', message: 'In a minute.' } } };
    const { live, network, open } = scene({ ticket });
    await open();
    network.socket.say(ending);
    await vi.advanceTimersByTimeAsync(39_999);
    expect(network.socket.messages()).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(network.socket.messages().slice(1)).toEqual([{ colloquy: { ticket: 't4' } }]);
    asked = 1;
    network.socket.say(ending);
    await settle();
    expect(asked).toBe(2);
    const disposed = live.dispose();
    network.socket.end(1000);
    await disposed;
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [1007, 'API key not valid. Please pass a valid API key.', 'ERR_SETUP_REFUSED'],
    [1008, 'models/x is not found for API version v1beta', 'ERR_SETUP_REFUSED'],
    [4401, 'no ticket', 'ERR_NOT_AUTHENTICATED'],
    [4403, 'not this model', 'ERR_NOT_ALLOWED'],
  ])('rejects with close code, reason and hint, and does not retry (%i)', async (closeCode, reason, code) => {
    const { live, network, eventsOf } = scene();
    const connected = live.connect().catch((error: LiveClientError) => error);
    await settle();
    network.socket.accept();
    network.socket.end(closeCode, reason);
    const error = await connected;
    expect(error).toMatchObject({ name: 'LiveClientError', code, closeCode, reason, retryable: false });
    expect((error as LiveClientError).hint).not.toBe('');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sockets).toHaveLength(1);
    expect(eventsOf('closed')).toEqual([{ error }]);
  });

  it('rejects when nothing answers the setup', async () => {
    const { live, network } = scene({ connectTimeoutMs: 2000, maxConnectAttempts: 1 });
    const connected = live.connect().catch((error: LiveClientError) => error);
    await settle();
    network.socket.accept();
    await vi.advanceTimersByTimeAsync(2000);
    expect(await connected).toMatchObject({ code: 'ERR_CONNECT_TIMEOUT', retryable: true });
  });

  it('tells of tools that were registered before it connected, and disposes itself', async () => {
    const { live, network, open } = scene();
    const remove = live.registerTool({ name: 'later', description: '', run: () => 5 });
    await open();
    expect(network.socket.messages()[0].setup.tools).toMatchObject([{ functionDeclarations: [{ name: 'later' }] }]);
    network.socket.say({ toolCall: { functionCalls: [{ id: 'a', name: 'later', args: {} }] } });
    await settle();
    expect(network.socket.messages().at(-1)).toMatchObject({ toolResponse: { functionResponses: [{ id: 'a' }] } });
    remove();
    const texts: string[] = [];
    const reading = (async () => {
      for await (const { text } of live.iterate('transcriptUpdated')) texts.push(text);
    })();
    network.socket.say({ serverContent: { outputTranscription: { text: 'Hi' } } });
    const disposed = live[Symbol.asyncDispose]();
    network.socket.end(1000);
    await disposed;
    await reading;
    expect(texts).toContain('Hi');
    expect(() => live.registerTool({ name: 'x', description: '', run: () => 5 })).toThrow(/was disposed/);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('refuses wrong options by name', () => {
    expect(() => new GeminiLiveAPI(undefined as never)).toThrow(/"url"/);
    expect(() => scene({ setup: 'models/x' as never })).toThrow(/"setup"/);
    const tool = { name: 'note', description: '', run: () => ({}) };
    expect(() => scene({ tools: [tool, tool] })).toThrow(/"note"/);
    expect(() => scene({ maxReconnectAttempts: Number.NaN })).toThrow(/"maxReconnectAttempts".*NaN/);
  });
});

describe('GeminiLiveAPI receiving', () => {
  it('yields every meaning of one bundled message', async () => {
    const { live, network, media, eventsOf, open } = scene();
    await open();
    network.socket.say({
      serverContent: {
        modelTurn: { parts: [audio(1, -2)] },
        outputTranscription: { text: 'Yes.' },
        turnComplete: true,
      },
      usageMetadata: { totalTokenCount: 7 },
    });
    expect(media.speaker.sources.get('model')?.log).toEqual([
      { type: 'push', samples: [1, -2], turn: 1 },
      { type: 'end' },
    ]);
    expect(eventsOf('audioReceived')).toMatchObject([{ sampleRate: 24_000, turn: 1 }]);
    expect(eventsOf('transcriptUpdated')).toMatchObject([
      { speaker: 'model', text: 'Yes.', final: false },
      { speaker: 'model', text: 'Yes.', final: true },
    ]);
    expect(eventsOf('turnCompleted')).toEqual([{ turn: 1, reason: null }]);
    expect(eventsOf('usageReported')).toMatchObject([{ usage: { totalTokenCount: 7 } }]);
    expect(live.getSnapshot()).toMatchObject({
      model: 'listening',
      transcript: [{ speaker: 'model', text: 'Yes.', state: 'final' }],
      usage: { totalTokenCount: 7 },
    });
  });

  it('ends what the person said when the model begins, and stays on the turn until it is complete', async () => {
    const { live, network, open } = scene();
    await open();
    network.socket.say({ serverContent: { inputTranscription: { text: ' What' } } });
    network.socket.say({ serverContent: { inputTranscription: { text: ' now?' } } });
    expect(live.getSnapshot().transcript).toMatchObject([{ speaker: 'user', text: 'What now?', state: 'growing' }]);
    network.socket.say({ serverContent: { modelTurn: { parts: [audio(1)] } } });
    expect(live.getSnapshot()).toMatchObject({ model: 'speaking', transcript: [{ state: 'final' }] });
    network.socket.say({ serverContent: { generationComplete: true } });
    expect(live.getSnapshot().model).toBe('speaking');
    network.socket.say({ serverContent: { turnComplete: true } });
    expect(live.getSnapshot().model).toBe('listening');
  });

  it('silences the turn that was interrupted and plays the next one', async () => {
    const { live, network, media, eventsOf, open } = scene();
    await open();
    network.socket.say({
      serverContent: { modelTurn: { parts: [audio(1)] }, outputTranscription: { text: 'As I' } },
    });
    network.socket.say({ serverContent: { interrupted: true } });
    network.socket.say({ serverContent: { turnComplete: true } });
    network.socket.say({ serverContent: { modelTurn: { parts: [audio(2)] } } });
    expect(media.speaker.sources.get('model')?.log).toEqual([
      { type: 'push', samples: [1], turn: 1 },
      { type: 'interrupt', turn: 1 },
      { type: 'push', samples: [2], turn: 2 },
    ]);
    expect(eventsOf('interrupted')).toEqual([{ turn: 1 }]);
    expect(eventsOf('turnCompleted')).toEqual([{ turn: 1, reason: null }]);
    expect(live.getSnapshot().transcript).toMatchObject([{ text: 'As I', state: 'interrupted' }]);
  });

  it('cuts the transcript at what was heard when the model is interrupted', async () => {
    const { live, network, media, eventsOf, open } = scene();
    await open();
    const half = new Array<number>(12_000).fill(1);
    for (const text of ['The sun', ' rises in', ' the east today.']) {
      network.socket.say({ serverContent: { outputTranscription: { text } } });
      network.socket.say({ serverContent: { modelTurn: { parts: [audio(...half)] } } });
    }
    const source = media.speaker.sources.get('model');
    if (source) source.heard = { turn: 1, ms: 1_020 };
    expect(live.heard).toEqual({ turn: 1, ms: 1_020 });
    network.socket.say({ serverContent: { interrupted: true } });
    expect(live.getSnapshot().transcript).toMatchObject([
      { text: 'The sun rises in the east today.', state: 'interrupted', heardText: 'The sun rises in' },
    ]);
    expect(eventsOf('transcriptUpdated').at(-1)).toMatchObject({ final: true, heardText: 'The sun rises in' });
  });

  it('cuts what is still being heard of a turn that is complete, and not what was heard to its end', async () => {
    const { live, network, media, open } = scene();
    await open();
    const second = new Array<number>(24_000).fill(1);
    const turn = (text: string) => {
      network.socket.say({
        serverContent: { outputTranscription: { text }, modelTurn: { parts: [audio(...second)] } },
      });
      network.socket.say({ serverContent: { generationComplete: true } });
      network.socket.say({ serverContent: { turnComplete: true } });
    };
    turn('one two three four');
    const source = media.speaker.sources.get('model');
    if (source) source.heard = { turn: 1, ms: 1_000 };
    live.interrupt();
    expect(live.getSnapshot().transcript).toMatchObject([{ state: 'final', heardText: null }]);
    // The next answer is another one, and is not silenced.
    expect(source?.log.at(-1)).toEqual({ type: 'interrupt', turn: 1 });
    turn('five six seven eight');
    if (source) source.heard = { turn: 2, ms: 500 };
    live.interrupt();
    expect(live.getSnapshot().transcript).toMatchObject([
      { text: 'one two three four', state: 'final', heardText: null },
      { text: 'five six seven eight', state: 'interrupted', heardText: 'five six' },
    ]);
  });

  it('runs tools and sends their answers; what was cancelled is not answered', async () => {
    let finish = (_: object) => {};
    const { network, eventsOf, open } = scene({
      tools: [
        { name: 'now', description: '', run: () => ({ time: 5 }) },
        { name: 'slow', description: '', run: () => new Promise<object>((resolve) => (finish = resolve)) },
      ],
    });
    await open();
    const calls = [
      { id: 'a', name: 'now', args: {} },
      { id: 'b', name: 'slow', args: {} },
      { id: 'c', name: 'foreign', args: {} },
    ];
    network.socket.say({ toolCall: { functionCalls: calls } });
    await settle();
    network.socket.say({ toolCallCancellation: { ids: ['b'] } });
    finish({});
    await settle();
    expect(network.socket.messages().slice(1)).toEqual([
      { toolResponse: { functionResponses: [{ id: 'a', name: 'now', response: { time: 5 } }] } },
    ]);
    expect(eventsOf('toolCalled')).toEqual([{ calls }]);
    expect(eventsOf('toolCallsCancelled')).toEqual([{ ids: ['b'] }]);
  });

  it('ignores noise and reports what is no message', async () => {
    const { live, network, eventsOf, open } = scene();
    await open();
    network.socket.say({});
    network.socket.say({ serverContent: {} });
    network.socket.say({ ofTheFuture: { x: 1 } });
    network.socket.sayRaw('[1]');
    expect(eventsOf('error')).toMatchObject([{ error: { code: 'ERR_BAD_SERVER_MESSAGE' } }]);
    expect(live.getSnapshot().connection.status).toBe('open');
  });
});

describe('GeminiLiveAPI sending', () => {
  it('sends text the way the model takes it and shows it', async () => {
    const old = scene();
    await old.open();
    old.live.sendText('Hello');
    expect(old.network.socket.messages()[1]).toEqual({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello' }] }], turnComplete: true },
    });
    expect(old.live.getSnapshot().transcript).toMatchObject([{ speaker: 'user', text: 'Hello', state: 'final' }]);
    const recent = scene({ setup: { model: 'models/gemini-3.1-flash-live-preview' } });
    await recent.open();
    recent.live.sendText('Hello');
    expect(recent.network.socket.messages()[1]).toEqual({ realtimeInput: { text: 'Hello' } });
  });

  it('sends the microphone as base64 PCM and the end of its stream when it is muted or stopped', async () => {
    const { live, network, media, open } = scene();
    await open();
    await live.microphone.start();
    media.microphone.hear();
    live.microphone.setMuted(true);
    live.microphone.setMuted(false);
    media.microphone.hear();
    live.microphone.stop();
    const sent = network.socket.messages().slice(1);
    const data = encodeBase64(bytes(new Array(320).fill(7)));
    const frame = { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data } } };
    const end = { realtimeInput: { audioStreamEnd: true } };
    expect(sent).toEqual([frame, frame, end, frame, end]);
  });

  it('does not mark the end of the stream where activity is marked by hand', async () => {
    const setup = { model: OLD_MODEL, realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const { live, network, media, open } = scene({ setup });
    await open();
    live.beginActivity();
    media.microphone.hear({ endOfBurst: true });
    live.endActivity();
    expect(network.socket.messages().slice(1)).toMatchObject([
      { realtimeInput: { activityStart: {} } },
      { realtimeInput: { audio: {} } },
      { realtimeInput: { activityEnd: {} } },
    ]);
  });

  it('keeps the 300 ms before push-to-talk, sends only what is said while it is pressed, and ends it when muted', async () => {
    const setup = { model: OLD_MODEL, realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const { live, network, media, open } = scene({ setup });
    await open();
    await live.microphone.start();
    for (let n = 0; n < 50; n++) media.microphone.hear();
    expect(network.socket.messages()).toHaveLength(1);
    live.beginActivity();
    media.microphone.hear();
    const kinds = () =>
      network.socket
        .messages()
        .slice(1)
        .map(({ realtimeInput }) => Object.keys(realtimeInput)[0]);
    expect(kinds()).toEqual(['activityStart', ...new Array(16).fill('audio')]);
    live.endActivity();
    live.endActivity();
    media.microphone.hear();
    live.beginActivity();
    live.microphone.setMuted(true);
    live.endActivity();
    expect(kinds().slice(17)).toEqual(['activityEnd', 'activityStart', 'audio', 'audio', 'activityEnd']);
  });

  it('goes on with push-to-talk that is held down over a connection that is made again', async () => {
    const setup = { model: OLD_MODEL, realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const { live, network, media, open, redial } = scene({ setup });
    const kinds = () =>
      network.socket
        .messages()
        .slice(1)
        .map(({ realtimeInput }) => Object.keys(realtimeInput)[0]);
    const resume = async () => {
      network.socket.end(1006);
      media.microphone.hear();
      await redial();
      // Held down longer: keys that repeat are no new press.
      expect(() => live.beginActivity()).toThrow(/no session/);
      network.socket.accept();
      network.socket.say({ setupComplete: {} });
      network.socket.say({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } });
    };
    await open();
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } });
    await live.microphone.start();
    live.beginActivity();
    await resume();
    media.microphone.hear();
    live.endActivity();
    expect(kinds()).toEqual(['activityStart', 'audio', 'audio', 'activityEnd']);

    // Released while there was no connection: nothing is begun on the next one.
    live.beginActivity();
    network.socket.end(1006);
    live.endActivity();
    await vi.advanceTimersByTimeAsync(1_000);
    network.socket.accept();
    network.socket.say({ setupComplete: {} });
    media.microphone.hear();
    expect(kinds()).toEqual([]);

    // A new session is not begun with the press of the one before.
    live.beginActivity();
    const closed = live.close();
    network.socket.end(1000);
    await closed;
    await open();
    expect(kinds()).toEqual([]);
  });

  it('sends all that is said while push-to-talk is held, also after a pause and with another microphone', async () => {
    const setup = { model: OLD_MODEL, realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const { live, network, media, open } = scene({ setup });
    const kinds = () =>
      network.socket
        .messages()
        .slice(1)
        .map(({ realtimeInput }) => Object.keys(realtimeInput)[0]);
    await open();
    await live.microphone.start();
    live.beginActivity();
    media.microphone.hear();
    // A voice gate closes in a pause.
    media.microphone.hear({ endOfBurst: true });
    media.microphone.hear();
    // The headset is gone, and the system's default follows.
    media.microphone.hear({ endOfBurst: true });
    media.microphone.enter('starting');
    media.microphone.enter('on');
    media.microphone.hear();
    live.endActivity();
    expect(kinds()).toEqual(['activityStart', ...new Array(5).fill('audio'), 'activityEnd']);

    // No other microphone: the model is told that nothing more comes.
    live.beginActivity();
    media.microphone.hear();
    media.microphone.enter('starting');
    media.microphone.enter('failed');
    expect(kinds().slice(7)).toEqual(['activityStart', 'audio', 'activityEnd']);
  });

  it('refuses push-to-talk where the model detects speech itself, for that would end the session', async () => {
    const { live, open } = scene();
    await open();
    expect(() => live.beginActivity()).toThrow(/automaticActivityDetection.disabled: true/);
  });

  it('connects again when nothing has left the socket for 10 s although somebody speaks', async () => {
    const { live, network, media, open, redial } = scene();
    await open();
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
    network.socket.bufferedAmount = 200_000;
    for (let n = 0; n < 501; n++) {
      media.microphone.hear();
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(live.getSnapshot().connection).toMatchObject({
      status: 'reconnecting',
      error: { code: 'ERR_CONNECTION_LOST' },
    });
    await redial();
    expect(network.sockets).toHaveLength(2);
  });

  it('connects again when the network was gone for five seconds and nothing came', async () => {
    const page = new EventTarget();
    vi.stubGlobal('window', page);
    const { live, network, open, redial } = scene();
    await open();
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
    page.dispatchEvent(new Event('offline'));
    await vi.advanceTimersByTimeAsync(2_000);
    network.socket.say({});
    await vi.advanceTimersByTimeAsync(3_000);
    expect(live.getSnapshot().connection.status).toBe('open');
    page.dispatchEvent(new Event('offline'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(live.getSnapshot().connection.status).toBe('reconnecting');
    await redial();
    network.socket.accept();
    expect(network.socket.messages()[0].setup.sessionResumption).toEqual({ handle: 'h1' });
    vi.unstubAllGlobals();
  });

  it('drops media while the socket is full, pictures first', async () => {
    const { live, network, media, open } = scene();
    await open();
    network.socket.bufferedAmount = 60 * 1024;
    media.camera.see();
    media.microphone.hear();
    network.socket.bufferedAmount = 100 * 1024;
    media.microphone.hear();
    expect(live.sendAudio(new Int16Array(320))).toBe(false);
    expect(network.socket.messages()).toHaveLength(2);
    expect([media.camera.pressure, media.screen.pressure]).toEqual([100 * 1024, 100 * 1024]);
    network.socket.bufferedAmount = 0;
    expect(live.sendAudio(new Int16Array(320))).toBe(true);
    media.screen.see(new Uint8Array([1, 2, 3]));
    expect(network.socket.messages().at(-1)).toEqual({
      realtimeInput: { video: { mimeType: 'image/jpeg', data: encodeBase64(new Uint8Array([1, 2, 3])) } },
    });
    network.socket.bufferedAmount = 60 * 1024;
    expect(live.sendImage(new Uint8Array([4]))).toBe(false);
    network.socket.bufferedAmount = 0;
    expect(live.sendImage(new Uint8Array([5]), 'image/png')).toBe(true);
    expect(network.socket.messages().at(-1)).toMatchObject({ realtimeInput: { video: { mimeType: 'image/png' } } });
    // What was just sent does not count against the voice.
    network.socket.bufferedAmount = 96 * 1024 + 1;
    expect(live.sendAudio(new Int16Array(320))).toBe(true);
  });

  it('stops an answer here at once and tells the model, if there is one', async () => {
    const { live, network, media, open } = scene();
    await open();
    live.interrupt();
    expect(network.socket.messages()).toHaveLength(1);
    network.socket.say({ serverContent: { modelTurn: { parts: [audio(1)] } } });
    live.interrupt();
    expect(media.speaker.sources.get('model')?.log.at(-1)).toEqual({ type: 'interrupt', turn: 1 });
    expect(network.socket.messages().at(-1)).toEqual({ clientContent: { turnComplete: false } });
  });

  it('refuses texts and answers without a session, and drops media', () => {
    const { live, media } = scene();
    const refusal = expect.objectContaining({ code: 'ERR_NOT_CONNECTED' });
    expect(() => live.sendText('x')).toThrow(refusal);
    expect(() => live.sendText('')).toThrow(RangeError);
    expect(() => live.sendToolResponse({ id: '1', name: 'n', response: {} })).toThrow(refusal);
    expect(live.sendImage(new Uint8Array(1))).toBe(false);
    expect(live.sendAudio(new Int16Array(1))).toBe(false);
    media.microphone.hear();
    live.interrupt();
  });
});

describe('GeminiLiveAPI connection', () => {
  it('continues a lost session by its newest handle', async () => {
    const { live, network, eventsOf, open, redial } = scene();
    await open();
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } });
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h2', resumable: true } });
    network.socket.say({ sessionResumptionUpdate: { resumable: false } });
    network.socket.say({ serverContent: { modelTurn: { parts: [audio(1)] } } });
    network.socket.end(1006);
    expect(live.getSnapshot()).toMatchObject({ connection: { status: 'reconnecting' }, model: 'off' });
    await redial();
    network.socket.accept();
    expect(network.socket.messages()[0].setup.sessionResumption).toEqual({ handle: 'h2' });
    network.socket.say({ setupComplete: {} });
    expect(live.getSnapshot()).toMatchObject({ connection: { status: 'open' }, model: 'listening' });
    expect(eventsOf('opened')).toMatchObject([{ resumed: false }, { resumed: true }]);
  });

  it('shows what the proxy tells of its own connection, and stays open', async () => {
    const { live, network, open } = scene();
    const told = vi.fn();
    live.on('continuityChanged', told);
    await open();
    const notice = { state: 'reconnecting', code: 'ERR_GEMINI_DEADLINE', reason: 'It ended.' };
    network.socket.say({ colloquy: notice });
    expect(live.getSnapshot()).toMatchObject({ connection: { status: 'open' }, continuity: notice });
    expect(told).toHaveBeenCalledWith(notice);
  });

  it('does not begin another conversation by itself when there is no handle', async () => {
    const { network, live, eventsOf, open } = scene();
    await open();
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.sockets).toHaveLength(1);
    expect(live.getSnapshot().connection).toMatchObject({ status: 'closed', error: { retryable: true } });
    expect(eventsOf('closed')).toHaveLength(1);
  });

  it('gives up after so many attempts', async () => {
    const { network, live, open } = scene({ maxReconnectAttempts: 3 });
    await open();
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } });
    for (let i = 0; i < 10; i += 1) {
      network.socket.end(1006);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(network.sockets).toHaveLength(3);
    expect(live.getSnapshot().connection.status).toBe('closed');
  });

  it('begins a new session after close(), without the handle of the old one', async () => {
    const { live, network, open } = scene();
    await open();
    network.socket.say({ sessionResumptionUpdate: { newHandle: 'h', resumable: true } });
    const closed = live.close();
    expect(network.socket.closedByClient?.code).toBe(1000);
    network.socket.end(1000);
    await closed;
    await open();
    expect(network.socket.messages()[0].setup.sessionResumption).toEqual({});
  });

  it('frees everything when it is disposed', async () => {
    const { live, network, media, open } = scene();
    await open();
    await live.microphone.start();
    network.socket.say({ serverContent: { modelTurn: { parts: [audio(1)] } } });
    const disposed = live.dispose();
    network.socket.end(1000);
    await disposed;
    await live.dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(media.microphone.disposed && media.camera.disposed && media.speaker.disposed).toBe(true);
    expect(media.speaker.sources.get('model')?.disposed).toBe(true);
    expect(media.microphone.listenerCount).toBe(0);
    await expect(live.connect()).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});
