import type { FunctionResponse } from '@colloquy/live-protocol';
import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { settle } from '../testing/scripted-network.ts';
import { type AnyLiveTool, defineTool, type LiveTool, withTools } from './live-tool.ts';
import { ToolRunner } from './tool-runner.ts';

const add: LiveTool = {
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'OBJECT', properties: { a: { type: 'NUMBER' }, b: { type: 'NUMBER' } } },
  run: ({ a, b }) => ({ sum: Number(a) + Number(b) }),
};

function runner(...tools: AnyLiveTool[]) {
  const responses: FunctionResponse[] = [];
  return { subject: new ToolRunner(tools, (response) => responses.push(response)), responses };
}

describe('withTools', () => {
  it('adds declarations beside the tools that are there and does not touch what was given', () => {
    const setup = { model: 'models/m', tools: [{ googleSearch: {} }] };
    const { parameters } = add;
    expect(withTools(setup, [add])).toEqual({
      model: 'models/m',
      tools: [
        { googleSearch: {} },
        { functionDeclarations: [{ name: 'add', description: 'Adds two numbers.', parameters }] },
      ],
    });
    expect(setup.tools).toHaveLength(1);
    expect(withTools(setup, [])).toBe(setup);
  });
});

describe('a tool with a schema', () => {
  const input = v.object({ city: v.string(), days: v.optional(v.pipe(v.number(), v.maxValue(7)), 1) });
  const weather = defineTool({
    name: 'weather',
    description: 'The weather.',
    input,
    // The types of the arguments come from the schema.
    run: ({ city, days }) => `${city.toUpperCase()} ${days.toFixed(1)}`,
  });

  it('gets what the schema gives back', async () => {
    const { subject, responses } = runner(weather);
    subject.start([{ id: '1', name: 'weather', args: { city: 'Jena' } }]);
    await settle();
    expect(responses).toEqual([{ id: '1', name: 'weather', response: { output: 'JENA 1.0' } }]);
  });

  it('is not run with arguments that do not fit, and the model is told where', async () => {
    const run = vi.fn();
    const { subject, responses } = runner({ ...weather, run });
    subject.start([{ id: '1', name: 'weather', args: { city: 7, days: 9 } }]);
    await settle();
    expect(run).not.toHaveBeenCalled();
    expect(responses[0]?.response?.error).toMatch(/^city: .*string.*; days: .*7/);
  });

  it('is declared by the JSON Schema that the library tells, or by the one given', () => {
    const jsonSchema = { input: () => ({ type: 'object' }) };
    const telling = { ...weather, input: { '~standard': { ...input['~standard'], jsonSchema } } };
    const declared = (tool: AnyLiveTool) => withTools({}, [tool]).tools?.[0]?.functionDeclarations?.[0];
    expect(declared(telling)?.parametersJsonSchema).toEqual({ type: 'object' });
    const parameters = { type: 'OBJECT' } as const;
    expect(declared({ ...telling, parameters })).toEqual({ name: 'weather', description: 'The weather.', parameters });
    expect(declared(weather)).toEqual({ name: 'weather', description: 'The weather.' });
  });
});

