import { describe, expect, it } from 'vitest';
import type { RoomClientMessage, RoomServerMessage } from './messages.ts';
import { parseRoomClientMessage, parseRoomServerMessage, RoomMessageError } from './parse.ts';

const messages: RoomClientMessage[] = [
  { type: 'hello', v: 1, clientId: 'tab-1_A' },
  { type: 'hello', v: 1, clientId: 'a', resume: { epoch: 0, seq: 12 } },
  { type: 'pub', cid: 'tab-1:1', kind: 'msg.text', body: { text: 'Ahoj 🎤', toModel: true } },
  { type: 'media', media: { microphone: true, camera: false, screen: false } },
  { type: 'hello', v: 1, clientId: 'a', receive: { audio: ['opus'], video: ['vp8'] } },
  { type: 'hello', v: 1, clientId: 'a', receive: {} },
  { type: 'watch', cameras: 'all', screens: [] },
  { type: 'watch', cameras: ['ana', 'ben'], screens: 'all' },
  { type: 'interrupt' },
  { type: 'history', id: 'page-1', before: 100, limit: 500 },
  { type: 'search', id: 's1', query: 'river', before: 5, limit: 20 },
  { type: 'sync', from: 0 },
  { type: 'request', id: 'q1', action: 'setRole', participantId: 'ben', role: 'host' },
  {
    type: 'request',
    id: 'q3',
    action: 'configure',
    version: 3,
    changes: { voice: 'Puck', thinking: { level: 'low' } as never },
  },
  { type: 'request', id: 'q2', action: 'close', reason: 'done for today' },
  { type: 'ping', t: 1.5 },
  { type: 'leave' },
];

