import {
  type AppData,
  type EntryActor,
  type LogEntryOf,
  MODEL_PARTICIPANT_ID,
  type RoomInfo,
} from '@colloquy/live-protocol';
import {
  type AnyRoomTool,
  defineRoomTool,
  type RoomManager,
  type RoomToolContext,
  ToolError,
} from '@colloquy/room-core';
import * as v from 'valibot';
import {
  BOARD_TOPIC,
  type Board,
  type BoardChange,
  CARD_KINDS,
  foldBoard,
  MAX_CARD_TEXT,
  RELATIONS,
} from '../src/board/board.ts';

/** What the tools need of the rooms. */
export type BoardRooms = Pick<RoomManager, 'publish' | 'appEntries' | 'history' | 'sessions'>;

/** Entries that are looked through for where something was said. */
const RECENT = 40;

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_CARD_TEXT));
const kindSchema = { type: 'string', enum: [...CARD_KINDS] } as const;
const idSchema = { type: 'string', description: 'Id of a card, as add_board_note or list_cards gave it.' } as const;

/**
 * What the model may do with the board of a room. `rooms` is asked when a tool runs: the manager is made with its tools.
 *
 * @param name - what the model is called on cards that it adds.
 */
export function boardTools(rooms: () => BoardRooms, name: string): readonly AnyRoomTool[] {
  const by: EntryActor = { participantId: MODEL_PARTICIPANT_ID, name };
  const publish = (room: RoomInfo, change: BoardChange) =>
    rooms().publish(room.id, { topic: BOARD_TOPIC, data: change as unknown as AppData, by });
  const find = async (room: RoomInfo, cardId: string) => {
    const card = (await readBoard(rooms(), room.id)).cards.find((one) => one.cardId === cardId);
    if (card) return card;
    throw new ToolError(`There is no card ${JSON.stringify(cardId.slice(0, 64))}; list_cards tells which there are.`);
  };

  const addNote = defineRoomTool({
    name: 'add_board_note',
    description: [
      'Puts a card on the board that everybody in the room sees. Use it, without being asked, whenever somebody makes a',
      'claim, asks a question that stays open, gives evidence, or when something is decided or is to be done. One thought a',
      'card, in one short sentence, in the language of the conversation.',
    ].join(' '),
    input: v.object({ kind: v.picklist(CARD_KINDS), text, said_by: v.optional(v.string()) }),
    parametersJsonSchema: {
      type: 'object',
      properties: {
        kind: kindSchema,
        text: { type: 'string', description: `The thought, at most ${MAX_CARD_TEXT} characters.` },
        said_by: { type: 'string', description: 'Name of the person who said it, if it is not who spoke last.' },
      },
      required: ['kind', 'text'],
    },
    run: async ({ kind, text, said_by }, context) => {
      const saidBy = speakersOf(rooms(), context, said_by);
      const source = await sourceOf(rooms(), context.room.id, saidBy);
      const cardId = crypto.randomUUID();
      await publish(context.room, { op: 'add', cardId, kind, text, saidBy, source });
      return { card: cardId, output: `The ${kind} is on the board.` };
    },
  });

  const linkCards = defineRoomTool({
    name: 'link_cards',
    description: 'Draws an arrow on the board from one card to another: what the first one is to the second one.',
    input: v.object({ from: v.string(), to: v.string(), relation: v.picklist(RELATIONS) }),
    parametersJsonSchema: {
      type: 'object',
      properties: { from: idSchema, to: idSchema, relation: { type: 'string', enum: [...RELATIONS] } },
      required: ['from', 'to', 'relation'],
    },
    run: async ({ from, to, relation }, { room }) => {
      const cards = [await find(room, from), await find(room, to)];
      if (from === to) throw new ToolError('A card cannot be linked to itself; give two cards.');
      await publish(room, { op: 'link', from, to, relation });
      return { output: `The cards are linked: "${cards[0]?.text}" ${relation} "${cards[1]?.text}".` };
    },
  });

  const changeCard = defineRoomTool({
    name: 'change_card',
    description: 'Changes the words or the kind of a card, or marks a question as answered or an action as done.',
    input: v.object({
      card: v.string(),
      text: v.optional(text),
      kind: v.optional(v.picklist(CARD_KINDS)),
      done: v.optional(v.boolean()),
    }),
    parametersJsonSchema: {
      type: 'object',
      properties: { card: idSchema, text: { type: 'string' }, kind: kindSchema, done: { type: 'boolean' } },
      required: ['card'],
    },
    run: async ({ card, text, kind, done }, { room }) => {
      await find(room, card);
      const edit = {
        ...(text !== undefined && { text }),
        ...(kind && { kind }),
        ...(done !== undefined && { isDone: done }),
      };
      await publish(room, { op: 'edit', cardId: card, ...edit });
      return { output: 'The card is changed.' };
    },
  });

  const listCards = defineRoomTool({
    name: 'list_cards',
    description: 'Tells what is on the board: every card with its id, and the arrows between them.',
    run: async (_, { room }) => {
      const { cards, links } = await readBoard(rooms(), room.id);
      return {
        cards: cards.map(({ cardId, kind, text, saidBy, isDone }) => {
          return { card: cardId, kind, text, said_by: saidBy.map((one) => one.name).join(', '), done: isDone };
        }),
        links,
      };
    },
  });

  const clearBoard = defineRoomTool({
    name: 'clear_board',
    description: 'Takes every card off the board. Only when people ask for it; a host has to agree.',
    approval: { by: 'host' },
    run: async (_, { room }) => {
      await publish(room, { op: 'clear' });
      return { output: 'The board is empty.' };
    },
  });

  return [addNote, linkCards, changeCard, listCards, clearBoard];
}

/** The board of a room as it is now. */
export async function readBoard(rooms: Pick<BoardRooms, 'appEntries'>, roomId: string): Promise<Board> {
  const entries: LogEntryOf<'app'>[] = [];
  for (let after = 0, hasMore = true; hasMore; ) {
    const page = await rooms.appEntries(roomId, { topic: BOARD_TOPIC, after });
    entries.push(...page.entries);
    after = page.readUpTo;
    hasMore = page.hasMore;
  }
  return foldBoard(entries);
}

/** Whose thought it is: whom the model names, if they are here; else whose words made it call. */
function speakersOf(rooms: BoardRooms, context: RoomToolContext, named: string | undefined): readonly EntryActor[] {
  const wanted = named?.trim().toLocaleLowerCase();
  if (wanted) {
    const people = rooms.sessions().find(({ roomId }) => roomId === context.room.id)?.people ?? [];
    const found = people.find((person) => person.name.toLocaleLowerCase() === wanted);
    if (found) return [{ participantId: found.participantId, name: found.name }];
  }
  return context.requestedBy.slice(0, 8);
}

/** The newest entry in which one of them said or wrote something; `null` when there is none lately. */
async function sourceOf(rooms: BoardRooms, roomId: string, who: readonly EntryActor[]): Promise<number | null> {
  const ids = new Set(who.map(({ participantId }) => participantId));
  const { entries } = await rooms.history(roomId, { limit: RECENT });
  const found = entries.findLast((entry) => {
    if (entry.kind === 'msg.text') return ids.has(entry.actor.participantId);
    return entry.kind === 'speech.final' && entry.body.speakers.some(({ participantId }) => ids.has(participantId));
  });
  return found?.seq ?? null;
}
