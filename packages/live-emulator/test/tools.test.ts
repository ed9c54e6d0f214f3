import type { FunctionCall } from '@colloquy/live-protocol';
import { describe, expect, it } from 'vitest';
import { type BrainTurn, PROFILE_NAMES, ScriptedBrain, type ScriptedReply } from '../src/index.ts';
import { Bench, type Client, outline, type ProfileUnderTest } from './session-harness.ts';

const call = (name: string): ScriptedReply => ({ type: 'call', calls: [{ name, args: { q: 'x' } }] });
const declare = (...functions: { name: string; behavior?: string }[]): Record<string, unknown> => ({
  tools: [{ functionDeclarations: functions }],
});
const LONG = 'One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.';

function calls(client: Client): FunctionCall[] {
  return client.messages.flatMap((message) => message.toolCall?.functionCalls ?? []);
}

function respond(client: Client, response: Record<string, unknown>): void {
  client.send({ toolResponse: { functionResponses: [response] } });
}

async function called(bench: Bench, profile: ProfileUnderTest, setup: Record<string, unknown>): Promise<Client> {
  const client = await bench.open(profile, setup);
  client.say('Look it up.');
  await client.until((message) => message.toolCall !== undefined);
  return client;
}

describe('ids', () => {
  it.each([
    ['2.5-native', /^function-call-\d{19}$/],
    ['3.1', /^fc_\d{19}$/],
    ['3.8', /^fc_\d{19}$/],
    ['vertex-2.5-flash', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ] as const)('of %s have its shape and are never used twice', async (profile, shape) => {
    const bench = new Bench({
      brain: new ScriptedBrain([
        {
          type: 'call',
          calls: [
            { name: 'a', args: {} },
            { name: 'a', args: {} },
          ],
        },
      ]),
    });
    const client = await called(bench, profile, declare({ name: 'a' }));
    const ids = calls(client).map(({ id }) => id);
    for (const id of ids) expect(id).toMatch(shape);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('a blocking call', () => {
  const blocking = declare({ name: 'lookup', behavior: 'BLOCKING' });
  const brain = (): ScriptedBrain =>
    new ScriptedBrain([
      (turn) =>
        turn.input.some((item) => item.type === 'toolResult')
          ? 'It is on its way.'
          : ['One moment.', call('lookup')].flat(),
    ]);

  it.each(['2.5-native', '3.1', '3.8'] as const)(
    'keeps %s silent until its answer, and all is one turn',
    async (profile) => {
      const bench = new Bench({ brain: brain() });
      const client = await called(bench, profile, blocking);
      const before = client.received.length;
      await bench.clock.advance(30_000);
      expect(client.outline(before)).toEqual([]);
      respond(client, { id: calls(client)[0]?.id, name: 'lookup', response: { output: 'shipped' } });
      await client.turnComplete();
      expect(client.outline(1)).toEqual(['audio', 'toolCall', 'audio', 'generationComplete', 'turnComplete']);
    },
  );

  it('closes its turn on Vertex before the answer begins', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, 'vertex-2.5-flash', { ...blocking, outputAudioTranscription: {} });
    respond(client, { name: 'lookup', response: { output: 'shipped' } });
    await client.turnComplete();
    await client.turnComplete();
    expect(client.outline(1)).toEqual([
      ...['outputOpen', 'output', 'audio', 'toolCall', 'outputFinished', 'generationComplete', 'turnComplete'],
      ...['outputOpen', 'output', 'outputFinished', 'audio', 'generationComplete', 'turnComplete'],
    ]);
  });

  it('waits for all calls of one message, answered one by one in any order', async () => {
    const results: unknown[] = [];
    const bench = new Bench({
      brain: new ScriptedBrain([
        (turn) => {
          if (turn.number === 1 && results.length === 0 && turn.input[0]?.type !== 'toolResult') {
            return {
              type: 'call',
              calls: [
                { name: 'lookup', args: { n: 1 } },
                { name: 'lookup', args: { n: 2 } },
              ],
            };
          }
          results.push(...turn.input);
          return 'Done.';
        },
      ]),
    });
    const client = await called(bench, '3.1', blocking);
    const [first, second] = calls(client);
    respond(client, { id: second?.id, name: 'lookup', response: { output: 2 } });
    await bench.clock.advance(5_000);
    expect(results).toEqual([]);
    respond(client, { id: first?.id, name: 'lookup', response: { output: 1 } });
    await client.turnComplete();
    expect(results).toMatchObject([{ response: { output: 2 } }, { response: { output: 1 } }]);
  });

  it.each(PROFILE_NAMES.filter((name) => name !== '3.8-et'))(
    'of %s is cancelled by a person who goes on',
    async (profile) => {
      const bench = new Bench({ brain: new ScriptedBrain([call('lookup'), 'Yes.']) });
      const client = await called(bench, profile, blocking);
      const before = client.received.length;
      client.send({ realtimeInput: { text: 'Never mind.' } });
      expect(client.outline(before)).toEqual(['cancel', 'interrupted', 'turnComplete']);
      const cancelled = client.messages.flatMap((message) => message.toolCallCancellation?.ids ?? []);
      expect(cancelled).toEqual([calls(client)[0]?.id]);
      respond(client, { id: cancelled[0], name: 'lookup', response: { output: 'late' } });
      await client.turnComplete();
      expect(client.session.record.report().received.toolResponses.last).toMatchObject([{ matched: false }]);
    },
  );

  it('is not disturbed by an answer to a call that never was', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, '3.8', blocking);
    respond(client, { id: 'fc_1', name: 'lookup', response: { output: 'shipped' } });
    await bench.clock.advance(5_000);
    expect(client.closed).toBeNull();
    expect(client.session.record.report().notes.at(-1)).toContain('answers no open call');
    respond(client, { id: calls(client)[0]?.id, name: 'lookup', response: {} });
    await client.turnComplete();
  });
});

describe('a call that does not block', () => {
  const background = declare({ name: 'search', behavior: 'NON_BLOCKING' });
  const talk = [call('search'), LONG].flat() as ScriptedReply;
  const seen: BrainTurn[] = [];
  const brain = (): ScriptedBrain => {
    seen.length = 0;
    return new ScriptedBrain([
      talk,
      (turn) => {
        seen.push(turn);
        return 'Found it.';
      },
    ]);
  };

  it('is the default of 3.8 and lets the model go on talking', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, '3.8', declare({ name: 'search' }));
    await client.turnComplete();
    expect(client.outline(1)).toEqual(['toolCall', 'audio', 'generationComplete', 'turnComplete']);
  });

  it('answered with INTERRUPT cuts the model: interrupted, turnComplete, the new answer', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, '2.5-native', background);
    await bench.clock.advance(300);
    const before = client.received.length;
    respond(client, {
      id: calls(client)[0]?.id,
      name: 'search',
      response: { output: 'KL 1234' },
      scheduling: 'INTERRUPT',
    });
    expect(client.outline(before)).toEqual(['interrupted', 'turnComplete']);
    await client.turnComplete();
    expect(client.outline(before)).toEqual([
      'interrupted',
      'turnComplete',
      'audio',
      'generationComplete',
      'turnComplete',
    ]);
    expect(seen[0]?.input).toMatchObject([{ type: 'toolResult', response: { output: 'KL 1234' } }]);
  });

  it('answered with INTERRUPT cancels the call that the cut turn waits for, and that one only', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([talk, call('lookup'), 'Found it.']) });
    const both = declare({ name: 'search', behavior: 'NON_BLOCKING' }, { name: 'lookup', behavior: 'BLOCKING' });
    const client = await called(bench, '2.5-native', both);
    await client.turnComplete();
    client.say('And this?');
    await client.until((message) => message.toolCall !== undefined);
    const [search, lookup] = calls(client);
    const from = client.received.length;
    respond(client, { id: search?.id, name: 'search', response: {}, scheduling: 'INTERRUPT', willContinue: true });
    expect(client.messages[from]).toEqual({ toolCallCancellation: { ids: [lookup?.id] } });
    // An answer to the cancelled call comes too late; it must not reach the turn that runs now.
    respond(client, { id: lookup?.id, name: 'lookup', response: { output: 'late' } });
    await client.turnComplete();
    expect(client.outline(from)).toEqual([
      'cancel',
      'interrupted',
      'turnComplete',
      'audio',
      'generationComplete',
      'turnComplete',
    ]);
    respond(client, { id: search?.id, name: 'search', response: {} });
    const { last } = client.session.record.report().received.toolResponses;
    expect(last.map(({ matched }) => matched)).toEqual([true, false, true]);
  });

  it('answered with WHEN_IDLE, which is the default, waits for the end of the turn', async () => {
    for (const scheduling of ['WHEN_IDLE', undefined]) {
      const bench = new Bench({ brain: brain() });
      const client = await called(bench, '2.5-native', background);
      await bench.clock.advance(300);
      const before = client.received.length;
      respond(client, { id: calls(client)[0]?.id, name: 'search', response: { output: 'KL 1234' }, scheduling });
      await client.turnComplete();
      expect(client.outline(before)).toEqual(['audio', 'generationComplete', 'turnComplete']);
      await client.turnComplete();
      expect(seen).toHaveLength(1);
    }
  });

  it('answered with SILENT is only remembered', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, '2.5-native', background);
    await client.turnComplete();
    respond(client, {
      id: calls(client)[0]?.id,
      name: 'search',
      response: { output: 'KL 1234' },
      scheduling: 'SILENT',
    });
    await bench.clock.advance(10_000);
    expect(seen).toHaveLength(0);
    client.say('And?');
    await client.turnComplete();
    expect(seen[0]?.input).toMatchObject([
      { type: 'toolResult', silent: true },
      { type: 'text', text: 'And?' },
    ]);
  });

  it('may be answered several times while the client announces more', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, '2.5-native', background);
    await client.turnComplete();
    const answer = { id: calls(client)[0]?.id, name: 'search' };
    respond(client, { ...answer, response: { output: 1 }, willContinue: true });
    await client.turnComplete();
    respond(client, { ...answer, response: { output: 2 }, willContinue: false });
    await client.turnComplete();
    respond(client, { ...answer, response: { output: 3 } });
    await bench.clock.advance(10_000);
    expect(seen).toHaveLength(2);
    const { last } = client.session.record.report().received.toolResponses;
    expect(last.map(({ matched }) => matched)).toEqual([true, true, false]);
  });

  it('of a turn that is over survives a barge-in; of the turn that is cut it does not', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([talk, LONG, 'Yes.']) });
    const client = await called(bench, '3.8', background);
    await client.turnComplete();
    client.say('Go on.');
    await bench.clock.advance(1_500);
    client.say('Stop.');
    expect(client.outline(1)).toContain('interrupted');
    expect(client.outline(1)).not.toContain('cancel');
    const cut = await called(new Bench({ brain: new ScriptedBrain([talk, 'Yes.']) }), '3.8', background);
    cut.say('Stop.');
    expect(cut.outline(1)).toContain('cancel');
  });

  it('keeps extended thinking IN_PROGRESS until it is answered', async () => {
    const bench = new Bench({ brain: brain() });
    const client = await called(bench, '3.8-et', declare({ name: 'search' }));
    expect((await client.turnComplete()).message.serverContent?.interactionStatus).toBe('IN_PROGRESS');
    respond(client, { id: calls(client)[0]?.id, name: 'search', response: { output: 'KL 1234' } });
    expect((await client.turnComplete()).message.serverContent?.interactionStatus).toBe('IDLE');
  });
});

