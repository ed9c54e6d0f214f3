import type { FunctionResponse } from '@colloquy/live-protocol';
import { describe, expect, it, vi } from 'vitest';
import { settle } from '../../test/scripted-socket.ts';
import { type LiveTool, ToolRunner, withTools } from './live-tool.ts';

const add: LiveTool = {
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'OBJECT', properties: { a: { type: 'NUMBER' }, b: { type: 'NUMBER' } } },
  run: ({ a, b }) => ({ sum: Number(a) + Number(b) }),
};

function runner(...tools: LiveTool[]) {
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

describe('ToolRunner', () => {
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
