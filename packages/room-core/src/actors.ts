import type { EntryActor, ROOM_PARTICIPANT_ID } from '@colloquy/live-protocol';

// Written out, so that engines need nothing but types of the wire.
const ROOM_ID: typeof ROOM_PARTICIPANT_ID = 'room';

/** The room itself as the author of entries. */
export const roomActor: EntryActor = { participantId: ROOM_ID, name: 'Room' };
