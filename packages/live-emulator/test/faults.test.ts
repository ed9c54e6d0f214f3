import { GEMINI_CLOSES, type ServerMessage } from '@colloquy/live-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { parseFault } from '../src/cli/parse-fault.ts';
import { FAULT_TYPES, type Fault } from '../src/faults/fault.ts';
import { type Emulator, ScriptedBrain, startEmulator } from '../src/index.ts';
import { LiveSocket } from './live-socket.ts';
import { Bench, type Client, MODELS, outline, serverViolation } from './session-harness.ts';

const SETUP = { model: MODELS['3.8'].model, generationConfig: { responseModalities: ['AUDIO'] } };

function connect(bench: Bench, ...faults: Fault[]): Client {
  const client = bench.connect('gemini', { faults });
  client.send({ setup: SETUP });
  return client;
}

function updates(client: Client): ServerMessage[] {
  return client.messages.filter((message) => message.sessionResumptionUpdate);
}

describe('every documented close on demand', () => {
  it.each(GEMINI_CLOSES.map((close) => [close.name, close.closeCode, close.reason] as const))(
    '%s closes with %i',
    async (name, code, reason) => {
      const bench = new Bench();
      const client = connect(bench, { action: { type: 'closeLike', name }, afterSeconds: 3 });
      await client.until((message) => message.setupComplete !== undefined);
      await bench.clock.advance(2_980);
      expect(client.closed).toBeNull();
      await bench.clock.advance(20);
      expect(client.closed?.code).toBe(code);
      const full = Buffer.from(code === 1006 ? '' : reason);
      expect(client.closed?.reason).toBe(full.subarray(0, 123).toString());
      expect(bench.clock.pendingTimers).toBe(0);
    },
  );
});

