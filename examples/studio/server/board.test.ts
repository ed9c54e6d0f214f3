import { memoryEngine, RoomManager, type ServerTool, type ToolResult } from '@colloquy/room-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boardTopic } from './board-schema.ts';
import { boardTools, readBoard } from './board-tools.ts';

const ana = { participantId: 'ana', name: 'Ana' };
let rooms: RoomManager;
let roomId = '';

beforeEach(async () => {
  rooms = new RoomManager({ engine: memoryEngine(), model: null, topics: { board: boardTopic } });
  roomId = (await rooms.create({ name: 'Panel' })).id;
});
afterEach(() => rooms.shutdown());

async function call(name: string, args: Record<string, unknown>): Promise<ToolResult> {
  const tool = boardTools(() => rooms, 'Gemini').find((one) => one.name === name) as ServerTool;
  const room = await rooms.get(roomId);
  // No tool of the board answers several times.
  return (await tool.run(args, {
    room,
    requestedBy: [ana],
    callId: 'c',
    signal: new AbortController().signal,
  })) as ToolResult;
}

const board = () => readBoard(rooms, roomId);

describe('the tools of the board', () => {
  it('file a thought in the name of who had it', async () => {
    await call('add_board_note', { kind: 'claim', text: 'It is loud' });
    expect((await board()).cards).toMatchObject([
      {
        kind: 'claim',
        text: 'It is loud',
        saidBy: [ana],
        addedBy: { participantId: 'model', name: 'Gemini' },
        source: null,
      },
    ]);
  });

  it('link and change cards by the ids they gave, and tell the model of ids that there are not', async () => {
    const first = await call('add_board_note', { kind: 'question', text: 'How loud?' });
    const second = await call('add_board_note', { kind: 'evidence', text: '60 dB' });
    await call('link_cards', { from: second.card, to: first.card, relation: 'answers' });
    await call('change_card', { card: first.card, done: true });
    const { cards, links } = await board();
    expect(links).toEqual([{ from: second.card, to: first.card, relation: 'answers' }]);
    expect(cards[0]).toMatchObject({ text: 'How loud?', isDone: true });
    expect(await call('list_cards', {})).toMatchObject({
      cards: [{ card: first.card, done: true }, { kind: 'evidence' }],
    });
    await expect(call('change_card', { card: 'nonsense', done: true })).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringContaining('list_cards'),
    });
  });

  it('clear the board only after a host agreed', async () => {
    await call('add_board_note', { kind: 'claim', text: 'x' });
    const clear = boardTools(() => rooms, 'Gemini').find(({ name }) => name === 'clear_board');
    expect(clear?.approval).toEqual({ by: 'host' });
    await call('clear_board', {});
    expect((await board()).cards).toEqual([]);
  });
});

describe('what is published of the board', () => {
  const publish = (data: Record<string, unknown>) => rooms.publish(roomId, { topic: 'board', data, by: ana });

  it('is one of its changes, with nothing else in it', async () => {
    await publish({ op: 'add', cardId: 'a', kind: 'claim', text: '  x ', saidBy: [ana], source: null, colour: 'red' });
    const { entries } = await rooms.appEntries(roomId, { topic: 'board' });
    expect(entries[0]?.body.data).toEqual({
      op: 'add',
      cardId: 'a',
      kind: 'claim',
      text: 'x',
      saidBy: [ana],
      source: null,
    });
  });

  it.each([
    [{ op: 'paint' }],
    [{ op: 'add', cardId: 'a', kind: 'joke', text: 'x', saidBy: [], source: null }],
    [{ op: 'add', cardId: 'a b', kind: 'claim', text: 'x', saidBy: [], source: null }],
    [{ op: 'add', cardId: 'a', kind: 'claim', text: ' ', saidBy: [], source: null }],
    [{ op: 'edit', cardId: 'a', text: 'x'.repeat(601) }],
  ])('is refused when it is none: %j', async (data) => {
    await expect(publish(data)).rejects.toMatchObject({ code: 'ERR_ROOM_INPUT' });
  });
});
