import { describe, expect, it } from 'vitest';
import { entry } from '../../test/room-fixtures.ts';
import { Outbox } from './outbox.ts';

function outbox(record: Partial<Parameters<Outbox['identify']>[0]> = {}) {
  const subject = new Outbox();
  subject.identify({ clientId: 'tab', next: 1, waiting: [], ...record });
  return subject;
}

const gap = { code: 'ERR_CID_GAP', message: '', retryable: true };
const refusal = { code: 'too-long', message: 'Too long.', retryable: false };

describe('Outbox', () => {
  it('numbers texts from 1 and has one under way at a time', () => {
    const box = outbox();
    box.add('a', true, 1);
    box.add('b', false, 2);
    expect(box.toSend()).toEqual({ type: 'pub', cid: 'tab:1', kind: 'msg.text', body: { text: 'a', toModel: true } });
    expect(box.toSend()).toBeNull();
    box.stored('tab:1', 10);
    expect(box.toSend()).toMatchObject({ cid: 'tab:2', body: { text: 'b', toModel: false } });
    box.stored('tab:2', 11);
    expect(box.waiting).toEqual([]);
    expect(box.toSend()).toBeNull();
  });

  it('sends nothing before it has an identity, and then what was written before', () => {
    const box = new Outbox();
    box.add('early', true, 1);
    expect(box.toSend()).toBeNull();
    expect(box.toRecord()).toBeNull();
    box.identify({ clientId: 'tab', next: 4, waiting: [{ text: 'kept', toModel: true, ts: 0, n: null }] });
    expect(box.toSend()).toMatchObject({ cid: 'tab:4', body: { text: 'kept' } });
    box.stored('tab:4', 9);
    expect(box.toSend()).toMatchObject({ cid: 'tab:5', body: { text: 'early' } });
  });

  it('sends again under the same number after a break', () => {
    const box = outbox();
    box.add('a', true, 1);
    const first = box.toSend();
    box.reconnected();
    expect(box.toSend()).toEqual(first);
  });

  it('ignores an ack that comes twice, and one for somebody else', () => {
    const box = outbox();
    box.add('a', true, 1);
    box.add('b', true, 1);
    box.toSend();
    box.stored('tab:1', 5);
    box.stored('tab:1', 5);
    box.stored('other:2', 6);
    expect(box.waiting.map(({ text }) => text)).toEqual(['b']);
  });

  it('goes on with the next number after a refusal, which used one up', () => {
    const box = outbox();
    box.add('bad', true, 1);
    box.add('good', true, 2);
    const ids = box.waiting.map(({ id }) => id);
    box.toSend();
    expect(box.refuse('tab:1', refusal, 0)).toBe('go-on');
    expect(box.refused).toEqual([{ id: ids[0], text: 'bad', toModel: true, ts: 1, problem: 'Too long.', afterSeq: 0 }]);
    expect(box.waiting[0]?.id).toBe(ids[1]);
    expect(box.toSend()).toMatchObject({ cid: 'tab:2', body: { text: 'good' } });
    expect(box.refuse('tab:9', refusal, 0)).toBe('none');
  });

  it('steps back into the number of a refused text when the server did not count it', () => {
    const box = outbox();
    for (const text of ['bad', 'worse', 'good']) box.add(text, true, 1);
    box.toSend();
    box.refuse('tab:1', refusal, 0);
    box.toSend();
    box.refuse('tab:2', refusal, 0);
    expect(box.toSend()).toMatchObject({ cid: 'tab:3' });
    expect(box.refuse('tab:3', gap, 0)).toBe('go-on');
    expect(box.toSend()).toMatchObject({ cid: 'tab:2' });
    expect(box.refuse('tab:2', gap, 0)).toBe('go-on');
    expect(box.toSend()).toMatchObject({ cid: 'tab:1', body: { text: 'good' } });
    expect(box.refuse('tab:1', gap, 0)).toBe('identity-lost');
  });

  it('keeps a text that was refused for now', () => {
    const box = outbox();
    box.add('a', true, 1);
    box.toSend();
    expect(box.refuse('tab:1', { code: 'too-fast', message: '', retryable: true }, 0)).toBe('resend-later');
    expect(box.toSend()).toMatchObject({ cid: 'tab:1' });
  });

  it('sends what the server forgot again, in order and under the old numbers, when it reports a gap', () => {
    const box = outbox();
    for (const text of ['a', 'b', 'c']) box.add(text, true, 1);
    box.toSend();
    box.stored('tab:1', 5);
    box.toSend();
    box.stored('tab:2', 6);
    box.toSend();
    // The server knows nothing after 0.
    let last = 0;
    expect(box.refuse('tab:3', gap, 0)).toBe('go-on');
    const stored = [];
    for (let message = box.toSend(); message; message = box.toSend()) {
      const n = Number(message.cid.split(':')[1]);
      if (n === last + 1) {
        last = n;
        stored.push([message.cid, message.body.text]);
        box.stored(message.cid, 10 + n);
      } else expect(box.refuse(message.cid, gap, 0)).toBe('go-on');
    }
    expect(stored).toEqual([
      ['tab:1', 'a'],
      ['tab:2', 'b'],
      ['tab:3', 'c'],
    ]);
  });

  it('asks for a new identity when there is nothing to fill a gap with', () => {
    const box = outbox({ next: 7 });
    box.add('a', true, 1);
    box.toSend();
    expect(box.refuse('tab:7', gap, 0)).toBe('identity-lost');
    box.identify({ clientId: 'new', next: 1, waiting: [] });
    expect(box.toSend()).toMatchObject({ cid: 'new:1', body: { text: 'a' } });
  });

  it('sends texts again whose entries turned out not to be durable', () => {
    const box = outbox();
    for (const text of ['a', 'b', 'c']) box.add(text, true, 1);
    box.toSend();
    box.stored('tab:1', 5);
    box.toSend();
    box.stored('tab:2', 8);
    box.truncated(6);
    expect(box.waiting.map(({ text }) => text)).toEqual(['b', 'c']);
    expect(box.toSend()).toMatchObject({ cid: 'tab:2', body: { text: 'b' } });
  });

  it('keeps numbers apart when texts go out again around one that was refused', () => {
    const box = outbox();
    for (const text of ['a', 'bad', 'b', 'c']) box.add(text, true, 1);
    box.toSend();
    box.stored('tab:1', 5);
    box.toSend();
    box.refuse('tab:2', refusal, 0);
    box.toSend();
    box.stored('tab:3', 6);
    box.truncated(4);
    // The server lost nothing after all: it knows both numbers.
    for (const cid of ['tab:1', 'tab:3']) {
      expect(box.toSend()).toMatchObject({ cid });
      box.stored(cid, 0);
    }
    expect(box.toSend()).toMatchObject({ cid: 'tab:4', body: { text: 'c' } });
    // It lost everything: the refused number is used, and every later text moves down by one.
    box.truncated(-1);
    expect(box.toSend()).toMatchObject({ cid: 'tab:1', body: { text: 'a' } });
    box.stored('tab:1', 1);
    expect(box.toSend()).toMatchObject({ cid: 'tab:3', body: { text: 'b' } });
    expect(box.refuse('tab:3', gap, 0)).toBe('go-on');
    expect(box.toSend()).toMatchObject({ cid: 'tab:2', body: { text: 'b' } });
    box.stored('tab:2', 2);
    expect(box.toSend()).toMatchObject({ cid: 'tab:4', body: { text: 'c' } });
    expect(box.refuse('tab:4', gap, 0)).toBe('go-on');
    expect(box.toSend()).toMatchObject({ cid: 'tab:3', body: { text: 'c' } });
    box.stored('tab:3', 3);
    box.add('d', true, 1);
    expect(box.toSend()).toMatchObject({ cid: 'tab:4', body: { text: 'd' } });
  });

  it('remembers under a new client id what it stored under the old one', () => {
    const box = outbox();
    for (const text of ['a', 'b']) box.add(text, true, 1);
    box.toSend();
    box.stored('tab:1', 5);
    box.identify({ clientId: 'new', next: 1, waiting: [] });
    expect(box.idOf(entry(5, { cid: 'tab:1' }))).not.toBeNull();
    box.toSend();
    expect(box.refuse('new:1', gap, 0)).toBe('identity-lost');
    box.truncated(4);
    expect(box.toSend()).toMatchObject({ cid: 'new:1', body: { text: 'a' } });
    box.stored('new:1', 6);
    expect(box.toSend()).toMatchObject({ cid: 'new:2', body: { text: 'b' } });
  });

  it('keeps the id of a text from writing to the log', () => {
    const box = outbox();
    box.add('a', true, 1);
    const id = box.waiting[0]?.id;
    box.toSend();
    box.stored('tab:1', 5);
    expect(box.idOf(entry(5, { cid: 'tab:1' }))).toBe(id);
    expect(box.idOf(entry(6, { cid: 'tab:2' }))).toBeNull();
    expect(box.idOf(entry(7))).toBeNull();
    expect(box.storedAfter(4)).toHaveLength(1);
    expect(box.storedAfter(5)).toHaveLength(0);
  });

  it('takes up on the next page where it stopped on this one', () => {
    const box = outbox();
    box.add('a', true, 1);
    box.add('b', false, 2);
    box.toSend();
    box.stored('tab:1', 5);
    const record = JSON.parse(JSON.stringify(box.toRecord()));
    expect(record).toEqual({ clientId: 'tab', next: 2, waiting: [{ text: 'b', toModel: false, ts: 2, n: null }] });
    expect(outbox(record).toSend()).toMatchObject({ cid: 'tab:2', body: { text: 'b' } });
  });

  it('takes a hundred texts and not one more', () => {
    const box = outbox();
    for (let i = 0; i < 100; i += 1) box.add(`${i}`, true, i);
    expect(() => box.add('one more', true, 0)).toThrow(expect.objectContaining({ code: 'ERR_OUTBOX_FULL' }));
  });
});
