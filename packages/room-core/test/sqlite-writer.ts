import { DEFAULT_ROOM_CONFIGURATION } from '@colloquy/live-protocol';
// Appends as fast as it can until it is killed, and prints a line for every acknowledged entry.
import { sqliteEngine } from '../src/sqlite/index.ts';

const engine = sqliteEngine({ directory: process.argv[2] ?? '' });
await engine.rooms.create({
  id: 'r',
  name: 'Room',
  status: 'open',
  createdAt: 1,
  closedAt: null,
  configuration: DEFAULT_ROOM_CONFIGURATION,
  version: 1,
});
for (let n = 1; ; n += 10) {
  const batch = Array.from({ length: 10 }, (_, index) =>
    engine.append('r', {
      kind: 'msg.text',
      actor: { participantId: 'ana', name: 'Ana' },
      body: { text: `text ${n + index}`, toModel: false },
      cid: `tab:${n + index}`,
    }),
  );
  for (const appended of batch) {
    await appended;
    process.stdout.write('.\n');
  }
}
