import type { RoomClientMessage, RoomServerMessage } from '@colloquy/live-protocol';
import { FakeClock } from '@colloquy/room-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { GuestTexts } from './guest-texts.ts';

type Answer = Extract<RoomServerMessage, { readonly type: 'ack' | 'nack' }>;

describe('the outbox of a Gemini client', () => {
  let clock: FakeClock;
  let told: string[];
  let ends: string[];
  let texts: GuestTexts;

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    ends = [];
    texts = new GuestTexts({
      clock,
      clientId: 'c',
      tell: (message: RoomClientMessage) => told.push(message.type === 'pub' ? message.cid : message.type),
      onRefused: (why) => ends.push(`refused: ${why}`),
      onLost: (why) => ends.push(`lost: ${why}`),
    });
  });

  const ack = (cid: string): void => texts.answered({ type: 'ack', cid, seq: 1, epoch: 1 } as Answer);
  const nack = (cid: string, retryable: boolean): void =>
    texts.answered({ type: 'nack', cid, code: 'ERR_TOO_FAST', message: 'slower', retryable });

  it('tells again what was refused for now, in order, and what was said behind it', () => {
    for (const text of ['one', 'two', 'three']) texts.say(text, false);
    ack('c:1');
    nack('c:2', true);
    nack('c:3', true);
    texts.say('four', false);
    expect(told).toEqual(['c:1', 'c:2', 'c:3']);
    clock.advance(1_000);
    expect(told.slice(3)).toEqual(['c:2', 'c:3', 'c:4']);
    for (const cid of ['c:2', 'c:3', 'c:4']) ack(cid);
    clock.advance(10_000);
    expect(told).toHaveLength(6);
    expect(ends).toEqual([]);
  });

  it('tells that one was refused for good, and goes on', () => {
    texts.say('one', false);
    nack('c:1', false);
    texts.say('two', false);
    expect(ends).toEqual(['refused: slower']);
    expect(told).toEqual(['c:1', 'c:2']);
  });

  it('gives up after 30 s in which nothing was stored', () => {
    texts.say('one', false);
    nack('c:1', true);
    for (let n = 0; n < 40 && ends.length === 0; n += 1) {
      clock.advance(1_000);
      nack('c:1', true);
    }
    expect(told).toHaveLength(31);
    expect(ends).toEqual(['lost: slower']);
  });

  it('keeps 64 texts at most', () => {
    for (let n = 0; n < 64; n += 1) texts.say(`${n}`, false);
    expect(ends).toEqual([]);
    texts.say('one more', false);
    expect(ends).toEqual(['lost: 64 texts wait to be stored; write less at once, and connect again.']);
  });

  it('leaves no timer when it is disposed', () => {
    texts.say('one', false);
    nack('c:1', true);
    texts.dispose();
    clock.advance(60_000);
    expect(told).toEqual(['c:1']);
  });
});
