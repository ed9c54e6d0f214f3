import { describe, expect, it } from 'vitest';
import { Transcript } from './transcript.ts';

function transcript(capacity = 100) {
  let now = 0;
  return new Transcript({ capacity, now: () => ++now });
}

const piece = (text: string, finished = false) => ({ text, finished });
const lines = ({ items }: Transcript) => items.map(({ speaker, text, state }) => `${speaker}: ${text} (${state})`);

describe('Transcript', () => {
  it('joins pieces as they come and ends them with the turn', () => {
    const subject = transcript();
    for (const text of [' Hello', ',', ' there']) subject.heard(piece(text));
    subject.end('user');
    for (const text of ['Good', ' day', '.']) subject.said(piece(text));
    expect(lines(subject)).toEqual(['user: Hello, there (final)', 'model: Good day. (growing)']);
    subject.end('model');
    subject.said(piece('Next'));
    expect(lines(subject).slice(1)).toEqual(['model: Good day. (final)', 'model: Next (growing)']);
  });

  it('understands services that send everything so far again', () => {
    const subject = transcript();
    for (const text of ['I think', 'I think we', 'I think we should']) subject.heard(piece(text));
    expect(lines(subject)).toEqual(['user: I think we should (growing)']);
  });

  it('replaces a guess by what was really heard', () => {
    const subject = transcript();
    subject.heard({ text: 'I sink', finished: false, interim: true });
    subject.heard({ text: 'I think so', finished: false, interim: true });
    expect(lines(subject)).toEqual(['user: I think so (growing)']);
    subject.heard(piece('I think not.'));
    expect(lines(subject)).toEqual(['user: I think not. (growing)']);
    subject.end('user');
    subject.heard({ text: 'And', finished: false, interim: true });
    expect(lines(subject).at(-1)).toBe('user: And (growing)');
  });

  it('takes the opening and closing pieces without text that Vertex sends', () => {
    const subject = transcript();
    expect(subject.said(piece(''))).toBeNull();
    subject.said(piece('Yes'));
    expect(subject.said(piece('', true))).toMatchObject({ text: 'Yes', state: 'final' });
    expect(subject.said(piece('', true))).toBeNull();
    expect(lines(subject)).toEqual(['model: Yes (final)']);
  });

  it('lets both sides grow at the same time', () => {
    const subject = transcript();
    subject.said(piece('As I was say'));
    subject.heard(piece('Stop'));
    subject.said(piece('ing'));
    const { id } = subject.items[0] ?? { id: '' };
    expect(subject.cut(id, (text) => text.slice(0, 4))).toMatchObject({ state: 'interrupted', heardText: 'As I' });
    expect(subject.cut(id, null)).toBeNull();
    subject.heard(piece(' it'));
    expect(lines(subject)).toEqual(['model: As I was saying (interrupted)', 'user: Stop it (growing)']);
  });

  it('keeps ids while items grow, and only so many items', () => {
    const subject = transcript(3);
    const first = subject.typed('one');
    const grown = subject.said(piece('a'))?.id;
    expect(subject.said(piece('b'))?.id).toBe(grown);
    expect(first.id).not.toBe(grown);
    for (const text of ['two', 'three', 'four']) subject.typed(text);
    expect(lines(subject)).toEqual(['user: two (final)', 'user: three (final)', 'user: four (final)']);
    expect(subject.said(piece('c'))).toMatchObject({ text: 'c' });
  });
});