describe('an answer without an id, as Vertex takes it', () => {
  it('is for the oldest open call of that name', async () => {
    const twice = {
      type: 'call',
      calls: [
        { name: 'a', args: { n: 1 } },
        { name: 'a', args: { n: 2 } },
      ],
    } as const;
    const results: unknown[] = [];
    const brain = new ScriptedBrain([
      twice,
      ({ input }) => {
        results.push(...input.map((item) => (item.type === 'toolResult' ? [item.callId, item.response] : null)));
        return 'Yes.';
      },
    ]);
    const client = await called(new Bench({ brain }), 'vertex-2.5-flash', declare({ name: 'a' }));
    const [first, second] = calls(client);
    respond(client, { name: 'a', response: { n: 1 } });
    respond(client, { name: 'a', response: { n: 2 } });
    await client.turnComplete();
    await client.turnComplete();
    expect(results).toEqual([
      [first?.id, { n: 1 }],
      [second?.id, { n: 2 }],
    ]);
  });
});

describe('extended thinking', () => {
  it('is IDLE when the last call was answered and nobody speaks of it', async () => {
    const bench = new Bench({ brain: new ScriptedBrain([[call('a'), call('b'), 'One moment.'].flat(), 'Yes.']) });
    const client = await called(bench, '3.8-et', declare({ name: 'a' }, { name: 'b' }));
    await client.turnComplete();
    const [a, b] = calls(client);
    const from = client.received.length;
    respond(client, { id: a?.id, name: 'a', response: {}, scheduling: 'SILENT' });
    expect(client.outline(from)).toEqual([]);
    respond(client, { id: b?.id, name: 'b', response: {}, scheduling: 'SILENT' });
    expect(client.messages.slice(from)).toContainEqual({ serverContent: { interactionStatus: 'IDLE' } });
  });
});

