import { type AnyRoomTool, defineRoomTool, ToolError } from '@colloquy/room-core';
import { z } from 'zod';

/** Notes of all rooms, by room. */
export type Notes = Map<string, string[]>;

/** What the model may do in a room of this application. */
export function createTools(notes: Notes): readonly AnyRoomTool[] {
  return [
    // Runs in the server. Its arguments are checked and typed by the schema, which the model is told, too.
    defineRoomTool({
      name: 'add_note',
      description: 'Keeps a note for everybody in the room.',
      input: z.object({ text: z.string().min(1).max(500).describe('The note, in one sentence.') }),
      run: ({ text }, { room, requestedBy }) => {
        const kept = notes.get(room.id) ?? [];
        if (kept.length >= 100) throw new ToolError('There are 100 notes already. Ask whether some can go.');
        kept.push(requestedBy[0] ? `${text} (${requestedBy[0].name})` : text);
        notes.set(room.id, kept);
        return { notes: kept.length };
      },
    }),
    // Runs in the browser of whoever asked; the page registers it under this name.
    {
      name: 'show_slide',
      description: 'Shows a slide to whoever asked for it.',
      input: z.object({ number: z.int().min(1).max(3).describe('The number of the slide.') }),
      runsIn: 'requester',
      idempotent: true,
    },
    // Runs when a host has allowed it.
    defineRoomTool({
      name: 'clear_notes',
      description: 'Removes all notes of the room.',
      approval: { by: 'host' },
      run: (_, { room }) => ({ removed: notes.delete(room.id) }),
    }),
  ];
}
