import { type EntryActor, MODEL_PARTICIPANT_ID } from '@colloquy/live-protocol';

/** Names of who spoke, such as `Ana`, `You and Ben` or `Someone`. */
export function describeSpeakers(speakers: readonly EntryActor[], selfId: string | null): string {
  const names = speakers.map(({ participantId, name }) => (participantId === selfId ? 'You' : name));
  if (names.length === 0) return 'Someone';
  const last = names.at(-1) ?? '';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Whether it is the model that spoke. */
export function isModel(speakers: readonly EntryActor[]): boolean {
  return speakers.some(({ participantId }) => participantId === MODEL_PARTICIPANT_ID);
}