describe('declarations', () => {
  it.each([
    ['3.8', { name: '1st' }, 'functionDeclarations[0].name'],
    ['3.8-et', { name: 'a', behavior: 'BLOCKING' }, 'functionDeclarations[0].behavior'],
  ] as const)('that come later are looked at as those of a setup are (%s %j)', async (profile, declaration, field) => {
    const client = await new Bench().open(profile);
    client.send({ contextUpdate: { tools: { tools: [{ functionDeclarations: [declaration] }] } } });
    expect(client.closed).toEqual({ code: 1007, reason: 'Request contains an invalid argument.' });
    const [violation] = client.session.record.report().violations;
    expect(violation?.path).toBe(`contextUpdate.tools.tools[0].${field}`);
  });

  it('can be replaced while the session runs', async () => {
    const seen: string[][] = [];
    const brain = new ScriptedBrain([
      (turn) => {
        seen.push(turn.tools.map(({ name }) => name));
        return 'Yes.';
      },
    ]);
    const bench = new Bench({ brain });
    const client = await bench.open('3.8', declare({ name: 'a' }));
    client.say('One.');
    await client.turnComplete();
    client.send({ contextUpdate: { tools: { tools: [{ functionDeclarations: [{ name: 'b' }] }] } } });
    client.say('Two.');
    await client.turnComplete();
    client.send({ contextUpdate: { tools: { tools: [] } } });
    client.say('Three.');
    await client.turnComplete();
    expect(seen).toEqual([['a'], ['b'], []]);
    expect(outline(client.messages)).not.toContain('toolCall');
  });
});