describe('a fault', () => {
  it('at the upgrade comes before anything was said', async () => {
    const bench = new Bench();
    const client = bench.connect('gemini', {
      faults: [{ action: { type: 'closeLike', name: 'apiKeyExpired' }, after: 'open' }],
    });
    await bench.clock.advance(0);
    expect(client.closed).toEqual({ code: 1007, reason: 'API key expired. Please renew the API key.' });
  });

  it('at the setup comes instead of its answer', async () => {
    const bench = new Bench();
    const client = connect(bench, { action: { type: 'closeLike', name: 'quota' }, after: 'setup' });
    await bench.clock.advance(1_000);
    expect(client.closed?.code).toBe(1011);
    expect(client.messages).toEqual([]);
  });

  it.each(['audio', 'toolCall', 'turnComplete', 'goAway'] as const)(
    'at %s comes right behind that message, once',
    async (after) => {
      const bench = new Bench({
        brain: new ScriptedBrain([
          ({ input }) =>
            input.some(({ type }) => type === 'toolResult')
              ? 'Done.'
              : ['One moment.', { type: 'call', calls: [{ name: 'look', args: {} }] }],
        ]),
        maxConnectionSeconds: 120,
      });
      const client = connect(bench, { action: { type: 'drop' }, after });
      await client.until((message) => message.setupComplete !== undefined);
      client.say('Look.');
      if (after === 'turnComplete') {
        const { message } = await client.until(({ toolCall }) => toolCall !== undefined);
        const [call] = message.toolCall?.functionCalls ?? [];
        client.send({ toolResponse: { functionResponses: [{ id: call?.id, name: 'look', response: {} }] } });
      }
      await bench.clock.advance(130_000);
      expect(client.closed?.code).toBe(1006);
      const last = outline(client.messages).at(-1) ?? '';
      expect(last.startsWith(after)).toBe(true);
    },
  );

  it('happens on the connection that it is meant for', async () => {
    const bench = new Bench();
    const fault: Fault = { action: { type: 'drop' }, connection: 2 };
    const clients = [connect(bench, fault), connect(bench, fault), connect(bench, fault)];
    await bench.clock.advance(1_000);
    expect(clients.map((client) => client.closed?.code ?? null)).toEqual([null, 1006, null]);
  });

  it('is forgotten when the connection goes first', async () => {
    const bench = new Bench();
    const emulator = await start({ faults: [{ action: { type: 'drop' }, afterSeconds: 1_000 }], clock: bench.clock });
    const client = new LiveSocket(emulator.wsUrl);
    await client.opened();
    client.send({ setup: SETUP });
    await expect.poll(() => emulator.sessions()[0]?.report().state).toBe('settingUp');
    await bench.clock.advance(1_000);
    await client.until(({ messages }) => messages.length > 0);
    client.socket.close();
    await expect.poll(() => emulator.sessions()[0]?.report().state).toBe('closed');
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe('a disturbance', () => {
  it('delays the answer to the setup', async () => {
    const bench = new Bench();
    const client = connect(bench, { action: { type: 'delaySetup', seconds: 20 } });
    await bench.clock.advance(20_000);
    expect(client.messages).toEqual([]);
    await bench.clock.advance(300);
    expect(client.messages[0]).toHaveProperty('setupComplete');
  });

  it('is silent after goAway: no word, no close, though the client goes on', async () => {
    const bench = new Bench({ idleTimeoutSeconds: 30 });
    const client = connect(
      bench,
      { action: { type: 'goAway', seconds: 5 }, afterSeconds: 2 },
      { action: { type: 'silence' }, after: 'goAway' },
    );
    await client.until((message) => message.goAway !== undefined);
    const before = client.messages.length;
    await bench.clock.advance(1);
    client.say('Anybody there?');
    await bench.clock.advance(3_600_000);
    expect(client.messages).toHaveLength(before);
    expect(client.closed).toBeNull();
    client.leave();
    await bench.clock.advance(0);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('repeats resumption updates', async () => {
    const bench = new Bench();
    const client = connect(bench, { action: { type: 'repeatUpdates', times: 3 } });
    await bench.clock.advance(2_000);
    const handles = updates(client).map((message) => message.sessionResumptionUpdate?.newHandle);
    expect(handles).toHaveLength(6);
    expect(new Set(handles.slice(0, 3)).size).toBe(1);
    expect(new Set(handles).size).toBe(2);
  });

  it('puts an empty message behind every other', async () => {
    const bench = new Bench();
    const client = connect(bench, { action: { type: 'noise' } });
    await client.until((message) => message.setupComplete !== undefined);
    await bench.clock.advance(10);
    client.say('Hello.');
    await client.turnComplete();
    await bench.clock.advance(10);
    const behind = client.messages.slice(1).map((message) => JSON.stringify(message));
    expect(behind.filter((_, index) => index % 2 === 1).slice(0, 4)).toEqual([
      '{}',
      '{"serverContent":{}}',
      '{}',
      '{"serverContent":{}}',
    ]);
  });

  async function play(bench: Bench, ...faults: Fault[]): Promise<Client> {
    const client = connect(bench, ...faults);
    await client.until((message) => message.setupComplete !== undefined);
    client.say('Count to ten.');
    await client.turnComplete();
    return client;
  }

  it('holds messages back and lets them go at once, nothing lost and nothing turned around', async () => {
    const plain = await play(new Bench());
    const burst = await play(new Bench(), { action: { type: 'burst', seconds: 1.5 }, after: 'audio' });
    const isContent = (message: ServerMessage): boolean => message.serverContent !== undefined;
    expect(burst.messages.filter(isContent)).toEqual(plain.messages.filter(isContent));
    const times = burst.received.map(({ atMs }) => atMs);
    const counts = times.map((time) => times.filter((other) => other === time).length);
    expect(Math.max(...counts)).toBeGreaterThan(5);
  });

  it('bundles neighbours into messages that are still well-formed and say the same', async () => {
    const bench = new Bench();
    const plain = await play(new Bench());
    const client = await play(bench, { action: { type: 'bundle', seconds: 1.5 }, after: 'audio' });
    const parts = (messages: readonly ServerMessage[]): unknown[] =>
      messages.flatMap((message) => message.serverContent?.modelTurn?.parts ?? []);
    expect(parts(client.messages)).toEqual(parts(plain.messages));
    expect(client.messages.length).toBeLessThan(plain.messages.length);
    expect(client.messages.some((message) => (message.serverContent?.modelTurn?.parts?.length ?? 0) > 5)).toBe(true);
    for (const message of client.messages) expect(serverViolation(message, 'gemini')).toBeNull();
  });

  it('lets go what it holds before an orderly close, and not before a reset', async () => {
    for (const type of ['close', 'drop'] as const) {
      const bench = new Bench();
      const client = connect(bench, { action: { type: 'burst', seconds: 60 } });
      await client.until((message) => message.setupComplete !== undefined);
      await bench.clock.advance(5_000);
      if (type === 'close') client.session.close(1000, '');
      else client.session.drop();
      expect(updates(client).length > 0).toBe(type === 'close');
      await bench.clock.advance(0);
      expect(bench.clock.pendingTimers).toBe(0);
    }
  });
});

describe('the plan and the hand', () => {
  it('change what coming connections have, and what an open one has at once', async () => {
    const emulator = await start();
    const first = await new LiveSocket(emulator.wsUrl).setup();
    emulator.planFaults([{ action: { type: 'closeLike', name: 'quota' }, after: 'setup' }]);
    const second = new LiveSocket(emulator.wsUrl);
    await second.opened();
    second.send({ setup: SETUP });
    expect(await second.untilClosed()).toMatchObject({ code: 1011 });
    expect(first.closed).toBeNull();
    expect(() => emulator.sessions()[0]?.inject({ type: 'close', code: 1006, reason: '' })).toThrow('code is 1006');
    expect(() => emulator.planFaults([{ action: { type: 'drop' }, connection: 0 }])).toThrow('connection is 0');
    emulator.sessions()[0]?.inject({ type: 'closeLike', name: 'lost' });
    expect(await first.untilClosed()).toMatchObject({ code: 1006 });
  });
});

describe('faults on the command line', () => {
  it.each([
    ['drop@5s', { action: { type: 'drop' }, after: 'setupComplete', afterSeconds: 5 }],
    ['goAway@30', { action: { type: 'goAway', seconds: 50 }, after: 'setupComplete', afterSeconds: 30 }],
    ['silence@goAway', { action: { type: 'silence' }, after: 'goAway', afterSeconds: 0 }],
    ['quota@setup#2', { action: { type: 'closeLike', name: 'quota' }, after: 'setup', afterSeconds: 0, connection: 2 }],
    ['delaySetup:9@open', { action: { type: 'delaySetup', seconds: 9 }, after: 'open', afterSeconds: 0 }],
    ['repeatUpdates:3@1s', { action: { type: 'repeatUpdates', times: 3 }, after: 'setupComplete', afterSeconds: 1 }],
    ['bundle:1.5@audio+2s', { action: { type: 'bundle', seconds: 1.5 }, after: 'audio', afterSeconds: 2 }],
    ['burst@audio', { action: { type: 'burst', seconds: 2 }, after: 'audio', afterSeconds: 0 }],
    ['noise@0s', { action: { type: 'noise' }, after: 'setupComplete', afterSeconds: 0 }],
    [
      'close:1011:a:b@5s',
      { action: { type: 'close', code: 1011, reason: 'a:b' }, after: 'setupComplete', afterSeconds: 5 },
    ],
    ['lost@toolCall', { action: { type: 'closeLike', name: 'lost' }, after: 'toolCall', afterSeconds: 0 }],
  ])('%s is understood', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it.each(['soon', 'drop@', 'drop@later', 'delaySetup@open', 'repeatUpdates:0@1s', 'drop@1s#0', 'burst:@1s', 'x@-1s'])(
    '%s is refused',
    (text) => {
      expect(() => parseFault(text)).toThrow('--fault is');
    },
  );

  it('have a word for every type', () => {
    const types = FAULT_TYPES.filter((type) => type !== 'closeLike');
    const numbers = { close: ':1011', delaySetup: ':1' } as Readonly<Record<string, string>>;
    expect(types.map((type) => parseFault(`${type}${numbers[type] ?? ''}@1s`).action.type)).toEqual(types);
  });
});

const running: Emulator[] = [];
async function start(options: Parameters<typeof startEmulator>[0] = {}): Promise<Emulator> {
  const emulator = await startEmulator({ timeScale: options.clock ? 1 : 20, ...options });
  running.push(emulator);
  return emulator;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});
