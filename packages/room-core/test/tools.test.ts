import type { LogEntry, StandardSchema } from '@colloquy/live-protocol';
import { describe, expect, it, vi } from 'vitest';
import { settle } from '../src/testing/fake-clock.ts';
import type { ScriptedCall } from '../src/testing/scripted-model.ts';
import { type AnyRoomTool, defineRoomTool, type RoomToolContext, ToolError } from '../src/tools/room-tool.ts';
import { Stage } from './support/stage.ts';

const call = (callId: string, name: string, args: Record<string, unknown> = {}) => ({ callId, name, args });
const calls = (...all: ReturnType<typeof call>[]) => ({ type: 'toolCalls' as const, calls: all });

async function open(tools: readonly AnyRoomTool[]) {
  const stage = await Stage.open({ manager: { tools } });
  const ana = await stage.join('Ana', { role: 'host' });
  const ben = await stage.join('Ben');
  return { stage, ana, ben, session: stage.model.session };
}

const answers = (stage: Stage) =>
  stage.model.sessions.flatMap((session) =>
    session.calls.filter(
      (made): made is Extract<ScriptedCall, { call: 'toolResponse' }> => made.call === 'toolResponse',
    ),
  );

async function results(stage: Stage) {
  const entries = await stage.entries();
  const found = entries.filter(
    (entry): entry is Extract<LogEntry, { kind: 'tool.result' }> => entry.kind === 'tool.result',
  );
  return found.map(({ body }) => body);
}

/** A tool that runs until the test says how it ends. */
function held(options: Partial<AnyRoomTool> = {}) {
  const runs: { readonly context: RoomToolContext; readonly end: (result: Record<string, unknown>) => void }[] = [];
  const tool = {
    name: 'look_up',
    description: 'Looks something up.',
    ...options,
    run: (_args: unknown, context: RoomToolContext) =>
      new Promise<Record<string, unknown>>((resolve) => runs.push({ context, end: resolve })),
  } as AnyRoomTool;
  return { tool, runs };
}

/** As a schema library makes it: an object with a text, which is trimmed. */
const textSchema: StandardSchema<{ text: string }> = {
  '~standard': {
    validate: (value) => {
      const { text } = value as { text?: unknown };
      if (typeof text === 'string') return { value: { text: text.trim() } };
      return { issues: [{ message: 'must be a string', path: ['text'] }] };
    },
  },
};

