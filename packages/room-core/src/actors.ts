import { type EntryActor, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';

/** The room itself as the author of entries. */
export const roomActor: EntryActor = { participantId: ROOM_PARTICIPANT_ID, name: 'Room' };
