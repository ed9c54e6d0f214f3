import { describe, expect, it } from 'vitest';
import { entry } from '../../test/room-fixtures.ts';
import { GrowingMessages } from './growing-messages.ts';

function delta(messageId: string, offset: number, text: string) {
  return { type: 'delta', messageId, kind: 'ai', turn: 1, speakers: [], offset, text } as const;
}

const final = (messageId: string) => entry(1, { kind: 'ai.message', body: { messageId, turn: 1, text: 'all' } });

describe('GrowingMessages', () => {
  it('writes text at its offset and replaces what stood from there on', () => {
    const growing = new GrowingMessages();
    growing.applyDelta(delta('m', 0, 'Hello'), 10);
    growing.applyDelta(delta('m', 5, ' word'), 20);
    growing.applyDelta(delta('m', 6, 'Ana'), 30);
    growing.applyDelta(delta('n', 0, 'other'), 40);
    expect(growing.all).toMatchObject([
      { messageId: 'm', text: 'Hello Ana', ts: 10 },
      { messageId: 'n', text: 'other', ts: 40 },
    ]);
  });

  it('goes on from what was said before this client came, without doubling it', () => {
    const growing = new GrowingMessages();
    growing.replace([{ messageId: 'm', kind: 'ai', turn: 1, speakers: [], text: 'One two' }], 5);
    growing.applyDelta(delta('m', 4, 'two three'), 6);
    expect(growing.all).toMatchObject([{ text: 'One two three', ts: 5 }]);
    growing.replace([], 7);
    expect(growing.all).toEqual([]);
  });

  it('ends with the log entry, and a late delta does not bring a message back', () => {
    const growing = new GrowingMessages();
    growing.applyDelta(delta('m', 0, 'Hello'), 1);
    growing.settle([final('m')]);
    growing.applyDelta(delta('m', 5, ' again'), 2);
    expect(growing.all).toEqual([]);
  });

  it('remembers only so many ended messages', () => {
    const growing = new GrowingMessages();
    for (let i = 0; i < 500; i += 1) growing.settle([final(`m${i}`)]);
    growing.applyDelta(delta('m499', 0, 'late'), 1);
    expect(growing.all).toEqual([]);
    growing.applyDelta(delta('m0', 0, 'very late'), 1);
    expect(growing.all).toHaveLength(1);
  });
});