describe('a tool of the server', () => {
  const note = defineRoomTool({
    name: 'add_note',
    description: 'Keeps a note.',
    input: textSchema,
    parametersJsonSchema: { type: 'object', properties: { text: { type: 'string' } } },
    blocking: true,
    scheduling: 'silent',
    run: ({ text }, { requestedBy, room, callId }) => ({
      note: text,
      of: requestedBy.map(({ name }) => name),
      ...{ room: room.name, callId },
    }),
  });

  it('TOOL1 is told to the model, runs with checked arguments and who asked, and is answered once', async () => {
    const { stage, ben, session } = await open([note]);
    expect(session.options.tools).toEqual([
      { name: 'add_note', description: 'Keeps a note.', parameters: note.parametersJsonSchema, blocking: true },
    ]);
    ben.say('Please note that we meet on Tuesday.', { toModel: true });
    await settle();
    session.emit(calls(call('c1', 'add_note', { text: ' Tuesday ' })));
    await settle();
    const response = { note: 'Tuesday', of: ['Ben'], room: 'Panel', callId: 'c1' };
    expect(answers(stage)).toEqual([
      { call: 'toolResponse', callId: 'c1', name: 'add_note', response, scheduling: 'silent' },
    ]);
    expect((await stage.entries()).slice(-2)).toMatchObject([
      {
        kind: 'tool.call',
        actor: { participantId: 'model' },
        body: { callId: 'c1', name: 'add_note', args: { text: ' Tuesday ' }, requestedBy: [{ name: 'Ben' }] },
      },
      { kind: 'tool.result', actor: { participantId: 'room' }, body: { callId: 'c1', outcome: 'answered', response } },
    ]);
  });

  it('TOOL1 whoever asked is known while the model is still speaking about something of theirs', async () => {
    const { stage, ana, ben, session } = await open([note]);
    ana.say('Note Monday.', { toModel: true });
    await settle();
    session.emit({ type: 'outputTranscript', text: 'One moment.' });
    ben.say('Something else.', { toModel: true });
    await settle();
    session.emit(calls(call('c1', 'add_note', { text: 'Monday' })));
    await settle();
    expect(answers(stage)[0]?.response).toMatchObject({ of: ['Ana'] });
  });

  it('TOOL2 is not run with arguments that are wrong; the model is told where', async () => {
    const run = vi.fn();
    const { stage, session } = await open([{ ...note, run }]);
    session.emit(calls(call('c1', 'add_note', { text: 7 })));
    await settle();
    expect(run).not.toHaveBeenCalled();
    expect(answers(stage)[0]?.response.error).toMatch(/arguments are wrong: text: .*string/);
    expect(await results(stage)).toMatchObject([{ outcome: 'failed' }]);
  });

  it('TOOL3 an error meant for the model is told to it; of others it learns nothing, and the application everything', async () => {
    const secret = new Error('connect ECONNREFUSED 10.0.0.5:5432');
    const failing = (name: string, error: Error): AnyRoomTool => ({
      ...{ name, description: 'Fails.' },
      run: () => Promise.reject(error),
    });
    const { stage, session } = await open([
      failing('a', new ToolError('There is no such note.')),
      failing('b', secret),
    ]);
    session.emit(calls(call('c1', 'a'), call('c2', 'b')));
    await settle();
    expect(answers(stage).map(({ response }) => response)).toEqual([
      { error: 'There is no such note.' },
      { error: 'The tool "b" failed.' },
    ]);
    expect(stage.errors).toMatchObject([{ stage: 'tool', error: secret }]);
  });

  it.each([
    ['a number', 5, 'gave no object'],
    ['a list', [], 'gave no object'],
    ['nothing', undefined, 'gave no object'],
    ['a date', new Date(0), 'gave no object'],
    ['a BigInt', { n: 1n }, 'JSON cannot hold'],
    ['60 kB', { text: 'x'.repeat(60_000) }, '49152 are the most'],
    ['depth', JSON.parse(`{"a":${'['.repeat(80)}${']'.repeat(80)}}`), 'nested too deeply'],
  ])('TOOL3 %s is no answer: results are objects that JSON holds, of bounded size', async (_title, result, words) => {
    const tool = { name: 'odd', description: 'Odd.', run: () => result } as unknown as AnyRoomTool;
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'odd')));
    await settle();
    expect(answers(stage)[0]?.response.error).toContain(words);
    expect(await results(stage)).toMatchObject([{ outcome: 'failed' }]);
    expect(stage.errors).toMatchObject([{ stage: 'tool' }]);
  });

  it('TOOL4 a repeated call runs once; its answer is sent again only after a new connection', async () => {
    const { tool, runs } = held();
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'look_up')), calls(call('c1', 'look_up')));
    await settle();
    expect(runs).toHaveLength(1);
    runs[0]?.end({ found: 1 });
    await settle();
    session.emit(calls(call('c1', 'look_up')));
    await settle();
    expect(answers(stage)).toHaveLength(1);
    session.emit({ type: 'reconnecting', reason: 'goAway' });
    session.ready({ resumed: true });
    session.emit(calls(call('c1', 'look_up')), calls(call('c1', 'look_up')));
    await settle();
    expect(answers(stage).map(({ response }) => response)).toEqual([{ found: 1 }, { found: 1 }]);
    expect(runs).toHaveLength(1);
    expect((await stage.kinds()).filter((kind) => kind.startsWith('tool.'))).toEqual(['tool.call', 'tool.result']);
  });

  it('TOOL4 calls without an id are calls of their own', async () => {
    const { tool, runs } = held();
    const { stage, session } = await open([tool]);
    session.emit(calls(call('', 'look_up'), call('', 'look_up')));
    await settle();
    for (const run of runs) run.end({});
    await settle();
    expect(answers(stage).map(({ callId }) => callId)).toEqual(['', '']);
  });

  it('TOOL5 what the model cancels is aborted and not answered, however late the tool is', async () => {
    const { tool, runs } = held();
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'look_up'), call('c2', 'look_up')));
    await settle();
    session.emit({ type: 'toolCallsCancelled', callIds: ['c1', 'unknown'] });
    expect(runs.map(({ context }) => context.signal.aborted)).toEqual([true, false]);
    for (const run of runs) run.end({ late: true });
    await settle();
    expect(answers(stage).map(({ callId }) => callId)).toEqual(['c2']);
    expect((await results(stage)).map(({ callId, outcome }) => `${callId} ${outcome}`)).toEqual([
      'c1 cancelled',
      'c2 answered',
    ]);
    expect(runs[1]?.context.signal.aborted).toBe(false);
  });

  it('TOOL6 one that takes too long is aborted, and the model is told', async () => {
    const { tool, runs } = held({ timeoutMs: 5_000 });
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'look_up')));
    await stage.clock.run(5_000, 1_000);
    expect(runs[0]?.context.signal.aborted).toBe(true);
    runs[0]?.end({ late: true });
    await settle();
    expect(answers(stage).map(({ response }) => response)).toEqual([
      { error: 'The tool "look_up" did not answer within 5000 ms.' },
    ]);
    expect(await results(stage)).toMatchObject([{ outcome: 'timed-out' }]);
  });

  it('TOOL6 does not wait for ever for a schema that looks something up', async () => {
    const input: StandardSchema<object> = { '~standard': { validate: () => new Promise(() => {}) } };
    const { tool, runs } = held({ input, timeoutMs: 2_000 });
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'look_up')));
    await stage.clock.run(1_900);
    expect(answers(stage)).toEqual([]);
    await stage.clock.run(100);
    expect(await results(stage)).toMatchObject([{ outcome: 'timed-out' }]);
    expect(answers(stage)).toMatchObject([{ response: { error: expect.stringContaining('within 2000 ms') } }]);
    expect(runs).toEqual([]);
  });

  it.each([
    ['the session is lost', (stage: Stage) => stage.model.session.emit({ type: 'failed', code: 'X', reason: 'lost' })],
    ['a fresh session begins', (stage: Stage) => stage.model.session.ready()],
    ['the room is closed', (stage: Stage) => stage.rooms.close(stage.roomId)],
    ['the server stops', (stage: Stage) => stage.rooms.shutdown()],
  ])('TOOL7 when %s, what runs is aborted and abandoned', async (_title, happen) => {
    const { tool, runs } = held();
    const { stage, session } = await open([tool]);
    const appended: LogEntry[] = [];
    stage.rooms.on('entryAppended', ({ entry }) => appended.push(entry));
    session.emit(calls(call('c1', 'look_up')));
    await settle();
    await happen(stage);
    await settle();
    expect(runs[0]?.context.signal.aborted).toBe(true);
    runs[0]?.end({ late: true });
    await settle();
    expect(answers(stage)).toEqual([]);
    expect(appended).toContainEqual(
      expect.objectContaining({ kind: 'tool.result', body: expect.objectContaining({ outcome: 'abandoned' }) }),
    );
    expect(appended.filter(({ kind }) => kind === 'tool.result')).toHaveLength(1);
  });

  it('TOOL8 no more than 32 calls are open at once', async () => {
    const { tool, runs } = held();
    const { stage, session } = await open([tool]);
    session.emit(calls(...Array.from({ length: 33 }, (_, index) => call(`c${index}`, 'look_up'))));
    await settle();
    expect(runs).toHaveLength(32);
    expect(answers(stage)).toMatchObject([{ callId: 'c32', response: { error: expect.stringContaining('32 calls') } }]);
  });

  it.each([
    [{ name: '1st' }, 'The name of a tool is "1st"'],
    [{ description: '' }, 'needs a "description"'],
    [{ run: undefined }, 'needs "run"'],
    [{ runsIn: 'guest' }, '"runsIn" of the tool "add_note" is "guest"'],
    [{ approval: { by: 'boss' } }, '"approval.by"'],
    [{ timeoutMs: -1 }, 'timeoutMs of the tool "add_note"'],
  ])('TOOL9 %j is refused when the manager is made', async (wrong, words) => {
    await expect(open([{ ...note, ...wrong } as AnyRoomTool])).rejects.toThrow(words);
  });

  it('TOOL9 two tools of one name are refused', async () => {
    await expect(open([note, note])).rejects.toThrow('two tools named "add_note"');
  });
});