describe('parseRoomClientMessage', () => {
  it.each(messages)('takes $type', (message) => {
    expect(parseRoomClientMessage(JSON.stringify(message))).toEqual(message);
  });

  it('drops fields it does not know, at every level', () => {
    const text =
      '{"type":"pub","cid":"a:1","kind":"msg.text","body":{"text":"x","toModel":false,"html":"y"},"role":"host"}';
    expect(parseRoomClientMessage(text)).toEqual({
      type: 'pub',
      cid: 'a:1',
      kind: 'msg.text',
      body: { text: 'x', toModel: false },
    });
  });

  it('leaves out codecs of newer clients', () => {
    const text = '{"type":"hello","v":1,"clientId":"a","receive":{"audio":["lyra","opus"],"video":["av1"]}}';
    expect(parseRoomClientMessage(text)).toMatchObject({ receive: { audio: ['opus'], video: [] } });
  });

  it('cannot reach a prototype', () => {
    const parsed = parseRoomClientMessage('{"type":"leave","__proto__":{"admin":true},"constructor":{}}');
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(parsed).toEqual({ type: 'leave' });
  });

  const wrong: [title: string, text: string, words: string][] = [
    ['no JSON', 'hello', 'must be JSON; this one starts with "hello"'],
    ['an empty frame', '', 'must be JSON'],
    ['null', 'null', 'must be a JSON object; this one is "null"'],
    ['an array', '[]', 'must be a JSON object'],
    ['no type', '{}', 'needs a "type"'],
    ['a type that is no text', '{"type":1}', 'needs a "type"'],
    ['an unknown type', '{"type":"dance"}', '"type" of a "dance" message is wrong'],
    ['hello without a client id', '{"type":"hello","v":1}', '"clientId" of a "hello" message'],
    ['a client id with a colon', '{"type":"hello","v":1,"clientId":"a:b"}', 'must be 1 to 64 letters'],
    ['a client id of 65 characters', `{"type":"hello","v":1,"clientId":"${'a'.repeat(65)}"}`, '"clientId"'],
    ['half a resume point', '{"type":"hello","v":1,"clientId":"a","resume":{"epoch":0}}', '"resume.seq"'],
    ['a codec that is no text', '{"type":"hello","v":1,"clientId":"a","receive":{"audio":[1]}}', '"receive.audio.0"'],
    ['codecs without a list', '{"type":"hello","v":1,"clientId":"a","receive":{"video":"vp8"}}', '"receive.video"'],
    ['a watch of somebody', '{"type":"watch","cameras":"ana","screens":"all"}', 'must be "all" or up to 500'],
    ['a watch without screens', '{"type":"watch","cameras":"all"}', '"screens" of a "watch" message'],
    ['a negative sequence number', '{"type":"sync","from":-1}', '"from" of a "sync" message'],
    ['a fraction', '{"type":"sync","from":1.5}', '"from"'],
    ['a number too large to count with', '{"type":"sync","from":1e300}', '"from"'],
    ['a publication without a number', '{"type":"pub","cid":"a","kind":"msg.text","body":{}}', 'must be "clientId:n"'],
    ['number 0', '{"type":"pub","cid":"a:0","kind":"msg.text","body":{}}', 'must be "clientId:n"'],
    ['an empty text', '{"type":"pub","cid":"a:1","kind":"msg.text","body":{"text":"","toModel":true}}', '"body.text"'],
    ['another kind of entry', '{"type":"pub","cid":"a:1","kind":"room.closed","body":{}}', '"kind"'],
    ['a page of none', '{"type":"history","id":"a","before":1,"limit":0}', '"limit"'],
    ['a page of 501', '{"type":"history","id":"a","before":1,"limit":501}', '"limit"'],
    ['a request without an id', '{"type":"request","action":"close"}', '"id"'],
    ['a request for what nobody knows', '{"type":"request","id":"a","action":"fly"}', '"action" of a "request"'],
    [
      'a role that is none',
      '{"type":"request","id":"a","action":"setRole","participantId":"b","role":"king"}',
      '"role"',
    ],
    ['media without a screen', '{"type":"media","media":{"microphone":true,"camera":true}}', '"media.screen"'],
  ];

  it.each(wrong)('refuses %s, and names it', (_title, text, words) => {
    expect(() => parseRoomClientMessage(text)).toThrow(RoomMessageError);
    expect(() => parseRoomClientMessage(text)).toThrow(words);
  });

  it('says which request was malformed, so that it can be refused', () => {
    const idOf = (text: string) => {
      try {
        parseRoomClientMessage(text);
      } catch (error) {
        return (error as RoomMessageError).requestId;
      }
      return 'none';
    };
    expect(idOf('{"type":"request","id":"q1","action":"fly"}')).toBe('q1');
    expect(idOf('{"type":"request","id":"no id","action":"fly"}')).toBe(null);
    expect(idOf('{"type":"history","id":"q1"}')).toBe(null);
  });

  it.each([
    ['type', JSON.stringify({ type: 'x'.repeat(1_000_000) })],
    ['value', JSON.stringify({ type: 'sync', from: 'x'.repeat(1_000_000) })],
    ['text', 'x'.repeat(1_000_000)],
  ])('does not repeat a hostile %s in its error', (_title, text) => {
    let message = '';
    try {
      parseRoomClientMessage(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toBe('');
    expect(message.length).toBeLessThan(500);
  });

  it('refuses hostile depth without running out of stack', () => {
    const text = `{"type":"ping","t":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(() => parseRoomClientMessage(text)).toThrow(RoomMessageError);
  });
});

describe('parseRoomServerMessage', () => {
  it('hands on every type it knows', () => {
    // One property per type: a type that is added to the wire and not here is an error of the type check.
    const known: Record<RoomServerMessage['type'], true> = {
      waiting: true,
      waitingList: true,
      welcome: true,
      entries: true,
      ack: true,
      nack: true,
      presence: true,
      delta: true,
      model: true,
      floor: true,
      pin: true,
      interrupted: true,
      codecs: true,
      keyFrame: true,
      history: true,
      found: true,
      settings: true,
      doors: true,
      muted: true,
      done: true,
      refused: true,
      toolCall: true,
      toolCancelled: true,
      toolApproval: true,
      toolDecided: true,
      usage: true,
      notice: true,
      pong: true,
      epoch: true,
      recording: true,
      goaway: true,
      error: true,
    };
    for (const type of Object.keys(known)) expect(parseRoomServerMessage(JSON.stringify({ type }))).toEqual({ type });
  });

  it('skips types of newer servers', () => {
    expect(parseRoomServerMessage('{"type":"hologram"}')).toBeNull();
    expect(parseRoomServerMessage('{"type":"constructor"}')).toBeNull();
  });

  it.each(['', 'x', '[]', 'null', '{}', '{"type":null}'])('refuses %j', (text) => {
    expect(() => parseRoomServerMessage(text)).toThrow(RoomMessageError);
  });
});
