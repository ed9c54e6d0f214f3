import { startEmulator } from '@colloquy/live-emulator';
import { endpoint } from '@colloquy/live-proxy';
import { geminiModel } from '@colloquy/live-proxy/rooms';
import { memoryEngine } from '@colloquy/room-core';

const emulator = await startEmulator();
const model = geminiModel({ upstream: endpoint({ url: emulator.url }) });
const engine = memoryEngine();
const notes = { add: async (roomId: string, text: string, by?: string) => `${roomId}-${text.length}-${by ?? ''}` };

// #region server
import { defineRoomTool, RoomManager, ToolError } from '@colloquy/room-core';
import { z } from 'zod';

const addNote = defineRoomTool({
  name: 'add_note',
  description: 'Keeps a note for everybody in the room.',
  input: z.object({ text: z.string().max(500) }),
  run: async ({ text }, { room, requestedBy, signal }) => {
    if (text.trim() === '') throw new ToolError('A note needs a text.'); // the model is told
    signal.throwIfAborted(); // nobody wants the answer any more
    return { noteId: await notes.add(room.id, text, requestedBy[0]?.name) };
  },
});
const rooms = new RoomManager({ engine, model, tools: [addNote] });
// #endregion
await rooms.shutdown();
// #region client
const withSlides = new RoomManager({
  engine: memoryEngine(),
  model,
  tools: [
    addNote,
    {
      name: 'show_slide',
      description: 'Shows a slide to whoever asked.',
      parametersJsonSchema: { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] },
      runsIn: 'requester',
      idempotent: true,
    },
  ],
});
// #endregion
await withSlides.shutdown();
// #region approval
const careful = new RoomManager({
  engine: memoryEngine(),
  model,
  tools: [{ ...addNote, approval: { by: 'host', timeoutMs: 30_000 } }],
});
// #endregion
await careful.shutdown();
await emulator.close();
