import type { AppTopic } from '@colloquy/room-core';
import * as v from 'valibot';
import { CARD_KINDS, MAX_CARD_TEXT, RELATIONS } from '../src/board/board.ts';

const cardId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"'));
const kind = v.picklist(CARD_KINDS);
const text = v.pipe(v.string(), v.trim(), v.minLength(1, 'must not be empty'), v.maxLength(MAX_CARD_TEXT));
const actor = v.object({
  participantId: v.pipe(v.string(), v.maxLength(128)),
  name: v.pipe(v.string(), v.maxLength(200)),
});
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const change = v.variant('op', [
  v.object({
    op: v.literal('add'),
    cardId,
    kind,
    text,
    saidBy: v.pipe(v.array(actor), v.maxLength(8)),
    source: v.nullable(seq),
  }),
  v.object({
    op: v.literal('edit'),
    cardId,
    kind: v.optional(kind),
    text: v.optional(text),
    isDone: v.optional(v.boolean()),
  }),
  v.object({ op: v.literal('remove'), cardId }),
  v.object({ op: v.literal('link'), from: cardId, to: cardId, relation: v.picklist(RELATIONS) }),
  v.object({ op: v.literal('unlink'), from: cardId, to: cardId }),
  v.object({ op: v.literal('clear') }),
]);

/** What may be published of the board, by hosts and speakers. */
export const boardTopic: AppTopic = { input: change };
