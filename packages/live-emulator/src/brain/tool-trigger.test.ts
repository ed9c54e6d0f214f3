import { describe, expect, it } from 'vitest';
import type { BrainTool } from './brain.ts';
import { describeToolResult } from './describe-result.ts';
import { triggeredCall } from './tool-trigger.ts';

const tool = (
  name: string,
  properties: Record<string, unknown> = {},
  required = Object.keys(properties),
): BrainTool => ({
  name,
  description: '',
  parameters: { type: 'OBJECT', properties, required },
  blocking: true,
});
const text = { type: 'STRING' };
const board = tool('file_card', {
  kind: { type: 'string', enum: ['claim', 'question', 'evidence', 'decision', 'action'] },
  text,
  speaker: text,
});
const call = (statement: string, tools: BrainTool[], speakers = ['Ana']): unknown =>
  triggeredCall({ text: statement, speakers }, tools);

describe('a function is called', () => {
  it('when it is named, in any spelling', () => {
    const tools = [tool('look_up_order')];
    for (const said of ['look up order 7', 'Please use look_up_order.', 'Can you look up my order?']) {
      expect(call(said, tools)).toMatchObject({ name: 'look_up_order' });
    }
    expect(call('I like that.', tools)).toBeNull();
  });

  it('when what it is about comes up', () => {
    expect(call('Please make a note that we meet on Tuesday.', [tool('add_note', { text })])).toEqual({
      name: 'add_note',
      args: { text: 'we meet on Tuesday.' },
    });
    expect(call('What is the weather in New York?', [tool('getWeather', { city: text })])).toEqual({
      name: 'getWeather',
      args: { city: 'New York' },
    });
  });

  it('when a label says of which kind a statement is', () => {
    expect(call('Decision: we open on Sunday', [board])).toEqual({
      name: 'file_card',
      args: { kind: 'decision', text: 'we open on Sunday', speaker: 'Ana' },
    });
    expect(call('So we agreed that we open on Sunday.', [board], ['Ana', 'Ben'])).toEqual({
      name: 'file_card',
      args: { kind: 'decision', text: 'we open on Sunday.', speaker: 'Ana, Ben' },
    });
    expect(call('Claim: it is loud', [tool('add_claim', { text })])).toMatchObject({ name: 'add_claim' });
    expect(call('Recipe: two eggs', [board])).toBeNull();
  });
});

describe('arguments', () => {
  it('come from patterns, numbers and places, inside their limits', () => {
    const order = tool('lookup_order', {
      order_id: { type: 'STRING', pattern: '^[A-Z]{2}[0-9]{4}$' },
      count: { type: 'INTEGER', minimum: 1, maximum: 5 },
    });
    expect(call('Look up order AB1234, all 30 items', [order])).toEqual({
      name: 'lookup_order',
      args: { order_id: 'AB1234', count: 5 },
    });
  });

  it('fill everything that is required, whatever was said', () => {
    const deep = tool('make_plan', {
      flag: { type: 'boolean' },
      list: { type: 'array', items: { type: 'string' } },
      inner: { type: 'object', properties: { size: { type: 'number' }, free: {} }, required: ['size', 'free'] },
      nullable: { type: ['null', 'integer'], minimum: 3 },
    });
    expect(call('Make a plan for it', [deep])).toEqual({
      name: 'make_plan',
      args: {
        flag: true,
        list: ['Make a plan for it'],
        inner: { size: 1, free: 'Make a plan for it' },
        nullable: 3,
      },
    });
  });

  it('leave out what is optional and was not said', () => {
    const weather = tool('get_weather', { city: text, days: { type: 'INTEGER' } }, []);
    expect(call('How is the weather?', [weather])).toEqual({ name: 'get_weather', args: {} });
  });

  it('survive patterns that are none, or that would never end', () => {
    for (const pattern of ['(', '^(a+)+$', '(?<x>'.repeat(30)]) {
      const strange = tool('add_note', { text: { type: 'STRING', pattern } });
      expect(call(`note ${'a'.repeat(39)}!`, [strange])).toMatchObject({ name: 'add_note' });
    }
  });

  it('end somewhere in a schema that holds itself', () => {
    const node: Record<string, unknown> = { type: 'object', required: ['child', 'list'] };
    node.properties = { child: node, list: { type: 'array', items: node } };
    expect(call('Grow a tree', [tool('grow_tree', { child: node })])).toMatchObject({ name: 'grow_tree' });
  });
});

describe('results', () => {
  it.each([
    [{ output: 'It was shipped.' }, 'Done. Lookup order says: It was shipped.'],
    [{ result: { state: 'shipped', days: 2 } }, 'Done. Lookup order says: state shipped, days 2.'],
    [{ items: ['a', 'b'] }, 'Done. Lookup order says: items a, b.'],
    [{ error: 'not found' }, 'I am sorry, lookup order did not work: not found.'],
    [{}, 'Done: lookup order has finished.'],
    [{ output: null }, 'Done: lookup order has finished.'],
  ])('%j are said as a sentence', (response, sentence) => {
    expect(describeToolResult('lookup_order', response)).toBe(sentence);
  });

  it('are not read out without end', () => {
    expect(describeToolResult('x', { output: 'word '.repeat(1_000) }).length).toBeLessThan(300);
  });
});
