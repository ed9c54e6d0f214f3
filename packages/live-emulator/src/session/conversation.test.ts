import { describe, expect, it } from 'vitest';
import { Conversation, sumTokens } from './conversation.ts';

function talk(turns: number): Conversation {
  const conversation = new Conversation();
  for (let turn = 0; turn < turns; turn += 1) {
    conversation.addInput([{ type: 'text', role: 'user', text: 'x'.repeat(400) }]);
    conversation.addAnswer('y'.repeat(40), 4);
  }
  return conversation;
}

describe('a conversation', () => {
  it('costs what its text, audio, pictures and results cost', () => {
    const conversation = new Conversation();
    conversation.addInput([
      { type: 'text', role: 'user', text: '12345678' },
      { type: 'speech', text: 'Hello.', segments: [], seconds: 2 },
      { type: 'picture', mimeType: 'image/jpeg', byteLength: 10 },
      { type: 'toolResult', callId: 'x', name: 'x', response: { a: 1 }, silent: false },
    ]);
    expect(conversation.tokens()).toEqual({ text: 4, audio: 50, picture: 258 });
    expect(conversation.history).toMatchObject([{ role: 'user', text: '12345678\nHello.' }]);
  });

  it('takes a snapshot that later turns do not change', () => {
    const conversation = talk(2);
    const snapshot = conversation.snapshot();
    conversation.addInput([{ type: 'text', role: 'user', text: 'more' }]);
    conversation.beginTurn();
    expect(snapshot.entries).toHaveLength(4);
    expect(new Conversation(snapshot).history).toHaveLength(4);
    expect(new Conversation(snapshot).turns).toBe(0);
  });

  it('drops the oldest turns down to the target, from a turn of the user on', () => {
    const conversation = talk(10);
    const rule = { triggerTokens: 1_000, targetTokens: 500 };
    expect(sumTokens(conversation.tokens())).toBe(2_000);
    conversation.compress(rule, 0);
    expect(sumTokens(conversation.tokens())).toBe(400);
    expect(conversation.history[0]?.role).toBe('user');
    conversation.compress(rule, 0);
    expect(conversation.history).toHaveLength(4);
    conversation.compress(rule, 10_000);
    expect(conversation.history).toHaveLength(0);
  });

  it('remembers nothing of an answer that was not given', () => {
    const conversation = new Conversation();
    conversation.addAnswer('', 0);
    expect(conversation.history).toEqual([]);
  });
});
