// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from '../src/room/outbox.ts';
import { TabIdentity } from '../src/room/tab-identity.ts';

const identities: TabIdentity[] = [];

beforeEach(() => sessionStorage.clear());
afterEach(() => {
  for (const identity of identities.splice(0)) identity.release();
});

function tab(url = 'wss://host/rooms/a', chosenId?: string) {
  const outbox = new Outbox();
  const identity = new TabIdentity(outbox, chosenId);
  identities.push(identity);
  identity.take(url);
  return { outbox, identity };
}

describe('TabIdentity', () => {
  it('survives a reload with everything that was not stored yet', () => {
    const before = tab('wss://host/rooms/a?ticket=secret');
    before.outbox.add('waiting', true, 5);
    window.dispatchEvent(new Event('pagehide'));
    expect(JSON.stringify({ ...sessionStorage })).not.toContain('secret');
    const after = tab('wss://host/rooms/a?ticket=other');
    expect(after.outbox.clientId).toBe(before.outbox.clientId);
    expect(after.outbox.waiting).toMatchObject([{ text: 'waiting', toModel: true, ts: 5 }]);
  });

  it('is not in the storage while a page uses it, so that a duplicated tab is another client', () => {
    const first = tab();
    expect(sessionStorage.length).toBe(0);
    expect(tab().outbox.clientId).not.toBe(first.outbox.clientId);
    first.identity.release();
    expect(tab().outbox.clientId).toBe(first.outbox.clientId);
  });

  it('takes its record back when a frozen page goes on', () => {
    const first = tab();
    window.dispatchEvent(new Event('pagehide'));
    expect(sessionStorage.length).toBe(1);
    window.dispatchEvent(new Event('pageshow'));
    expect(sessionStorage.length).toBe(0);
    first.identity.release();
    window.dispatchEvent(new Event('pageshow'));
    expect(sessionStorage.length).toBe(1);
  });

  it('is another one in another room, and the chosen one if one was chosen', () => {
    const first = tab();
    first.identity.release();
    expect(tab('wss://host/rooms/b').outbox.clientId).not.toBe(first.outbox.clientId);
    expect(tab('wss://host/rooms/a', 'mine').outbox.clientId).toBe('mine');
  });

  it('begins anew when the storage holds nonsense', () => {
    for (const nonsense of ['{', 'null', '{"clientId":5}', '{"clientId":"x","next":1,"waiting":[{"text":1}]}']) {
      sessionStorage.setItem('colloquy.room-client:wss://host/rooms/a', nonsense);
      const { outbox } = tab();
      expect(outbox.clientId).toMatch(/^[0-9a-fx]+$/);
      expect(outbox.waiting).toEqual([]);
    }
  });
});
