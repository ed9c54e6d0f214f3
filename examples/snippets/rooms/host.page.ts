import { RoomClient } from '@colloquy/live-client';

/** Somebody comes to the room. */
declare function knock(name: string): Promise<void>;
export const room = new RoomClient({ url: '/rooms/panel' });
await room.connect();
// #region host
await room.host.configure({ instructions: 'You moderate a debate.', floor: 'floor', floorMode: 'queue' });
await room.host.mute('ben');
await room.host.setRole('cy', 'viewer');
await room.host.remove('dan', { reason: 'Please come back tomorrow.' });
await room.host.lock();
await room.host.record(true); // everybody is told as long as it runs
// #endregion
await room.host.unlock();
await room.host.setWaitingRoom(true);
await knock('Eve');
await knock('Fay');
await new Promise<void>((resolve) => {
  room.subscribe(() => room.getSnapshot().waiting.length === 2 && resolve());
});
// #region waiting
await room.host.setWaitingRoom(true); // from now on whoever is new waits, hosts excepted
for (const { participantId, name } of room.getSnapshot().waiting) {
  if (name === 'Eve') await room.host.refuse(participantId, 'Not today.');
  else await room.host.admit(participantId);
}
// #endregion
export const holders = new Set<string | null>();
room.subscribe(() => holders.add(room.getSnapshot().floor.holder));
// #region floor
room.requestFloor(); // while a key is held down, or as a raised hand
room.releaseFloor();
const { holder, queue } = room.getSnapshot().floor;
// #endregion
console.log(holder, queue);
