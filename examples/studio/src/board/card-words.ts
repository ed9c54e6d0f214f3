import { MODEL_PARTICIPANT_ID } from '@colloquy/live-protocol';
import type { Card } from './board.ts';

/** Whose thought it is, and who wrote it down if that is somebody else. */
export function attribution({ saidBy, addedBy }: Card): string {
  const who = saidBy.map(({ name }) => name).join(' and ');
  if (who === '') return addedBy.name;
  const isOwn = saidBy.some(({ participantId }) => participantId === addedBy.participantId);
  return isOwn
    ? who
    : `${who}, ${addedBy.participantId === MODEL_PARTICIPANT_ID ? 'filed' : 'added'} by ${addedBy.name}`;
}
