import type { NewRoom } from '../api/rooms.ts';

/** What somebody filled in for a new room. */
export interface NewRoomForm {
  readonly name: string;
  readonly instructions: string;
  /** Empty for the model's own choice. */
  readonly voice: string;
}

/** The room to ask the server for, or what is missing, in words for people. */
export function toNewRoom(form: NewRoomForm): { readonly room: NewRoom } | { readonly problem: string } {
  const name = form.name.trim().replace(/\s+/gu, ' ');
  if (name === '') return { problem: 'Give the room a name, so that others find it.' };
  const instructions = form.instructions.trim();
  return {
    room: {
      name,
      configuration: {
        ...(instructions === '' ? {} : { instructions }),
        ...(form.voice === '' ? {} : { voice: form.voice }),
      },
    },
  };
}