describe('a tool that answers several times', () => {
  /** Yields what the test gives it, and returns when it gives `last`. */
  function steps(options: Partial<AnyRoomTool> = {}) {
    const given: ((step: { readonly value: Record<string, unknown>; readonly last?: true }) => void)[] = [];
    const state = { closed: 0 };
    const tool = {
      name: 'watch',
      description: 'Watches something.',
      blocking: false,
      scheduling: 'when-idle',
      ...options,
      run: async function* () {
        try {
          for (;;) {
            const step = await new Promise<{ readonly value: Record<string, unknown>; readonly last?: true }>(
              (resolve) => given.push(resolve),
            );
            if (step.last) return step.value;
            yield step.value;
          }
        } finally {
          state.closed += 1;
        }
      },
    } as AnyRoomTool;
    const give = async (value: Record<string, unknown>, last?: true) => {
      given.pop()?.({ value, ...(last && { last }) });
      await settle();
    };
    return { tool, give, state };
  }

  it('TOOL10 tells the model each answer as it comes, and logs the last one with how many were before it', async () => {
    const { tool, give, state } = steps();
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'watch')));
    await settle();
    await give({ seen: 'a cloud' });
    await give({ seen: 'rain' });
    const answer = { call: 'toolResponse', callId: 'c1', name: 'watch', scheduling: 'when-idle' };
    const [cloud, rain] = ['a cloud', 'rain'].map((seen) => ({ ...answer, response: { seen }, willContinue: true }));
    expect(answers(stage)).toEqual([cloud, rain]);
    expect(await results(stage)).toEqual([]);
    await give({ seen: 'the sun' }, true);
    expect(answers(stage)).toEqual([cloud, rain, { ...answer, response: { seen: 'the sun' } }]);
    expect(await results(stage)).toEqual([
      { callId: 'c1', name: 'watch', outcome: 'answered', response: { seen: 'the sun' }, parts: 2 },
    ]);
    expect(state.closed).toBe(1);
    await stage.rooms.shutdown();
  });

  it('TOOL10 TOOL5 tells nothing more after the model has cancelled it, and closes it', async () => {
    const { tool, give, state } = steps();
    const { stage, session } = await open([tool]);
    session.emit(calls(call('c1', 'watch')));
    await settle();
    await give({ seen: 'a cloud' });
    session.emit({ type: 'toolCallsCancelled', callIds: ['c1'] });
    await settle();
    await give({ seen: 'rain' });
    expect(answers(stage)).toHaveLength(1);
    expect(await results(stage)).toMatchObject([{ outcome: 'cancelled', parts: 1 }]);
    expect(state.closed).toBe(1);
    await stage.rooms.shutdown();
  });

  it('TOOL10 TOOL3 an answer that is impossible ends it with an error, and so does one too many', async () => {
    const { tool, give, state } = steps();
    const endless = defineRoomTool({
      name: 'endless',
      description: 'Never stops.',
      run: async function* (): AsyncGenerator<Record<string, unknown>, Record<string, unknown>> {
        for (let n = 1; n < 1_000; n += 1) yield { n };
        return {};
      },
    });
    const { stage, session } = await open([tool, endless]);
    session.emit(calls(call('c1', 'watch'), call('c2', 'endless')));
    await settle();
    await give([] as unknown as Record<string, unknown>);
    for (let turn = 0; turn < 200 && (await results(stage)).length < 2; turn += 1) await settle();
    const ended = (await results(stage)).sort((one, other) => one.callId.localeCompare(other.callId));
    expect(ended).toMatchObject([
      { callId: 'c1', outcome: 'failed', response: { error: 'The tool "watch" gave no object.' } },
      { callId: 'c2', outcome: 'failed', response: { error: 'The tool "endless" gave more than 100 answers.' } },
    ]);
    expect(answers(stage).filter(({ callId }) => callId === 'c2')).toHaveLength(100);
    expect(state.closed).toBe(1);
    await stage.rooms.shutdown();
  });
});