describe('ToolRunner', () => {
  it('tells the model when a tool takes too long, and stops it', async () => {
    vi.useFakeTimers();
    let signal: AbortSignal | undefined;
    const { subject, responses } = runner({
      ...add,
      timeoutMs: 2_000,
      run: (_, context) => {
        signal = context.signal;
        return new Promise(() => {});
      },
    });
    subject.start([{ id: '1', name: 'add', args: {} }]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(responses).toEqual([
      { id: '1', name: 'add', response: { error: 'The tool did not answer within 2000 ms.' } },
    ]);
    expect(signal?.aborted).toBe(true);
    subject.start([{ id: '2', name: 'add', args: {} }]);
    subject.cancelAll();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('takes tools and lets them go while it runs', async () => {
    const { subject, responses } = runner(add);
    let signal: AbortSignal | undefined;
    const late = {
      ...add,
      name: 'late',
      run: (_: unknown, context: { signal: AbortSignal }) => {
        signal = context.signal;
        return new Promise(() => {});
      },
    };
    const remove = subject.register(late);
    expect(() => subject.register(late)).toThrow(/tool named "late"/);
    expect(subject.tools.map(({ name }) => name)).toEqual(['add', 'late']);
    subject.start([{ id: '1', name: 'late', args: {} }]);
    remove();
    remove();
    expect(signal?.aborted).toBe(true);
    subject.start([{ id: '2', name: 'late', args: {} }]);
    await settle();
    expect(responses).toEqual([]);
    subject.register(late);
  });

  it('answers a call with the object that the tool returns', async () => {
    const { subject, responses } = runner(add);
    subject.start([{ id: '1', name: 'add', args: { a: 1, b: 2 } }]);
    await settle();
    expect(responses).toEqual([{ id: '1', name: 'add', response: { sum: 3 } }]);
  });

  it('puts under a name what is no object, and tells the model what was thrown', async () => {
    const { subject, responses } = runner(
      { ...add, name: 'text', run: () => 'plain' },
      { ...add, name: 'nothing', run: () => undefined },
      { ...add, name: 'broken', run: () => Promise.reject(new Error('No such file.')) },
    );
    for (const name of ['text', 'nothing', 'broken']) subject.start([{ id: name, name, args: {} }]);
    await settle();
    expect(responses.map(({ response }) => response)).toEqual([
      { output: 'plain' },
      { output: null },
      { error: 'No such file.' },
    ]);
  });

  const circle: { self?: unknown } = {};
  circle.self = circle;
  it.each<[string, unknown]>([
    ['a bigint', 1n],
    ['an object with a bigint', { rows: [1n] }],
    ['a circle', circle],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['what becomes no JSON', { toJSON: () => undefined }],
  ])('answers with an error that names the tool and the remedy when it returns %s', async (_what, result) => {
    const { subject, responses } = runner({ ...add, run: () => result });
    subject.start([{ id: '1', name: 'add', args: {} }]);
    await settle();
    const error = expect.stringMatching(/^The tool "add" returned what JSON cannot carry; return plain objects/);
    expect(responses).toEqual([{ id: '1', name: 'add', response: { error } }]);
  });

  it('answers with what JSON makes of the result, as it was when it was returned', async () => {
    const list: unknown[] = [new Date(0)];
    const { subject, responses } = runner(
      { ...add, name: 'date', run: () => new Date(0) },
      { ...add, name: 'object', run: () => ({ list, left: undefined }) },
    );
    for (const name of ['date', 'object']) subject.start([{ id: name, name, args: {} }]);
    await settle();
    list.push('later');
    expect(responses.map(({ response }) => response)).toEqual([
      { output: '1970-01-01T00:00:00.000Z' },
      { list: ['1970-01-01T00:00:00.000Z'] },
    ]);
  });

  it('answers also when what was thrown has no text', async () => {
    const { subject, responses } = runner({ ...add, run: () => Promise.reject(Object.create(null)) });
    subject.start([{ id: '1', name: 'add', args: {} }]);
    await settle();
    expect(responses).toMatchObject([{ response: { error: expect.stringMatching(/without a text/) } }]);
  });

  it('runs each call once, and leaves calls of other tools alone', async () => {
    const run = vi.fn(() => new Promise(() => {}));
    const { subject, responses } = runner({ ...add, run });
    subject.start([{ id: '1', name: 'add', args: {} }]);
    subject.start([
      { id: '1', name: 'add', args: {} },
      { id: '2', name: 'other', args: {} },
    ]);
    await settle();
    expect(run).toHaveBeenCalledTimes(1);
    expect(responses).toEqual([]);
  });

  it('tells a running tool that it was cancelled and keeps its answer', async () => {
    let signal: AbortSignal | undefined;
    let finish = (_: object) => {};
    const { subject, responses } = runner({
      ...add,
      run: (_, context) => {
        signal = context.signal;
        return new Promise<object>((resolve) => (finish = resolve));
      },
    });
    subject.start([{ id: '1', name: 'add', args: {} }]);
    subject.cancel(['1', 'unknown']);
    expect(signal?.aborted).toBe(true);
    finish({ late: true });
    await settle();
    expect(responses).toEqual([]);
  });
});
