import { GeminiLiveAPI, RoomClient } from '@colloquy/live-client';

declare function goTo(slide: unknown): void;
declare function ask(question: string): Promise<boolean>;
const room = new RoomClient({ url: '/rooms/panel' });
await room.connect();
// #region run
const remove = room.registerTool({
  name: 'show_slide',
  run: ({ number }) => {
    goTo(number);
    return { shown: number };
  },
});
// #endregion
// #region approve
const asked = new Set<string>();
room.on('toolApprovalsChanged', async ({ toolApprovals }) => {
  for (const { callId, name, requestedBy } of toolApprovals.filter(({ callId }) => !asked.has(callId))) {
    asked.add(callId);
    const who = requestedBy.map((person) => person.name).join(' and ') || 'Somebody';
    room.decideTool(callId, await ask(`${who} made the model call ${name}. Allow it?`));
  }
});
// #endregion
// #region live
const live = new GeminiLiveAPI({
  url: '/live',
  setup: { model: 'models/gemini-3.8-live' },
  tools: [{ name: 'now', description: 'The time of day.', run: () => ({ time: new Date().toISOString() }) }],
});

// #endregion
export { live, remove, room };
